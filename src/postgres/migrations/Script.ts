/** A migration file as statements to run: its way there, read by PostgreSQL's own parser. */
import * as Effect from "effect/Effect"
import { type MigrationFile, problemAt, wayThere } from "../../migrations/Section.ts"
import type { Tool } from "../../migrations/tools.ts"
import type { SourceProblem } from "../../SourceError.ts"
import { lex } from "../sql/Lexer.ts"
import { parse, type ParsedFile, type ParserError } from "../sql/Parser.ts"

/** A migration file that was read. */
export interface Script {
  readonly file: ParsedFile
  /** The tool runs the file in a transaction. */
  readonly transaction: boolean
}

const firstToken = (sql: string) => lex(sql).find(({ kind }) => kind !== "comment")

const psqlProblems = (path: string, text: string): ReadonlyArray<SourceProblem> =>
  text.includes("\\")
    ? lex(text).filter(({ kind }) => kind === "meta").map((token) => ({
      ...problemAt(path, text, token, `${token.word.split(/\s/)[0]} is a command of psql, and no SQL`, "psql_command"),
      hint: "Write what it does as SQL; rows of COPY … FROM stdin are data, which the schema does not need"
    }))
    : []

/** Reads a migration file. Gives everything that is wrong in it. Fails only where the parser does not work. */
export const readScript = Effect.fn("migrations.readScript")(
  function*(
    tool: Tool,
    migration: MigrationFile
  ): Effect.fn.Return<{ readonly script?: Script; readonly problems: ReadonlyArray<SourceProblem> }, ParserError> {
    const { path } = migration
    const { problems: found, text, transaction } = wayThere(tool, "postgres", migration, firstToken)
    const problems = [...psqlProblems(path, text), ...found]
    if (problems.length > 0) return { problems }
    const file = yield* parse({ path, text, form: "declarative" })
    return {
      script: { file, transaction },
      problems: file.problems.map((problem) => problemAt(path, text, problem, problem.message, problem.code))
    }
  }
)
