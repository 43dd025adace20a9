/**
 * Readings that can be compared: two catalogs printed by engines of one major version, and saying only what the server
 * that a plan is for can have.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Aspect, canonicalJson, type Catalog, compared, hash, sameState, type Selection } from "./Catalog.ts"
import { CatalogCache, keyOf } from "./CatalogCache.ts"
import { Dialect, type ObjectKind } from "./Dialect.ts"
import type { Change } from "./Diff.ts"
import type { Session } from "./engine/Database.ts"
import { DatabaseError } from "./engine/DatabaseError.ts"
import { rehearse } from "./engine/Transaction.ts"
import { narrow, narrowLike, scopeOf, selectionOf, selectionProblems, whole, withOutside } from "./ManagedScope.ts"
import { statementsOf } from "./Plan.ts"
import { plan, PlanRefused } from "./Planner.ts"
import type { RenameWish } from "./planning/DeclaredRenames.ts"
import { Shadow } from "./Shadow.ts"
import { needsOutside, surround } from "./Surroundings.ts"

/** Two catalogs of one spelling, and the major version of the server that a plan from one to the other will run on. */
export interface Comparable {
  readonly from: Catalog
  readonly to: Catalog
  readonly serverMajor: number
  /** The renames on the way that are declared or asked for. */
  readonly renames?: ReadonlyArray<RenameWish>
}

/**
 * Creates the schema of a catalog on an empty session, inside the caller's transaction. With `keep` what every new database
 * has stays, although the catalog has not.
 */
export const create = Effect.fn("Canonical.create")(function*(
  catalog: Catalog,
  session: Session,
  keep: boolean = false
): Effect.fn.Return<void, PlanRefused | DatabaseError, Dialect> {
  const dialect = yield* Dialect
  yield* dialect.actAs(session, dialect.rolesOf(catalog), catalog.reader)
  const empty = yield* dialect.introspect(session)
  const wanted = whole(catalog)
  const target = keep ? { ...wanted, objects: new Map([...empty.objects, ...wanted.objects]) } : wanted
  const steps = yield* Effect.fromResult(
    plan(empty, target, { kindOf: dialect.kindOf, serverMajor: empty.major })
  )
  if (steps.length === 0) return
  yield* session.execute([...dialect.settings({}), ...steps.flatMap(statementsOf)].join(";\n")).pipe(
    Effect.mapError((error) =>
      new DatabaseError({
        ...error,
        message: `the schema cannot be created on the shadow as it was read: ${error.message}`
      })
    )
  )
})

/** Creates the schema of a catalog on the shadow and reads it back. The reading is cached. */
const recreated = Effect.fn("Canonical.recreated")(function*(
  catalog: Catalog
): Effect.fn.Return<Catalog, PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> {
  const dialect = yield* Dialect
  const shadow = yield* Shadow
  const cache = yield* CatalogCache
  const order = [...catalog.objects.values()].map(({ id, position, state }) =>
    `${position ?? ""} ${canonicalJson(state["own"])} ${id}`
  )
  const key = keyOf([
    "recreated",
    dialect.fingerprint,
    yield* shadow.identity,
    String(catalog.major),
    hash(catalog),
    ...order,
    catalog.reader ?? "",
    ...[...whole(catalog).objects.values()].filter(({ id }) => !catalog.objects.has(id))
      .map(({ id, state }) => `${id} ${canonicalJson(state)}`),
    ...(catalog.scope === undefined
      ? ["everything"]
      : [...catalog.scope.aspects, canonicalJson({ ...selectionOf(catalog.scope) })])
  ])
  const found = yield* cache.get(key)
  if (Option.isSome(found)) return withServer(found.value.catalog, catalog)
  const read = yield* Effect.scoped(Effect.gen(function*() {
    const session = yield* shadow.reserve({ extensions: dialect.extensionsOf(catalog) })
    return yield* rehearse(session, Effect.andThen(create(catalog, session), dialect.introspect(session)))
  }))
  yield* cache.set(key, { catalog: read, warnings: [] })
  return withServer(read, catalog)
})

/** The catalog as the shadow's engine prints it: created there and read back, unless it was printed by that major already. */
export const onShadow = Effect.fn("Canonical.onShadow")(function*(
  catalog: Catalog
): Effect.fn.Return<Catalog, PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> {
  const shadow = yield* Shadow
  return catalog.major === (yield* shadow.major) ? catalog : yield* recreated(catalog)
})

/** How often a definition is printed and read again before Lockplane takes it as it is. PostgreSQL settles at the second. */
const generations = 3

/**
 * The catalog in a spelling that stays as it is when it is created and read again. What PostgreSQL prints of a definition
 * that was written by a person is not always what it prints of its own print: `a AND (b AND c)` becomes `a AND b AND c`, a
 * default of NULL gains a cast. Two schemas that are the same in this spelling are the same.
 */
export const settled = Effect.fn("Canonical.settled")(function*(
  catalog: Catalog
): Effect.fn.Return<Catalog, PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> {
  const dialect = yield* Dialect
  const shadow = yield* Shadow
  const serverMajor = catalog.serverMajor ?? (yield* shadow.major)
  let current = catalog
  for (let generation = 0; generation < generations; generation++) {
    const next = dialect.asOfMajor(yield* recreated(current), serverMajor)
    if (hash(next) === hash(current)) return current
    current = next
  }
  return current
})

const withServer = ({ attached: _, reader: __, ...reading }: Catalog, of: Catalog): Catalog => ({
  ...withOutside(narrowLike(reading, of), of),
  ...(of.reader === undefined ? {} : { reader: of.reader }),
  ...(of.states === undefined ? {} : { states: of.states }),
  unmanaged: of.unmanaged,
  ...(of.attached === undefined ? {} : { attached: of.attached }),
  ...(of.tablespaces === undefined ? {} : { tablespaces: of.tablespaces }),
  ...(of.serverMajor === undefined ? {} : { serverMajor: of.serverMajor })
})

/**
 * Makes two catalogs comparable. Where their spellings differ, what the shadow's engine did not print is created there and
 * read back. What the server that the plan is for cannot have at all, such as names of not-null constraints before
 * PostgreSQL 18, is left out of both. `wishes` are renames that are asked for as `old=new`, besides those that the files
 * of `to` declare; `include` are aspects that are compared although no text states them; `selection` says what is managed.
 */
export const comparable = Effect.fn("Canonical.comparable")(function*(
  from: Catalog,
  to: Catalog,
  wishes: ReadonlyArray<string> = [],
  include: ReadonlyArray<Aspect> = [],
  selection: Selection = {}
): Effect.fn.Return<Comparable, PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> {
  const dialect = yield* Dialect
  const shadow = yield* Shadow
  const serverMajor = from.serverMajor ?? to.serverMajor ?? (yield* shadow.major)
  const rest = { serverMajor, renames: [...to.renames ?? [], ...wishes] }
  const problems = selectionProblems(selection, dialect.kinds, dialect.name)
  if (problems.length > 0) return yield* new PlanRefused({ reasons: problems })
  const scope = scopeOf(from, to, include, selection)
  // a text takes over from the other what it does not say
  const base = from.states !== undefined && to.states === undefined ? to : from
  const scoped = (catalog: Catalog): Catalog =>
    narrow(dialect.asOfMajor(catalog === base ? catalog : dialect.onFooting(catalog, base), serverMajor), scope)
  const other = scoped(to)
  // a text does not say what is not managed: that is what the database has
  const one = from.states !== undefined && to.states === undefined ? withOutside(scoped(from), other) : scoped(from)
  // what only the other side needs has to be on a shadow of this one as well
  const among = (catalog: Catalog, there: Catalog): Catalog =>
    surround(catalog, { also: needsOutside(there).map(([, need]) => need), lacks: shadow.lacks })
  const asRead = { from: among(one, other), to: among(other, one), ...rest }
  if (from.major === to.major) return asRead
  // to create what one engine printed just as the shadow's does would only give the shadow's reading again
  const major = yield* shadow.major
  const there = [asRead.from, asRead.to].find((catalog) => catalog.major === major)
  if (there !== undefined && hash(asRead.from) === hash(asRead.to)) {
    return { from: withServer(there, asRead.from), to: withServer(there, asRead.to), ...rest }
  }
  const [recreatedFrom, recreatedTo] = [yield* onShadow(asRead.from), yield* onShadow(asRead.to)]
  return {
    from: dialect.asOfMajor(recreatedFrom, serverMajor),
    to: dialect.asOfMajor(recreatedTo, serverMajor),
    ...rest
  }
})

/** True where nothing but the print of expressions differs, so that {@link settledPair} may show the schemas to be equal. */
export const maybeSpelling = (changes: ReadonlyArray<Change>, kindOf: (kind: string) => ObjectKind): boolean =>
  changes.length > 0 && changes.every((change) => {
    if (change._tag !== "Alter") return false
    const { printed = [] } = kindOf(change.to.kind)
    const [from, to] = [compared(change.from.state), compared(change.to.state)]
    return [...new Set([...Object.keys(from), ...Object.keys(to)])].every((key) =>
      printed.includes(key) || canonicalJson(from[key]) === canonicalJson(to[key])
    )
  })

/** Both catalogs as {@link settled}. */
export const settledPair = Effect.fn("Canonical.settledPair")(function*(
  { from, serverMajor, to, ...rest }: Comparable
): Effect.fn.Return<Comparable, PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> {
  const forServer = (catalog: Catalog): Catalog => ({ ...catalog, serverMajor })
  return { from: yield* settled(forServer(from)), to: yield* settled(forServer(to)), serverMajor, ...rest }
})

/** A live catalog against a hash that a plan carries. */
export interface Match {
  /** The hash of the live catalog in the spelling that the plan's hashes are of. */
  readonly hash: string
  readonly catalog: Catalog
  readonly matches: boolean
}

/** A schema as its server prints it, and the same schema in the spelling that a plan's hashes are of. */
export interface KnownReading {
  readonly live: Catalog
  readonly catalog: Catalog
}

/** The live catalog with every object that is as it was in the spelling that is known of it. */
const respelled = (live: Catalog, { catalog, live: before }: KnownReading): Catalog => {
  const objects = [...live.objects].map(([id, object]) => {
    const [was, spelled] = [before.objects.get(id), catalog.objects.get(id)]
    return [
      id,
      was !== undefined && spelled !== undefined && sameState(was.state, object.state) ? spelled : object
    ] as const
  })
  return { ...live, major: catalog.major, objects: new Map(objects) }
}

/**
 * Compares a live catalog with a hash of a reading by `major`: as it is, created on the shadow where that is of the major,
 * and at last as {@link settled}. None where no engine of that major is at hand. With a reading of the same database from
 * before a plan ran, the shadow is left out where what the plan changed is printed alike by both majors.
 */
export const match = Effect.fn("Canonical.match")(function*(
  live: Catalog,
  major: number,
  wanted: string,
  known?: KnownReading
): Effect.fn.Return<Option.Option<Match>, PlanRefused | DatabaseError, Dialect | Shadow | CatalogCache> {
  const dialect = yield* Dialect
  const shadow = yield* Shadow
  if (live.major !== major && known?.catalog.major === major) {
    const catalog = dialect.asOfMajor(respelled(live, known), live.serverMajor ?? live.major)
    if (hash(catalog) === wanted) return Option.some({ hash: wanted, catalog, matches: true })
  }
  const reading = live.major === major ? live : yield* onShadow(live)
  if (reading.major !== major) return Option.none()
  const catalog = dialect.asOfMajor(reading, live.serverMajor ?? live.major)
  const found = hash(catalog)
  if (found === wanted || major !== (yield* shadow.major)) {
    return Option.some({ hash: found, catalog, matches: found === wanted })
  }
  const still = yield* settled({ ...catalog, serverMajor: live.serverMajor ?? live.major })
  return hash(still) === wanted
    ? Option.some({ hash: wanted, catalog: still, matches: true })
    : Option.some({ hash: found, catalog, matches: false })
})
