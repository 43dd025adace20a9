/** A schema as text: SQL files and schema JSON, read and checked, to be created on an empty database. */
import * as Effect from "effect/Effect"
import type { LoadableSchema, SourceText } from "../Dialect.ts"
import { aspectsOf } from "../ManagedScope.ts"
import { invalid, SourceError, type SourceProblem } from "../SourceError.ts"
import { hintAtSqlite } from "../text/SqliteSigns.ts"
import { makeReport } from "../text/ValidationReport.ts"
import { declaredRenames } from "./DeclaredNames.ts"
import { load } from "./Loader.ts"
import { loadObjects, type ObjectFailure } from "./ObjectLoader.ts"
import { decode } from "./SchemaJson.ts"
import { parse, type ParserError } from "./sql/Parser.ts"
import { checkFiles } from "./sql/Validation.ts"
import { extensionsCreated, statedIn } from "./StatementOrder.ts"

const parserError = (source: string) => (error: ParserError): SourceError =>
  new SourceError({
    source,
    reason: "unreadable",
    detail: error.message,
    next: "Nothing was changed"
  })

const isError = ({ severity }: SourceProblem): boolean => severity === "error"

/** Parses and checks SQL files. Fails with every error of every file. */
export const readSql = Effect.fn("Postgres.readSql")(
  function*(source: string, texts: ReadonlyArray<SourceText>): Effect.fn.Return<LoadableSchema, SourceError> {
    const files = yield* Effect.mapError(Effect.forEach(texts, parse), parserError(source))
    const { issues } = makeReport(files, checkFiles(files))
    const errors = issues.filter(isError)
    const broken = (problems: ReadonlyArray<SourceProblem>) =>
      invalid(
        source,
        problems,
        hintAtSqlite(
          texts,
          "name the SQLite database that it is for beside it, or write dialect = \"sqlite\" in lockplane.toml."
        )
      )
    if (errors.length > 0) return yield* broken(errors)
    const left = issues.filter(({ code }) => code === "secret_left_out")
    return {
      extensions: extensionsCreated(files.flatMap(({ statements }) => statements)),
      states: statedIn(files.flatMap(({ statements }) => statements)),
      load: (session, ground) =>
        Effect.flatMap(
          load(files, session, ground),
          ({ errors, warnings }) =>
            errors.length > 0 ? Effect.fail(broken(errors)) : Effect.succeed([...left, ...warnings])
        ),
      declared: (catalog) => {
        const { problems, renames } = declaredRenames(files, catalog)
        return problems.length > 0 ? Effect.fail(invalid(source, problems)) : Effect.succeed(renames)
      }
    }
  }
)

const objectProblem = (file: string) => ({ description, error }: ObjectFailure): SourceProblem => ({
  file,
  line: 1,
  column: 1,
  severity: "error",
  message: `${description}: ${error.message}`,
  code: error.code,
  ...error.detail === undefined ? {} : { detail: error.detail },
  ...error.hint === undefined ? {} : { hint: error.hint }
})

/** Decodes schema JSON. Fails with everything that is wrong in it. */
export const readJson = Effect.fn("Postgres.readJson")(
  function*({ path, text }: SourceText): Effect.fn.Return<LoadableSchema, SourceError> {
    const objects = yield* Effect.mapError(decode(text), (error) =>
      new SourceError({
        source: path,
        reason: "invalid",
        detail: `is not a schema\n${error.message.replaceAll(/^/gm, "  ")}`,
        next: "Correct what is listed and run the command again"
      }))
    return {
      states: aspectsOf(objects),
      extensions: objects.flatMap(({ kind, name: [name] }) => kind === "extension" && name !== undefined ? [name] : []),
      load: (session, ground) =>
        Effect.flatMap(
          loadObjects(objects, session, ground),
          (failures) =>
            failures.length > 0 ? Effect.fail(invalid(path, failures.map(objectProblem(path)))) : Effect.succeed([])
        )
    }
  }
)
