/** Reading a statement token by token. What does not fit ends the reading with a failure that has a place. */
import * as Result from "effect/Result"
import type { Span } from "./Definition.ts"
import { isName, lexSignificant, nameOf, type Token } from "./Lexer.ts"

/** Why a statement could not be read, and where in its text. */
export interface ParseFailure extends Span {
  readonly message: string
}

class Unreadable extends Error {
  readonly failure: ParseFailure
  constructor(failure: ParseFailure) {
    super(failure.message)
    this.failure = failure
  }
}

/** The tokens of one statement, and how far they are read. */
export class Reader {
  readonly text: string
  readonly tokens: ReadonlyArray<Token>
  /** The columns of the table that an index is on, in lower case, if they are known. */
  readonly columns: ReadonlySet<string> | undefined
  /** The names in double quotes that turned out to be strings. */
  readonly strings: Array<Token> = []
  private at = 0

  constructor(text: string, columns?: ReadonlySet<string>) {
    this.text = text
    this.tokens = lexSignificant(text)
    this.columns = columns
  }

  /** The token to be read next, or one further on. */
  peek(ahead: number = 0): Token | undefined {
    return this.tokens[this.at + ahead]
  }

  /** The token that was read last. */
  get last(): Token | undefined {
    return this.tokens[this.at - 1]
  }

  /** Where the next token begins. */
  get start(): number {
    return this.peek()?.start ?? this.text.length
  }

  /** Where the token ends that was read last. */
  get end(): number {
    return this.last?.end ?? 0
  }

  /** Whether these keywords and symbols stand next. */
  sees(...words: ReadonlyArray<string>): boolean {
    return words.every((word, ahead) => this.peek(ahead)?.word === word)
  }

  /** Reads these keywords and symbols if they stand next. */
  take(...words: ReadonlyArray<string>): boolean {
    const seen = this.sees(...words)
    if (seen) this.at += words.length
    return seen
  }

  /** Reads one of the words if it stands next. */
  takeOneOf<const W extends string>(...words: ReadonlyArray<W>): W | undefined {
    const word = words.find((one) => this.sees(one))
    if (word !== undefined) this.at++
    return word
  }

  /** Reads these keywords and symbols, which have to be there. */
  expect(...words: ReadonlyArray<string>): void {
    for (const word of words) if (!this.take(word)) this.fail(`${word} was expected`)
  }

  /** Reads one token, whatever it is. */
  next(): Token {
    const token = this.peek()
    if (token === undefined) return this.fail("more was expected")
    this.at++
    return token
  }

  /** Reads a name in any of its forms. */
  name(what: string): Token {
    const token = this.peek()
    if (token === undefined || !isName(token)) return this.fail(`${what} was expected`)
    return this.next()
  }

  /** Reads `( … )` and gives what is inside. */
  parenthesised(): ReadonlyArray<Token> {
    this.expect("(")
    const from = this.at
    for (let depth = 1; depth > 0;) {
      const { word } = this.next()
      if (word === "(") depth++
      if (word === ")") depth--
    }
    return this.tokens.slice(from, this.at - 1)
  }

  /** Reads a list of names in parentheses. */
  names(what: string): ReadonlyArray<string> {
    const names: Array<string> = []
    this.expect("(")
    do {
      names.push(nameOf(this.name(what)))
      // `REFERENCES t (a COLLATE x DESC)` is read and means nothing (grammar: `eidlist`)
      if (this.take("COLLATE")) this.name("a collation")
      this.takeOneOf("ASC", "DESC")
    } while (this.take(","))
    this.expect(")")
    return names
  }

  /** Reads all that is left. */
  rest(): ReadonlyArray<Token> {
    const rest = this.tokens.slice(this.at)
    this.at = this.tokens.length
    return rest
  }

  /** Whether nothing but semicolons is left. */
  atEnd(): boolean {
    return this.peek() === undefined || this.sees(";")
  }

  /** Reads the end of the statement. */
  finish(): void {
    while (this.take(";"));
    if (this.peek() !== undefined) this.fail("the statement should end here")
  }

  /** Ends the reading: `message` is about the next token. */
  fail(message: string): never {
    const token = this.peek()
    const found = token === undefined ? "the statement ends" : `${token.text} stands`
    throw new Unreadable({
      message: `${message} where ${found}`,
      start: token?.start ?? this.text.length,
      end: token?.end ?? this.text.length
    })
  }
}

/** Runs a reading of a text; what it could not read is the failure. `columns` are those of the table that an index is on. */
export const reading = <A>(
  text: string,
  read: (reader: Reader) => A,
  columns?: ReadonlySet<string>
): Result.Result<A, ParseFailure> => {
  try {
    return Result.succeed(read(new Reader(text, columns)))
  } catch (cause) {
    if (cause instanceof Unreadable) return Result.fail(cause.failure)
    throw cause
  }
}
