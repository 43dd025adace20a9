/** `lockplane export` */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import type * as Stdio from "effect/Stdio"
import { conditionOf, exportPlan } from "../export/Export.ts"
import type { ExportedFile, Format } from "../export/Format.ts"
import { formats } from "../export/formats.ts"
import { slug } from "../export/Version.ts"
import { type Plan, statementsOf } from "../Plan.ts"
import { parse } from "../postgres/sql/Parser.ts"
import { Refused, reporting, Usage } from "./Failure.ts"
import { plan as planFlag, planArgument, text } from "./flags.ts"
import { data, say } from "./Output.ts"
import { onePlan, readPlan } from "./Plans.ts"

const cannot = (path: string, verb: string) => ({ reason }: PlatformError): Refused =>
  new Refused({
    detail: reason._tag === "AlreadyExists"
      ? `${path}: is there already, and nothing is overwritten`
      : `${path}: cannot be ${verb} (${reason._tag})`,
    next: "Name a folder that you may read and write."
  })

/** The files of a folder by their path in it, with the text of those that count; nothing where it is not there. */
const existingIn = Effect.fnUntraced(function*(folder: string, reads: RegExp | undefined) {
  const fs = yield* FileSystem.FileSystem
  const { join } = yield* Path.Path
  const files = new Map<string, string>()
  if (!(yield* Effect.orElseSucceed(fs.exists(folder), () => false))) return files
  const names = yield* Effect.mapError(fs.readDirectory(folder, { recursive: true }), cannot(folder, "read"))
  for (const path of names.map((name) => name.replaceAll("\\", "/")).toSorted()) {
    const place = join(folder, path)
    const text = reads?.test(path) === true
      ? yield* Effect.mapError(fs.readFileString(place), cannot(place, "read"))
      : ""
    files.set(path, text)
  }
  return files
})

/** Writes files that are not there yet, all or none; then those that grow. */
const writeAll = Effect.fnUntraced(function*(folder: string, files: ReadonlyArray<ExportedFile>) {
  const fs = yield* FileSystem.FileSystem
  const { dirname, join } = yield* Path.Path
  const written: Array<string> = []
  const takeBack = Effect.suspend(() =>
    Effect.forEach(written, (path) => Effect.ignore(fs.remove(path)), { discard: true })
  )
  const write = ({ path, replaces, text }: ExportedFile) => {
    const place = join(folder, path)
    const temporary = `${place}.lockplane`
    return Effect.gen(function*() {
      yield* fs.makeDirectory(dirname(place), { recursive: true })
      const created = replaces === true ? temporary : place
      yield* fs.writeFileString(created, text, { flag: "wx" })
      if (replaces === true) yield* fs.rename(temporary, place)
      else written.push(place)
    }).pipe(Effect.mapError(cannot(place, "written")))
  }
  const ordered = files.toSorted((a, b) => Number(a.replaces ?? false) - Number(b.replaces ?? false))
  yield* Effect.onError(Effect.forEach(ordered, write, { discard: true }), () => takeBack)
  for (const { path, replaces } of files) {
    yield* say(`${replaces === true ? "Changed" : "Wrote"} ${join(folder, path)}`)
  }
})

const formatOf = (name: string): Effect.Effect<Format, Usage> => {
  const format = formats.find((one) => one.name === name)
  return format === undefined
    ? Effect.fail(new Usage({ detail: `${name} is no tool that is known`, next: "See lockplane export --help" }))
    : Effect.succeed(format)
}

/** A plan as tools run it that take one statement at a time: a person's own may hold several in one text. */
const oneByOne = (path: string): Effect.Effect<Plan, Refused, FileSystem.FileSystem | Stdio.Stdio> =>
  Effect.gen(function*() {
    const plan = yield* readPlan(path)
    // of SQLite, none is read that does
    if (plan.dialect === "sqlite") return plan
    const steps = yield* Effect.forEach(plan.steps, (step) =>
      Effect.map(
        Effect.forEach(statementsOf(step), (text) =>
          Effect.map(parse({ path: "step", text, form: "declarative" }), ({ statements }) =>
            statements.length > 1
              ? statements.map((statement) =>
                statement.text
              )
              : [text])),
        (texts) => ({ ...step, sql: texts.flat() })
      ))
    return { ...plan, steps }
  }).pipe(
    Effect.catchTag(
      "ParserError",
      ({ message }) => Effect.fail(new Refused({ detail: message, next: "Nothing was written." }))
    )
  )

/** The name of the migration: as given, else what the plan's only step does. */
const nameOf = (given: Option.Option<string>, { steps }: Plan): Effect.Effect<string, Usage> => {
  const [only, ...others] = steps
  const name = slug(Option.getOrElse(given, () => only === undefined || others.length > 0 ? "" : only.description))
  return name !== "" || Option.isNone(given)
    ? Effect.succeed(name === "" ? "schema_changes" : name)
    : Effect.fail(
      new Usage({ detail: `--name ${given.value} holds no letter and no digit`, next: "Write it in ASCII letters." })
    )
}

/** Writes the migration files of another tool. */
export const exportCommand = Command.make("export", {
  argument: planArgument,
  plan: planFlag,
  tool: Flag.Literals("for", formats.map(({ name }) => name)).pipe(
    Flag.withDescription("The tool whose migration files are written")
  ),
  rollback: text("rollback", "FILE", "The plan that takes the plan back, for tools whose migrations go both ways"),
  output: text("output", "DIR", "The folder of the tool's migrations (default: print, where it is one file)"),
  name: text("name", "NAME", "What the migration is called (default: by what the plan does)")
}, ({ argument, name, output, plan: planFile, rollback, tool }) =>
  reporting(Effect.gen(function*() {
    const path = yield* onePlan(argument, planFile)
    if (Option.isNone(path)) {
      return yield* new Usage({ detail: "no plan is named", next: `Write: lockplane export plan.json --for ${tool}` })
    }
    if (path.value === "-" && Option.contains(rollback, "-")) {
      return yield* new Usage({ detail: "both plans are to come from standard input", next: "Name a file for one." })
    }
    const format = yield* formatOf(tool)
    if (Option.isNone(output) && format.needsFolder !== undefined) {
      return yield* new Usage({
        detail: `--for ${tool} needs --output: ${format.needsFolder}`,
        next: "Name the folder."
      })
    }
    const plan = yield* oneByOne(path.value)
    const way = Option.isNone(rollback) ? undefined : yield* oneByOne(rollback.value)
    const existing = Option.isNone(output) ? new Map<string, string>() : yield* existingIn(output.value, format.reads)
    const request = {
      plan,
      rollback: way,
      name: yield* nameOf(name, plan),
      now: yield* Clock.currentTimeMillis,
      existing
    }
    const files = yield* Effect.mapError(
      Effect.fromResult(exportPlan(format, request)),
      ({ detail, next }) => new Refused({ detail: `${Option.getOrElse(output, () => path.value)}: ${detail}`, next })
    )
    if (plan.proof === undefined) yield* say("warning: the plan is not proven.")
    const condition = conditionOf(format, request)
    if (condition !== undefined) yield* say(condition)
    if (Option.isSome(output)) return yield* writeAll(output.value, files)
    const [only, ...others] = files
    if (only === undefined || others.length > 0) {
      return yield* new Usage({
        detail: `the migration has ${files.length} files: ${files.map((file) => file.path).join(", ")}`,
        next: "Name a folder for them with --output."
      })
    }
    yield* data(only.text)
  }))).pipe(
    Command.withDescription(
      "Write a plan, and the plan that takes it back, as migration files of another tool: as the tool's next version, never over a file that is there"
    ),
    Command.withExamples([
      {
        command: "lockplane export plan.json --for alembic --rollback rollback.json --output migrations/versions",
        description: "A revision of Alembic after the head of the folder"
      },
      { command: "lockplane export plan.json --for supabase --output supabase/migrations --name add_posts" },
      { command: "lockplane export plan.json --for dbmate > db/migrations/20260101000000_posts.sql" }
    ])
  )
