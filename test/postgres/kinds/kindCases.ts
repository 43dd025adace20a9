/**
 * Cases for the kinds of objects: two schemas as SQL that differ in one object. Both are created and read on the embedded
 * engine; then the plans from nothing to the one, from the one to the other and back must lead exactly there.
 * With LOCKPLANE_TEST_DATABASE_URL the cases run in that (empty) database instead, rolled back as well.
 */
import { expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { canonicalJson, type Catalog, compared, type ObjectId, type State } from "../../../src/Catalog.ts"
import { Database, type Session } from "../../../src/engine/Database.ts"
import { DatabaseError } from "../../../src/engine/DatabaseError.ts"
import * as EmbeddedDatabase from "../../../src/engine/EmbeddedDatabase.ts"
import * as PostgresDatabase from "../../../src/engine/PostgresDatabase.ts"
import { rehearse } from "../../../src/engine/Transaction.ts"
import { statementsOf } from "../../../src/Plan.ts"
import * as Planner from "../../../src/Planner.ts"
import * as platform from "../../../src/platform.ts"
import { introspect } from "../../../src/postgres/Introspection.ts"
import type { Kind } from "../../../src/postgres/kinds/Kind.ts"
import { kindOf } from "../../../src/postgres/kinds/registry.ts"
import { layer } from "../../effect.ts"
import { aloneContext, waysOf } from "./changes.ts"

/** One object in two states, or in one where `from` is left out. */
export interface KindCase {
  readonly name: string
  /** What both schemas have. */
  readonly setup?: string
  readonly from?: string
  readonly to: string
  /** The identity of the object that it is about. */
  readonly object: ObjectId
  /** What is read of the object in `to`. */
  readonly state?: State
  /** How the object gets from `from` to `to`. */
  readonly way?: "InPlace" | "Replace"
  /** Servers that cannot run it are passed over. */
  readonly sinceMajor?: number
  /** The way leads to what is compared, and not to all that is told of it: see `compared`. */
  readonly ownDiffers?: true
}

const url = process.env["LOCKPLANE_TEST_DATABASE_URL"]

/** The database that cases run in: the embedded engine, or the one of LOCKPLANE_TEST_DATABASE_URL. */
export const database = (extensions: ReadonlyArray<string>) =>
  url === undefined
    ? EmbeddedDatabase.layer({ extensions }).pipe(Layer.provide(platform.layer))
    : PostgresDatabase.layer({ url: Redacted.make(url) })

/** The kind of that name. */
export const known = (name: string): Kind => {
  const kind = kindOf(name)
  if (kind === undefined) throw new Error(`no kind ${name}`)
  return kind
}

const states = (catalog: Catalog, of: (state: State) => State = (state) => state): Record<ObjectId, State> =>
  Object.fromEntries([...catalog.objects.values()].map((object) => [object.id, of(object.state)]))

/** What an empty database holds after this SQL; rolled back. */
export const read = (session: Session, sql: string): Effect.Effect<Catalog, DatabaseError> =>
  rehearse(session, Effect.andThen(session.execute(sql), introspect(session)))

/** The steps from one schema to the other. */
export const planned = (from: Catalog, to: Catalog, serverMajor: number): string =>
  Result.getOrThrow(Planner.plan(from, to, { kindOf: known, serverMajor }))
    .flatMap(statementsOf).map((sql) => `${sql};\n`).join("")

/** Plans from one schema to the other, runs the plan behind `fromSql`, and expects to have arrived. */
export const arrives = Effect.fnUntraced(function*(
  session: Session,
  fromSql: string,
  from: Catalog,
  to: Catalog,
  of?: (state: State) => State
) {
  const plan = planned(from, to, Math.floor(session.versionNumber / 10000))
  const reached = yield* read(
    session,
    `${fromSql};\nSET LOCAL check_function_bodies = off;\nSET LOCAL search_path = '';\n${plan}`
  )
    .pipe(Effect.mapError((error) => new DatabaseError({ code: error.code, message: `${error.message} in\n${plan}` })))
  expect(states(reached, of)).toEqual(states(to, of))
})

/** Declares a test for each case; the database is shared by all cases of the file and left empty. */
export const kindCases = (cases: ReadonlyArray<KindCase>, extensions: ReadonlyArray<string> = []): void => {
  const it = layer(database(extensions))
  for (const { from, name, object, ownDiffers, setup = "", sinceMajor = 0, state, to, way } of cases) {
    it(
      name,
      Effect.fnUntraced(function*() {
        const session = yield* Effect.flatMap(Database, (database) => database.session)
        const major = Math.floor(session.versionNumber / 10000)
        if (major < sinceMajor) return
        const of = ownDiffers === true ? compared : undefined
        const nothing = yield* read(session, "SELECT 1")
        const toSql = `${setup};\n${to}`
        const target = yield* read(session, toSql)
        expect([...target.objects.keys()]).toContain(object)
        expect(target.unmanaged).toEqual([])
        if (state !== undefined) expect(target.objects.get(object)?.state).toEqual(state)
        yield* arrives(session, "SELECT 1", nothing, target, of)
        const back = (to: Catalog) => arrives(session, toSql, target, to, of)
        if (from === undefined) return yield* back(nothing)
        const fromSql = `${setup};\n${from}`
        const source = yield* read(session, fromSql)
        const [before, after] = [source.objects.get(object), target.objects.get(object)]
        if (before !== undefined && after !== undefined) {
          const kind = known(after.kind)
          const alone = { ...aloneContext, source, target, serverMajor: major }
          const tag = kind.alter(before, after, alone)._tag
          // every way has its example
          if (canonicalJson(before.state) !== canonicalJson(after.state)) expect(waysOf(kind)).toContain(tag)
          if (way !== undefined) expect(tag).toBe(way)
        }
        yield* arrives(session, fromSql, source, target, of)
        yield* back(source)
        yield* back(nothing)
      })
    )
  }
}
