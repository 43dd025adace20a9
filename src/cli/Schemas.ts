/** The schemas that commands name: read from where they are said to be, with what cannot be managed told by name. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import type * as Stdio from "effect/Stdio"
import { type Catalog, compareText, type Selection, type UnmanagedObject } from "../Catalog.ts"
import type { CatalogCache } from "../CatalogCache.ts"
import type { DatabaseAddress, Dialect } from "../Dialect.ts"
import { redactUrl } from "../engine/ConnectionUrl.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { aspects, isPartial, narrow, selectCensus } from "../ManagedScope.ts"
import type { PlanRefused } from "../Planner.ts"
import { progress } from "../Progress.ts"
import type { Shadow } from "../Shadow.ts"
import * as Source from "../Source.ts"
import type { SourceError } from "../SourceError.ts"
import { Refused, Usage } from "./Failure.ts"
import { say } from "./Output.ts"

/** What reading a schema can need and fail with. */
export type Reading<A> = Effect.Effect<
  A,
  SourceError | DatabaseError | PlanRefused | Refused | Usage,
  Dialect | Shadow | CatalogCache | FileSystem.FileSystem | Stdio.Stdio
>

const names = (objects: ReadonlyArray<UnmanagedObject>): string =>
  objects.map(({ kind, name }) => `  ${kind} ${name}`).join("\n")

const count = (n: number): string => n === 1 ? "an object" : `${n} objects`

/** The schema that was named, with what is selected of it; `around` is the database that a text is for. */
const load = (text: string, selection: Selection, around?: Catalog): Reading<Catalog> =>
  Effect.map(Source.load(Source.parse(text), around), (catalog) => {
    const unmanaged = selectCensus(catalog.unmanaged, selection)
    return { ...catalog, unmanaged }
  })

/** A catalog as the ground for a text that is for it: none where everything is managed. */
const groundOf = (catalog: Catalog, selection: Selection): Catalog | undefined =>
  isPartial(selection) ? narrow(catalog, { aspects, ...selection }) : undefined

/** A schema as it is. Objects of a database that Lockplane does not manage are told, and left alone. */
export const present = (text: string, selection: Selection = {}, around?: Catalog): Reading<Catalog> =>
  Effect.tap(load(text, selection, around), ({ unmanaged }) =>
    unmanaged.length === 0 ? Effect.void : say(
      `${redactUrl(text)} holds ${count(unmanaged.length)} that Lockplane does not manage. Nothing is done about:\n${
        names(unmanaged)
      }`
    ))

/** Tells what a text says of objects that are not managed, and that are not just there already. */
const tellOutside = (text: string, catalog: Catalog, ground: Catalog): Effect.Effect<void, never, Stdio.Stdio> => {
  const { outside } = narrow(catalog, { aspects, ...ground.scope })
  const said = [...outside?.values() ?? []].filter(({ id, parent }) =>
    ground.outside?.has(id) !== true &&
    (parent === undefined || outside?.has(parent) !== true || ground.outside?.has(parent) === true)
  ).map(({ id }) => id).toSorted(compareText)
  return said.length === 0 ? Effect.void : say(
    `${redactUrl(text)} says something about ${
      count(said.length)
    } outside of what Lockplane manages here. Nothing is done about:\n${said.map((id) => `  ${id}`).join("\n")}`
  )
}

/** A schema that is wanted, of a database that is there. Fails where it holds what Lockplane cannot make. */
export const wanted = (text: string, selection: Selection = {}, of?: Catalog): Reading<Catalog> =>
  Effect.gen(function*() {
    const ground = of === undefined ? undefined : groundOf(of, selection)
    const catalog = yield* makeable(text, selection, ground)
    if (catalog.states !== undefined && ground !== undefined) yield* tellOutside(text, catalog, ground)
    return catalog
  })

const makeable = (text: string, selection: Selection, around?: Catalog): Reading<Catalog> =>
  Effect.flatMap(load(text, selection, around), (catalog) =>
    catalog.unmanaged.length === 0
      ? Effect.succeed(catalog)
      : Effect.fail(
        new Refused({
          detail: `${redactUrl(text)} holds ${count(catalog.unmanaged.length)} that Lockplane cannot make:\n${
            names(catalog.unmanaged)
          }`,
          next: "Take them out of the wanted schema, or make them by hand."
        })
      ))

const isLive = (text: string): boolean => Source.dialectOf(Source.parse(text)) !== undefined

/** Both schemas, read at the same time unless one is a text that may name what is not managed in the other. */
export const both = (
  from: string,
  to: string,
  selection: Selection = {}
): Reading<{ readonly from: Catalog; readonly to: Catalog }> =>
  Effect.gen(function*() {
    if (from === "-" && to === "-") {
      return yield* new Usage({
        detail: "both schemas are to come from standard input",
        next: "Name a file for one of them."
      })
    }
    yield* progress("read", 1, 1, `${redactUrl(from)} and ${redactUrl(to)}`)
    if (!isPartial(selection) || isLive(from) === isLive(to)) {
      return yield* Effect.all({ from: present(from, selection), to: wanted(to, selection) }, { concurrency: 2 })
    }
    if (isLive(from)) {
      const source = yield* present(from, selection)
      return { from: source, to: yield* wanted(to, selection, source) }
    }
    const target = yield* wanted(to, selection)
    return { from: yield* present(from, selection, groundOf(target, selection)), to: target }
  })

/** Both schemas as they are, read like those of {@link both}. */
export const presentPair = (
  one: string,
  other: string,
  selection: Selection = {}
): Reading<readonly [Catalog, Catalog]> =>
  Effect.gen(function*() {
    if (!isPartial(selection) || isLive(one) === isLive(other)) {
      return yield* Effect.all([present(one, selection), present(other, selection)], {
        concurrency: one === "-" || other === "-" ? 1 : 2
      })
    }
    const live = yield* present(isLive(one) ? one : other, selection)
    const text = yield* present(isLive(one) ? other : one, selection, groundOf(live, selection))
    return isLive(one) ? [live, text] as const : [text, live] as const
  })

/** How a database is opened that a plan runs on. */
export interface Opening {
  /** A SQLite file that is missing is made. */
  readonly create?: boolean | undefined
  /** How long locks are waited for. Servers of PostgreSQL are told when a transaction begins. */
  readonly lockTimeout?: string | undefined
}

/** The address of a database that plans can run on. */
export const addressOf = (
  text: string,
  { create = false, lockTimeout }: Opening = {}
): Effect.Effect<DatabaseAddress, Usage> => {
  const source = Source.parse(text)
  switch (source._tag) {
    case "Server":
    case "Embedded":
      return Effect.succeed(source)
    case "Libsql":
      return Effect.succeed({ ...source, lockTimeout })
    case "Sqlite":
      return Effect.succeed({ ...source, create, lockTimeout })
    default:
      return Effect.fail(
        new Usage({
          detail: `${redactUrl(text)} is not a database that a plan can run on`,
          next:
            "Write the target as postgres://user:password@host:5432/database, pglite:DIR, a SQLite file such as shop.db, or libsql://host."
        })
      )
  }
}
