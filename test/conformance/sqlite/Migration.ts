/**
 * One migration of a database file with rows in it, by the real stages, there and back, judged by another build of SQLite than
 * the one that migrates: the schema by {@link Reading}, the rows by {@link Rows}.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import { comparable } from "../../../src/Canonical.ts"
import { type Catalog, hash } from "../../../src/Catalog.ts"
import { Dialect } from "../../../src/Dialect.ts"
import * as SqliteDatabase from "../../../src/engine/SqliteDatabase.ts"
import type { Plan } from "../../../src/Plan.ts"
import type { RenameWish } from "../../../src/planning/DeclaredRenames.ts"
import * as Prover from "../../../src/Prover.ts"
import { toSql } from "../../../src/SchemaSql.ts"
import { Shadow } from "../../../src/Shadow.ts"
import { main, objectId } from "../../../src/sqlite/kinds/names.ts"
import { undeclaredLosses } from "../../../src/sqlite/Losses.ts"
import * as World from "../../sqlite/world.ts"
import * as Reading from "./Reading.ts"
import * as Rows from "./Rows.ts"

/** Something does not hold of a migration. */
export class Broken extends Schema.TaggedError<Broken>()("Broken", {
  /** What should hold. */
  property: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.property}: ${this.detail}`
  }
}

const broken = (property: string, detail: string): Broken => new Broken({ property, detail })

const must = (property: string, problems: ReadonlyArray<string>): Effect.Effect<void, Broken> =>
  problems.length === 0 ? Effect.void : Effect.fail(broken(property, problems.join("\n")))

/** What the statements of a plan lose and its steps do not say. A table of which no column stays is not made anew with rows. */
const unsaid = ({ steps }: Plan, from: Catalog): ReadonlyArray<string> =>
  undeclaredLosses(steps, from).filter((_, i) => !steps[i]?.hazards?.some(({ code }) => code === "fails_with_rows"))
    .flat()

/** A schema's file that nobody writes to, and its catalog. */
interface Wanted {
  readonly script: string
  readonly file: World.File
  readonly reading: Reading.Reading
}

const wantedOf = Effect.fnUntraced(function*(script: string) {
  const file = yield* World.file(script)
  return { script, file, reading: Reading.read(file.path) } satisfies Wanted
})

/** The names that a plan's renames give, back to those from before them. */
const formerNames = (plan: Plan): Rows.FormerNames => {
  const renames = plan.steps.flatMap(({ object, operation, renamed_from }) =>
    operation === "rename" && object !== undefined && renamed_from !== undefined
      ? [[object, renamed_from] as const]
      : []
  ).toReversed()
  /** What the object of an identity was called before; undefined where that was another object. */
  const before = (id: string): string | undefined => {
    const was = renames.reduce((known, [now, was]) => known === now ? was : known, id)
    const left = renames.reduceRight((known, [now, was]) => known === was ? now : known, was)
    return left === id ? was : undefined
  }
  /** The last name of an identity: the part behind the last dot that stands in no quotes. */
  const last = (id: string | undefined): string | undefined => {
    if (id === undefined) return undefined
    const [name = ""] = /(?:"(?:[^"]|"")*"|[^."\s]+)$/.exec(id) ?? []
    return (name.startsWith("\"") ? name.slice(1, -1).replaceAll("\"\"", "\"") : name).toLowerCase()
  }
  const table = (name: string): string | undefined => last(before(objectId("table", [main, name])))
  return {
    table,
    column: (of, name) => {
      const then = last(before(objectId("column", [main, of, name])))
      const owner = table(of)
      if (then === undefined || owner === undefined || owner === of) return then
      // columns may be renamed before their table is
      return last(before(objectId("column", [main, owner, then])))
    }
  }
}

const changesIn = ({ steps }: Plan): string => steps.map(({ description }) => description).join("; ")

/** Applies a plan to a file and judges what it makes of it: how many tables have their columns in another order, and how many rows were kept. */
const go = Effect.fnUntraced(function*(
  subject: string,
  file: World.File,
  plan: Plan,
  wanted: Wanted,
  start: Reading.Reading
) {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped()
  const copy = `${folder}/expected.db`
  yield* fs.copyFile(wanted.file.path, copy)
  const [content, rows] = [Rows.content(file.path), Rows.count(file.path)]
  const [orphans, sequences, stored] = [Rows.orphans(file.path), Rows.sequences(file.path), Rows.stored(file.path)]
  const expected = yield* Effect.sync((): Rows.Expected | Rows.DoesNotFit => {
    try {
      return Rows.transfer(file.path, copy, formerNames(plan))
    } catch (error) {
      if (error instanceof Rows.DoesNotFit) return error
      throw error
    }
  })
  const { obstacles } = yield* Dialect
  const change = { plan, from: yield* World.read(file.path), to: yield* World.read(wanted.file.path) }
  const told = yield* Effect.scoped(Effect.flatMap(
    Effect.flatMap(SqliteDatabase.make({ location: file.path }), ({ session }) => session),
    (session) => obstacles(session, change)
  ))
  if (told.length > 0 && !(expected instanceof Rows.DoesNotFit) && !Rows.isUnsure(wanted.file.path)) {
    return yield* broken(`nothing stands in the way of ${subject}`, told.map(({ problem }) => problem).join("\n"))
  }
  const applied = yield* Effect.result(World.apply(plan, file))
  if (applied._tag === "Failure") {
    const { message } = applied.failure
    if (Rows.content(file.path) !== content) {
      return yield* broken(`${subject} is refused`, `and leaves traces: ${message}`)
    }
    // beside a foreign key that refers to no key, the judge cannot tell of the others
    const isLikely = Rows.isUnsure(wanted.file.path) && message.includes("to rows of")
    if (expected instanceof Rows.DoesNotFit || isLikely) {
      return { _tag: "Refused" as const, message, told: told.length > 0 }
    }
    return yield* broken(`${subject} runs`, message)
  }
  if (expected instanceof Rows.DoesNotFit) {
    return yield* broken(`${subject} is refused`, `it runs although the rows do not fit: ${expected.message}`)
  }
  const found = Reading.read(file.path)
  const { extra, missing, reordered } = Reading.compare(wanted.reading, found)
  yield* must(`${subject} ends in the wanted schema`, [
    ...missing.map((fact) => `missing ${fact}`),
    ...extra.map((fact) => `extra ${fact}`)
  ])
  const made = new Set(plan.steps.filter(({ operation }) => operation === "create").map(({ object }) => object))
  yield* must(
    `${subject} keeps the order of columns`,
    reordered.filter((table) => !start.columns.has(table) || made.has(objectId("table", [main, table])))
  )
  yield* must(`${subject} keeps the rows`, Rows.wrong(expected, file.path))
  yield* must(`${subject} leaves the file whole`, Rows.faults(file.path))
  const { table } = formerNames(plan)
  const now = Rows.sequences(file.path)
  yield* must(
    `${subject} keeps what AUTOINCREMENT counted`,
    [...now].flatMap(([name, count]) => {
      const was = sequences.get(table(name) ?? "")
      return was === undefined || was === count ? [] : [`${name}: ${count} instead of ${was}`]
    })
  )
  const storedNow = Rows.stored(file.path)
  yield* must(
    `${subject} keeps what virtual tables store`,
    [...stored].flatMap(([name, what]) => storedNow.has(name) && storedNow.get(name) !== what ? [name] : [])
  )
  if (orphans === 0 && Rows.orphans(file.path) > 0) return yield* broken(subject, "rows refer to nothing")
  return { _tag: "Went" as const, reordered: reordered.length, rows }
}, (went, subject, _, plan) =>
  Effect.catchTag(
    went,
    "Broken",
    ({ detail, property }) => Effect.fail(broken(property, `${detail}\n${subject}: ${changesIn(plan)}`))
  ))

/** What SQLite lets be, but no text of a schema may say: foreign keys that refer to nothing, or to what is no key. */
const isOfForeignKeys = (
  error: { readonly _tag: string; readonly problems?: ReadonlyArray<{ readonly code?: string }> }
): boolean =>
  error._tag === "SourceError" && (error.problems ?? []).length > 0 &&
  (error.problems ?? []).every(({ code }) => code?.startsWith("invalid_fk_") === true)

/** The schema of a catalog as SQL and as JSON, each created again and read. */
const converts = Effect.fnUntraced(function*(catalog: Catalog) {
  const dialect = yield* Dialect
  const shadow = yield* Shadow
  const sql = yield* Effect.mapError(
    Effect.fromResult(toSql(catalog, { kindOf: dialect.kindOf, serverMajor: catalog.major })),
    ({ message }) => broken("the schema converts to SQL", message)
  )
  const texts = [
    ["SQL", dialect.readSql("catalog", [{ path: "catalog.lp.sql", text: sql }]), sql],
    ["JSON", dialect.readJson({ path: "catalog.json", text: dialect.encodeJson(catalog) }), dialect.encodeJson(catalog)]
  ] as const
  for (const [form, reading, text] of texts) {
    const found = yield* Effect.scoped(Effect.gen(function*() {
      const { load } = yield* reading
      const session = yield* shadow.reserve({ extensions: [] })
      yield* load(session)
      return yield* dialect.introspect(session)
    })).pipe(
      Effect.catchIf(isOfForeignKeys, () => Effect.succeed(catalog)),
      Effect.mapError(({ message }) => broken(`the schema converts to ${form} and back`, `${message}\n${text}`))
    )
    if (hash(found) !== hash(catalog)) {
      const differing = [...new Set([...found.objects.keys(), ...catalog.objects.keys()])].filter((id) => {
        const { own: _, ...one } = found.objects.get(id)?.state ?? {}
        const { own: __, ...other } = catalog.objects.get(id)?.state ?? {}
        return JSON.stringify(one) !== JSON.stringify(other)
      })
      return yield* broken(`the schema converts to ${form} and back`, `differs in ${differing.join(", ")}\n${text}`)
    }
  }
})

/** A migration to judge. */
export interface Migration {
  readonly before: string
  readonly after: string
  /** Puts rows into the file of the schema before. */
  readonly seed: (path: string) => void
  /** Whether the plan is made twice, to see that it is the same. */
  readonly twice?: boolean
  /** The renames that are declared or asked for on the way. */
  readonly wishes?: (from: Catalog, to: Catalog) => Effect.Effect<ReadonlyArray<RenameWish>, never, Dialect>
}

/** What a migration showed. */
export interface Shown {
  /** Objects of no kind: nothing was migrated. */
  readonly unmanaged: ReadonlyArray<string>
  readonly steps: number
  readonly rollbackSteps: number
  readonly reordered: number
  /** How many rows were kept there and back; absent where one of the schemas refuses them. */
  readonly rows?: number
  /** With what words rows were refused, and whether that was told before anything ran. */
  readonly refusals: ReadonlyArray<{ readonly message: string; readonly told: boolean }>
}

/**
 * Plans, applies, judges, plans again, rolls back and judges. Where the rows break the wanted schema, the apply has to refuse
 * them and leave everything as it was; then the same is done without rows. Fails with {@link Broken}.
 */
export const migrate = Effect.fn("Migration.migrate")(
  function*({ after, before, seed, twice = false, wishes }: Migration) {
    const [source, target] = [yield* wantedOf(before), yield* wantedOf(after)]
    const file = yield* World.file(before)
    seed(file.path)
    const [from, to] = [yield* World.read(file.path), yield* World.read(target.file.path)]
    const unmanaged = [...from.unmanaged, ...to.unmanaged].map(({ kind, name }) => `${kind} ${name}`)
    if (unmanaged.length > 0) return { unmanaged, steps: 0, rollbackSteps: 0, reordered: 0, refusals: [] }
    yield* converts(to)
    const renames = wishes === undefined ? [] : yield* wishes(from, to)
    const between = { ...(yield* comparable(from, to)), renames }
    const { plan, rollback } = yield* Prover.prove(between)
    const second = twice ? yield* Prover.prove(between) : { plan, rollback }
    if (JSON.stringify([plan, rollback]) !== JSON.stringify([second.plan, second.rollback])) {
      return yield* broken("the same input gives the same plan", changesIn(second.plan))
    }
    yield* must("the plan says itself what its statements lose", unsaid(plan, from))
    yield* must("the rollback says itself what its statements lose", unsaid(rollback, to))
    const refusals: Array<Shown["refusals"][number]> = []
    let current = file
    let there = yield* go("the plan", file, plan, target, source.reading)
    if (there._tag === "Refused") {
      refusals.push(there)
      current = yield* World.file(before)
      there = yield* go("the plan without rows", current, plan, target, source.reading)
    }
    if (there._tag === "Refused") return yield* broken("the plan runs without rows", there.message)
    const reached = yield* World.read(current.path)
    if (hash(reached) !== hash(to)) return yield* broken("the plan ends in the wanted schema", "the hash is another")
    const again = yield* Prover.prove(yield* comparable(reached, to))
    if (again.plan.steps.length > 0) return yield* broken("planning again finds nothing", changesIn(again.plan))
    const reading = Reading.read(current.path)
    let way = yield* go("the rollback", current, rollback, source, reading)
    if (way._tag === "Refused") {
      refusals.push(way)
      const empty = yield* World.file(before)
      yield* World.apply(plan, empty)
      way = yield* go("the rollback without rows", empty, rollback, source, reading)
      current = empty
    }
    if (way._tag === "Refused") return yield* broken("the rollback runs without rows", way.message)
    const restored = yield* World.read(current.path)
    if (hash(restored) !== hash(from)) {
      return yield* broken("the rollback ends in the schema before", "the hash is another")
    }
    return {
      unmanaged,
      steps: plan.steps.length,
      rollbackSteps: rollback.steps.length,
      reordered: there.reordered + way.reordered,
      ...(refusals.length > 0 || there.rows === undefined ? {} : { rows: there.rows }),
      refusals
    }
  },
  (shown) => Effect.scoped(Effect.map(shown, (shown): Shown => shown))
)
