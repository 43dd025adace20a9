/**
 * Executes declarative SQL on an empty database: the statements of all files, whatever their order, and every error of
 * every file at its place.
 */
import * as Effect from "effect/Effect"
import type { Catalog } from "../Catalog.ts"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import type { SourceProblem } from "../SourceError.ts"
import { fromCharacters } from "../text/Position.ts"
import { checkBodies } from "./BodyCheck.ts"
import { quoteIdentifier } from "./Identifier.ts"
import { actAs } from "./Roles.ts"
import { type Failure, run, type Runnable } from "./Rounds.ts"
import type { ParsedFile, ParsedStatement } from "./sql/Parser.ts"
import { as, textsOf } from "./sql/ParseTree.ts"
import { describeStatement, type Name } from "./sql/Statement.ts"
import { withoutConnection } from "./sql/Subscription.ts"
import { order, type OrderedStatement, rolesNamed } from "./StatementOrder.ts"

/** What loading found. Nothing was created that `errors` names; root causes come before their consequences. */
export interface LoadResult {
  readonly errors: ReadonlyArray<SourceProblem>
  readonly warnings: ReadonlyArray<SourceProblem>
}

/** The run-time parameter that a statement sets: `SET …`, or `SELECT set_config(…)` as `pg_dump` prints it. */
const parameterSet = ({ node }: ParsedStatement): string | undefined => {
  const set = as(node, "VariableSetStmt")
  if (set !== undefined) return set.name
  const [target, ...others] = as(node, "SelectStmt")?.targetList ?? []
  const call = others.length === 0 ? as(as(target, "ResTarget")?.val, "FuncCall") : undefined
  return textsOf(call?.funcname).at(-1) === "set_config" ? as(call?.args?.[0], "A_Const")?.sval?.sval : undefined
}

interface LoadedStatement extends Runnable {
  readonly place: number
  readonly ordered: OrderedStatement
}

const authorization = "session_authorization"

/** For each statement of a file that is no setting, the settings that the file made before it. */
const settingsOf = (
  file: ParsedFile,
  settings: Map<ParsedStatement, ReadonlyArray<string>>,
  parameters: Set<string>,
  own: string
): void => {
  const made: Array<string> = []
  let current: ReadonlyArray<string> = []
  for (const statement of file.statements) {
    const parameter = parameterSet(statement)
    if (parameter === undefined) {
      settings.set(statement, current)
    } else {
      parameters.add(parameter)
      const set = as(statement.node, "VariableSetStmt")
      // the user of the session is not who loads the schema
      made.push(parameter === authorization && set?.kind !== "VAR_SET_VALUE" ? own : statement.text)
      current = [...made]
    }
  }
}

/** SQLSTATEs that say that something is not there. */
const undefinedObject: ReadonlySet<string> = new Set([
  "3F000", // invalid_schema_name
  "42703", // undefined_column
  "42704", // undefined_object
  "42883", // undefined_function
  "42P01" // undefined_table
])

/** SQLSTATEs that say that something is there already, so that nobody misses it. */
const duplicateObject: ReadonlySet<string> = new Set(["42701", "42710", "42723", "42P06", "42P07"])

/** True for a failure to make what is there already, because it is of the ground on which the schema is loaded. */
const madeBefore = (ground: Catalog): (failure: Failure<LoadedStatement>) => boolean => {
  const names = new Set([...ground.objects.values()].map(({ name }) => JSON.stringify(name.slice(0, 2))))
  const isThere = ({ name, schema, space }: Name): boolean =>
    names.has(JSON.stringify(space === "schema" || space === "extension" ? [name] : [schema ?? "public", name]))
  return ({ error: { code }, runnable: { ordered: { statement } } }) => {
    // a second primary key is an invalid table definition
    if (!duplicateObject.has(code) && code !== "42P16") return false
    const { defines, references } = describeStatement(statement)
    return (defines.length > 0 ? defines : references.filter(({ space }) => space === "relation").slice(0, 1))
      .some(isThere)
  }
}

/**
 * Failures that are only the consequence of others: they miss something that a statement that failed for a reason of its
 * own would have defined. Those that only wait for each other are no consequences.
 */
const consequences = (failures: ReadonlyArray<Failure<LoadedStatement>>): ReadonlySet<number> => {
  const failed = new Map(failures.map((failure) => [failure.runnable.place, failure]))
  const waits = (failure: Failure<LoadedStatement>): ReadonlyArray<number> =>
    undefinedObject.has(failure.error.code)
      ? [...failure.runnable.ordered.needs].filter((need) =>
        !duplicateObject.has(failed.get(need)?.error.code ?? "42P07")
      )
      : []
  const roots = failures.filter((failure) => waits(failure).length === 0).map(({ runnable }) => runnable.place)
  const reached = new Set(roots)
  for (let size = -1; size !== reached.size;) {
    size = reached.size
    for (const failure of failures) {
      if (waits(failure).some((need) => reached.has(need))) reached.add(failure.runnable.place)
    }
  }
  return new Set([...reached].filter((place) => !roots.includes(place)))
}

/** The problem that an error of the database makes at its place in the file. `shift` is how far the text that ran was moved. */
export const problemOf = (
  file: ParsedFile,
  statement: ParsedStatement,
  error: DatabaseError,
  severity: SourceProblem["severity"],
  shift: number = 0
): SourceProblem => {
  const { code, detail, hint, message, position } = error
  const exact = position === undefined ? undefined : position - 1 - shift
  const start = statement.start +
    (exact === undefined || exact < 0 ? 0 : fromCharacters(statement.text, exact))
  const end = exact === undefined
    ? statement.end
    : statement.tokens().find((token) => token.start <= start && start < token.end)?.end ?? start
  const from = file.position(start)
  const to = file.position(end)
  return {
    file: file.path,
    line: from.line,
    column: from.column,
    end_line: to.line,
    end_column: to.column,
    severity,
    message,
    code,
    ...detail === undefined ? {} : { detail },
    ...hint === undefined ? {} : { hint }
  }
}

const circleHint =
  "This statement and others need each other. State one of the dependencies apart, such as a foreign key by ALTER TABLE … ADD CONSTRAINT"

/**
 * Executes the statements of all files on an empty session, inside the caller's open transaction. Routine bodies are not
 * looked into while they are created, so that they may name what comes later; those of `.lp.sql` files are checked
 * afterwards. Objects of `ground` are there already, and stay as they are. Roles that the statements name are created. Run-time parameters are as before when it is done. Fails only
 * where the session does not work; what the database refused is in the result.
 */
export const load = Effect.fn("Loader.load")(
  function*(
    files: ReadonlyArray<ParsedFile>,
    session: Session,
    ground?: Catalog
  ): Effect.fn.Return<LoadResult, DatabaseError> {
    const fileOf = new Map(files.flatMap((file) => file.statements.map((statement) => [statement, file] as const)))
    yield* actAs(session, rolesNamed([...fileOf.keys()]))
    const [user] = yield* session.query("SELECT current_user AS role")
    const own = `SET SESSION AUTHORIZATION ${quoteIdentifier(String(user?.["role"]))}`
    const settings = new Map<ParsedStatement, ReadonlyArray<string>>()
    const parameters = new Set<string>()
    for (const file of files) settingsOf(file, settings, parameters, own)
    const major = Math.floor(session.versionNumber / 10000)
    const ordered = order([...settings.keys()])
    const runnables = ordered.map((entry, place): LoadedStatement => ({
      sql: withoutConnection(entry.statement.node, major) ?? entry.statement.text,
      settings: settings.get(entry.statement) ?? [],
      place,
      ordered: entry
    }))
    const reset = [...parameters].map((name) =>
      name === authorization ? `${own}; ` : `RESET ${quoteIdentifier(name)}; `
    )
      .join("")

    const isThere = ground === undefined ? () => false : madeBefore(ground)
    const failures = (yield* run(session, runnables, `${reset}SET LOCAL check_function_bodies = off`))
      .filter((failure) => !isThere(failure))
    const follows = consequences(failures)
    const waiting = new Set(failures.map(({ runnable }) => runnable.place))
    const errors = failures.flatMap(({ error, runnable: { ordered: { needs, statement }, place } }) => {
      const file = fileOf.get(statement)
      if (file === undefined) return []
      const problem = problemOf(file, statement, error, "error")
      const circle = undefinedObject.has(error.code) && [...needs].some((need) => waiting.has(need))
      return [
        follows.has(place)
          ? { ...problem, consequence: true }
          : circle && error.hint === undefined
          ? { ...problem, hint: circleHint }
          : problem
      ]
    })
    const paths = files.map(({ path }) => path)
    const byPlace = (a: SourceProblem, b: SourceProblem) =>
      Number(a.consequence ?? false) - Number(b.consequence ?? false) ||
      paths.indexOf(a.file) - paths.indexOf(b.file) || a.line - b.line || a.column - b.column

    const declared = files.filter(({ form }) => form === "declarative").flatMap(({ statements }) => statements)
    const bodies = failures.length > 0
      ? []
      : yield* checkBodies(session, declared.filter(({ tag }) => tag === "CreateFunctionStmt"))
    const found = bodies.flatMap(({ error, shift, statement }) => {
      const file = fileOf.get(statement)
      // PostgreSQL creates a routine that names what is not there; what it would refuse by default is an error
      const severity = undefinedObject.has(error.code) ? "warning" : "error"
      return file === undefined ? [] : [problemOf(file, statement, error, severity, shift)]
    })
    yield* session.execute(`${reset}RESET check_function_bodies`)
    return {
      errors: [...errors, ...found.filter(({ severity }) => severity === "error")].sort(byPlace),
      warnings: found.filter(({ severity }) => severity === "warning").sort(byPlace)
    }
  }
)
