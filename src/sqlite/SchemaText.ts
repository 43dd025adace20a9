/** A schema as text: SQL files and schema JSON, read and checked, to be created on an empty database. */
import * as Effect from "effect/Effect"
import { type Catalog, type Doubt, partsIndex } from "../Catalog.ts"
import type { LoadableSchema } from "../Dialect.ts"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { compiler } from "../engine/SqliteSyntax.ts"
import { formatProblem, invalid, SourceError, type SourceProblem } from "../SourceError.ts"
import type { SourceText } from "../text/SourceText.ts"
import { makeReport, type ValidationReport } from "../text/ValidationReport.ts"
import { declaredRenames } from "./DeclaredNames.ts"
import { main, objectId } from "./kinds/names.ts"
import { constraintDefinition } from "./kinds/table/state.ts"
import { decode, type Definition } from "./SchemaJson.ts"
import { creations, rankOf } from "./sql/Creations.ts"
import { foldName } from "./sql/Identifier.ts"
import { outline } from "./sql/Outline.ts"
import { withPlainStrings } from "./sql/Parser.ts"
import { printIndex, printTable, printTrigger, printView, printVirtualTable } from "./sql/Printer.ts"
import { parseFile, type SchemaFile } from "./sql/SchemaFile.ts"
import { faultyKeys } from "./sql/Structure.ts"
import { checkFiles, isTaken } from "./sql/Validation.ts"

const isError = ({ severity }: SourceProblem): boolean => severity === "error"

const parserError = (source: string) => ({ hint, message }: DatabaseError): SourceError =>
  new SourceError({ source, reason: "unreadable", detail: message, next: hint ?? "Nothing was changed" })

const parseAll = (texts: ReadonlyArray<SourceText>): Effect.Effect<ReadonlyArray<SchemaFile>, DatabaseError> =>
  Effect.scoped(Effect.map(compiler, (compile) => texts.map((text) => parseFile(text, compile))))

/** Validates files together as one schema: every error of every file. Fails where SQLite does not start. */
export const validateFiles = (texts: ReadonlyArray<SourceText>): Effect.Effect<ValidationReport, DatabaseError> =>
  Effect.map(parseAll(texts), (files) => makeReport(files, checkFiles(files)))

/** A statement that is to run, and where it stands. */
interface Creation {
  readonly sql: string
  readonly place: Pick<SourceProblem, "file" | "line" | "column">
}

const creationsIn = (files: ReadonlyArray<SchemaFile>): ReadonlyArray<Creation> => {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const statements = creations(files)
  const columns = new Map(statements.flatMap(({ definition }) =>
    definition?.kind === "table"
      ? [[foldName(definition.name), new Set(definition.columns.map(({ name }) => foldName(name)))]]
      : []
  ))
  return statements.map(({ definition, file, start, text }) => {
    const { column, line } = byPath.get(file)?.position(start) ?? { line: 1, column: 1 }
    const isOfDump = byPath.get(file)?.form === "dump"
    const table = definition?.kind === "index" ? columns.get(foldName(definition.table)) : undefined
    return { sql: isOfDump ? withPlainStrings(text, table) : text, place: { file, line, column } }
  })
}

const alreadyThere =
  /^(?:(?:table|view|index|trigger) (.+) already exists|there is already an? \w+ named (.+)|duplicate column name: (.+))$/

/** Tells of a failure whether it is to make what is of the ground on which the schema is loaded. */
const madeBefore = (ground: Catalog | undefined): (error: DatabaseError) => boolean => {
  const names = new Set([...ground?.objects.values() ?? []].map(({ name }) => foldName(name.at(-1) ?? "")))
  return ({ message }) => {
    const [, relation, other, column] = alreadyThere.exec(message) ?? []
    return names.has(foldName(relation ?? other ?? column ?? "").replaceAll(/^["`[]|["`\]]$/g, ""))
  }
}

/** Runs the statements, each that fails told with its place. Objects of `ground` are there already, and stay as they are. */
const run = (
  session: Session,
  source: string,
  creations: ReadonlyArray<Creation>,
  ground: Catalog | undefined
): Effect.Effect<void, SourceError> =>
  Effect.gen(function*() {
    const isThere = madeBefore(ground)
    const failures: Array<SourceProblem> = []
    for (const { place, sql } of creations) {
      yield* Effect.catch(session.execute(sql), (error) =>
        Effect.sync(() => {
          const { code, message } = error
          if (!isThere(error)) failures.push({ ...place, severity: "error", message, code })
        }))
    }
    if (failures.length > 0) {
      return yield* invalid(source, failures)
    }
  })

/** Parses and checks SQL files. Fails with every error of every file. */
export const readSql = Effect.fn("Sqlite.readSql")(function*(
  source: string,
  texts: ReadonlyArray<SourceText>
): Effect.fn.Return<LoadableSchema, SourceError> {
  const files = yield* Effect.mapError(parseAll(texts), parserError(source))
  const problems = checkFiles(files)
  const isRefused = makeReport(files, problems.filter((problem) => !isTaken(files, problem))).issues.some(isError)
  const errors = makeReport(files, problems).issues.filter(isError)
  if (isRefused) return yield* invalid(source, errors)
  // whether the plan brings them, or they are there already, is for its proof to say
  const warnings = errors.map((error): SourceProblem => ({ ...error, severity: "warning" }))
  const statements = creationsIn(files)
  const faulty = files.every(({ form }) => form === "dump") ? [] : faultyKeys(outline(files))
  return {
    extensions: [],
    states: [],
    load: (session, ground) => Effect.as(run(session, source, statements, ground), warnings),
    doubts: (catalog) =>
      faulty.flatMap(({ key, problems, table }) => {
        const issue = makeReport(files, problems).issues.map(formatProblem).join("\n")
        const parts = partsIndex(catalog).get(objectId("table", [main, table])) ?? []
        return parts.filter((part) => {
          const constraint = constraintDefinition(part)
          return constraint?.kind === "foreign key" && foldName(constraint.table) === foldName(key.table) &&
            constraint.columns.map(foldName).join() === key.columns.map(foldName).join()
        }).map(({ id }): Doubt => ({ object: id, problem: issue }))
      }),
    declared: (catalog) => {
      const { problems, renames } = declaredRenames(files, catalog)
      return problems.length > 0 ? Effect.fail(invalid(source, problems)) : Effect.succeed(renames)
    }
  }
})

const print = (definition: Definition): string => {
  switch (definition.kind) {
    case "table":
      return printTable(definition)
    case "virtual table":
      return printVirtualTable(definition)
    case "view":
      return printView(definition)
    case "index":
      return printIndex(definition)
    case "trigger":
      return printTrigger(definition)
  }
}

/** Decodes schema JSON. Fails with everything that is wrong in it. */
export const readJson = Effect.fn("Sqlite.readJson")(function*(
  { path, text }: SourceText
): Effect.fn.Return<LoadableSchema, SourceError> {
  const definitions = yield* Effect.mapError(Effect.fromResult(decode(text)), (error) =>
    new SourceError({
      source: path,
      reason: "invalid",
      detail: `is not a schema\n${error.message.replaceAll(/^/gm, "  ")}`,
      next: "Correct what is listed and run the command again"
    }))
  const statements = definitions.toSorted((a, b) => rankOf(a.kind) - rankOf(b.kind)).map((definition): Creation => ({
    sql: print(definition),
    place: { file: path, line: 1, column: 1 }
  }))
  return {
    extensions: [],
    states: [],
    load: (session, ground) => Effect.as(run(session, path, statements, ground), [])
  }
})
