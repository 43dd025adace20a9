/**
 * Reads SQL with PostgreSQL's own parser (libpg-query, PostgreSQL 18), without a database: statements with exact places, and
 * every syntax error of a text, not only the first.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { ParseResult } from "libpg-query"
import { fromBytes, fromCharacters, type Position, positions, type Range } from "../../text/Position.ts"
import { formOf, type SourceForm, type SourceText } from "../../text/SourceText.ts"
import { lex, lexSignificant, type Token } from "./Lexer.ts"
import type { Node } from "./ParseTree.ts"
import { tagOf } from "./ParseTree.ts"
import { blankPsqlLines } from "./PsqlLines.ts"
import { recover } from "./Recovery.ts"

/**
 * A `-- lockplane: …` comment: what it says, where it stands, and the offset of the token that it is about: the one that
 * follows it, or, for a comment at the end of a line, the one before it.
 */
export interface Directive extends Range {
  readonly text: string
  readonly target: number
  readonly trailing: boolean
}

/** One statement of a file. `start` is its first token, `end` follows its last token; the semicolon is outside. */
export interface ParsedStatement extends Range, Position {
  readonly file: string
  readonly text: string
  readonly node: Node
  /** The type of `node`, such as `CreateStmt`. */
  readonly tag: string
  /** Directive comments in front of the statement, inside of it and behind its last token. */
  readonly directives: ReadonlyArray<Directive>
  /** Whether parts with syntax errors were left out of `node`. */
  readonly partial: boolean
  /** Turns a `location` of the parse tree into an offset in the file. */
  readonly offset: (location: number | undefined) => number
  /** The statement's tokens without comments, with offsets in the file. */
  readonly tokens: () => ReadonlyArray<Token>
}

/** What the parser, or a rule that has to read what does not parse, found at a place of a file. */
export interface SyntaxProblem extends Range {
  readonly code: "syntax_error" | "missing_type"
  readonly message: string
}

/** A text after parsing. */
export interface ParsedFile {
  readonly path: string
  readonly text: string
  readonly form: SourceForm
  readonly statements: ReadonlyArray<ParsedStatement>
  /** All directive comments, those that belong to no statement included. */
  readonly directives: ReadonlyArray<Directive>
  readonly problems: ReadonlyArray<SyntaxProblem>
  /** The texts of the statements that have a problem. */
  readonly broken: ReadonlyArray<string>
  readonly position: (offset: number) => Position
}

/** The parser itself could not be loaded, or broke down. */
export class ParserError extends Schema.TaggedError<ParserError>()("ParserError", {
  detail: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `PostgreSQL's parser (libpg-query) ${this.detail}. Install Lockplane's dependencies again; if it persists, report it`
  }
}

/** A syntax error of one piece of text: its message and its UTF-16 index in the piece. */
export interface PieceError {
  readonly message: string
  readonly at: number
}

/** The statements of one piece of text, or its first syntax error. */
export type PieceResult = { readonly trees: NonNullable<ParseResult["stmts"]> } | { readonly error: PieceError }

/** Parses one piece of text. Throws what is not a syntax error. */
export type ParsePiece = (text: string) => PieceResult

/** A statement before its place in the file is known to others: its tree, and how to read the tree's locations. */
export interface PlacedTree extends Range {
  readonly node: Node
  readonly partial: boolean
  readonly offset: (location: number) => number
}

const loadParser: Effect.Effect<ParsePiece, ParserError> = Effect.tryPromise({
  try: async () => {
    const library = await import("libpg-query")
    await library.loadModule()
    return (text: string): PieceResult => {
      if (text === "") return { trees: [] }
      try {
        return { trees: library.parseSync(text).stmts ?? [] }
      } catch (cause) {
        if (!library.hasSqlDetails(cause)) throw cause
        return { error: { message: cause.message, at: fromCharacters(text, cause.sqlDetails?.cursorPosition ?? 0) } }
      }
    }
  },
  catch: (cause) => new ParserError({ detail: "could not be loaded", cause })
})

const lastTokenEnd = (text: string, start: number, end: number): number =>
  lexSignificant(text, start, end).at(-1)?.end ?? start

const placeTrees = (text: string, trees: NonNullable<ParseResult["stmts"]>): ReadonlyArray<PlacedTree> => {
  const offset = fromBytes(text)
  return trees.flatMap(({ stmt, stmt_location = 0, stmt_len }) => {
    if (stmt === undefined) return []
    const start = offset(stmt_location)
    const end = stmt_len === undefined ? lastTokenEnd(text, start, text.length) : offset(stmt_location + stmt_len)
    return [{ node: stmt, partial: false, offset, start, end }]
  })
}

const directivePattern = /^--\s*lockplane:\s*(.*?)\s*$/

const findDirectives = (text: string): ReadonlyArray<Directive> => {
  if (!/--\s*lockplane:/.test(text)) return []
  const tokens = lex(text)
  return tokens.flatMap((token, i) => {
    const said = token.kind === "comment" ? directivePattern.exec(token.word)?.[1] : undefined
    if (said === undefined) return []
    const trailing = !token.first
    const near = trailing ? tokens.slice(0, i).toReversed() : tokens.slice(i + 1)
    const target = near.find((other) => other.kind !== "comment")?.start ?? text.length
    return [{ text: said, start: token.start, end: token.end, target, trailing }]
  })
}

const nulProblems = (text: string): ReadonlyArray<SyntaxProblem> =>
  [...text.matchAll(/\0/g)].map(({ index }) => ({
    code: "syntax_error",
    message: "a NUL character cannot stand in SQL text",
    start: index,
    end: index + 1
  }))

const parseWith = (parsePiece: ParsePiece, source: SourceText): ParsedFile => {
  const { path, text } = source
  const form = source.form ?? formOf(path)
  const position = positions(text)
  // what PostgreSQL would refuse or psql would eat becomes blanks, so that offsets stay those of the file
  const wellFormed = text.toWellFormed().replaceAll("\0", " ").replace(/^\ufeff/, " ")
  const readable = form === "dump" ? blankPsqlLines(wellFormed) : wellFormed
  const whole = parsePiece(readable)
  const { trees, problems, broken } = "trees" in whole
    ? { trees: placeTrees(readable, whole.trees), problems: [], broken: [] }
    : recover(readable, parsePiece)
  const directives = findDirectives(readable)
  const statements = trees.map(({ node, partial, offset, start, end }): ParsedStatement => {
    let tokens: ReadonlyArray<Token> | undefined
    return {
      file: path,
      text: text.slice(start, end),
      start,
      end,
      ...position(start),
      node,
      tag: tagOf(node),
      directives: directives.filter(({ target }) => target >= start && target < end),
      partial,
      offset: (location) => (location === undefined || location < 0 ? start : offset(location)),
      tokens: () => tokens ??= lexSignificant(readable, start, end)
    }
  })
  return { path, text, form, statements, directives, problems: [...nulProblems(text), ...problems], broken, position }
}

/**
 * Parses a text: its statements, and all of its syntax errors. Fails with `ParserError` only if the parser itself does not
 * work; syntax errors are part of the result.
 */
export const parse: (source: SourceText) => Effect.Effect<ParsedFile, ParserError> = Effect.fn("Parser.parse")(
  function*(source: SourceText) {
    const parsePiece = yield* loadParser
    return yield* Effect.try({
      try: () => parseWith(parsePiece, source),
      catch: (cause) => new ParserError({ detail: `broke down on ${source.path}`, cause })
    })
  }
)
