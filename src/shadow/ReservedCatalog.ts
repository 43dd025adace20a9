/** What another tool has made on the shadow that a project holds. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import { create } from "../Canonical.ts"
import type { Catalog, CatalogObject } from "../Catalog.ts"
import { Dialect } from "../Dialect.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { rehearse } from "../engine/Transaction.ts"
import { aspects, narrow } from "../ManagedScope.ts"
import { PlanRefused } from "../Planner.ts"
import { ReservedShadow } from "../ReservedShadow.ts"
import { Shadow } from "../Shadow.ts"
import { ShadowHost } from "../ShadowHost.ts"
import { SourceError } from "../SourceError.ts"
import { surround } from "../Surroundings.ts"
import * as Checkout from "./Checkout.ts"
import { presence, stateOf } from "./LeaseState.ts"
import * as Reservations from "./Reservations.ts"

/** A shadow is prolonged by so many minutes when it is read. */
const minutes = 60

/** Of a schema that was lent alone: the same as if it had been made in the standard schema, by the database's own renaming. */
const asStandard = Effect.fn("ReservedCatalog.asStandard")(function*(
  catalog: Catalog,
  schema: string
): Effect.fn.Return<Catalog, PlanRefused | DatabaseError, Dialect | Shadow | ShadowHost> {
  const dialect = yield* Dialect
  const { standardSchema: standard } = yield* ShadowHost
  const shadow = yield* Shadow
  const selected = surround(narrow(catalog, { aspects, schemas: [schema] }), { lacks: shadow.lacks })
  const own = [...selected.objects.values()].find(({ kind, name }) => kind === "schema" && name[0] === schema)
  if (own === undefined) return selected
  // what it is to be called is another schema of that database, which nothing may be needed of
  const isStandard = ({ name }: CatalogObject): boolean => name[0] === standard
  const needed = [...selected.outside?.values() ?? []].filter((object) =>
    selected.surroundings?.has(object.id) === true && isStandard(object) && object.name.length > 1
  )
  if (needed.length > 0) {
    return yield* new PlanRefused({
      reasons: needed.slice(0, 5).map(({ id }) =>
        `${id} is needed by the schema ${schema}, which stands for ${standard}: have a whole database as shadow (SHADOW_DATABASE_URL)`
      )
    })
  }
  const lent: Catalog = {
    ...selected,
    // the mark of the schema is no comment of what was made in it
    objects: new Map([...selected.objects].filter(([, { kind, parent }]) => kind !== "comment" || parent !== own.id)),
    outside: new Map([...selected.outside ?? []].filter(([, object]) => !isStandard(object)))
  }
  const renaming = [dialect.kindOf(own.kind).renaming?.rename(own, standard) ?? []].flat()
  return yield* Effect.scoped(Effect.gen(function*() {
    const session = yield* shadow.reserve({ extensions: dialect.extensionsOf(lent) })
    return yield* rehearse(
      session,
      Effect.gen(function*() {
        yield* create(lent, session)
        yield* session.execute(renaming.join(";\n"))
        return narrow(yield* dialect.introspect(session), { aspects, schemas: [standard] })
      })
    )
  }))
})

const over = (detail: string, next: string): SourceError =>
  new SourceError({ source: "shadow", reason: "missing", detail, next })

const read = Effect.fn("ReservedCatalog.read")(function*(project: string) {
  const dialect = yield* Dialect
  const host = yield* ShadowHost
  const lease = yield* Effect.mapError(Checkout.current(project), ({ detail, next }) => over(detail, next))
  const sort = Checkout.sortOf(lease)
  if (sort !== host.family) {
    return yield* over(
      `the shadow of this project is of ${sort}, and this is about ${host.family}`,
      "Give it back with lockplane shadow release, and run lockplane shadow prepare for the other environment"
    )
  }
  const held = yield* Effect.catch(
    Reservations.renew(Checkout.loanOf(lease), minutes),
    (error) =>
      Effect.flatMap(presence(lease, error), (found) => found === "gone" ? Effect.undefined : Effect.fail(error))
  )
  if (held === undefined) {
    const found = yield* stateOf(lease, 5)
    return yield* over(
      `the shadow of this project is not held any more${found.state === "over" ? `: ${found.why}` : ""}`,
      "Run lockplane shadow prepare and fill it again"
    )
  }
  yield* Effect.ignore(Checkout.remember(project, { ...lease, expires_at: held.expires_at }))
  const database = yield* host.connect(Checkout.loanOf(lease).url)
  const { addresses: _, attached: __, reader: ___, ...catalog } = yield* dialect.introspectDatabase(database)
  const made = lease.shadow_schema === undefined ? catalog : yield* asStandard(catalog, lease.shadow_schema)
  return { ...made, states: [] }
})

/** {@link ReservedShadow} of the project in a folder. */
export const layer = (
  project: string
): Layer.Layer<ReservedShadow, never, ShadowHost | FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    ReservedShadow,
    Effect.map(Effect.context<ShadowHost | FileSystem.FileSystem | Path.Path>(), (services) => ({
      catalog: read(project).pipe(
        Effect.provide(services),
        Effect.catchTag(
          "PlanRefused",
          ({ reasons }) => Effect.fail(over(reasons.join("\n"), "Change what was made there and run the command again"))
        )
      )
    }))
  )
