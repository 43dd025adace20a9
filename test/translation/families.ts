/** Schemas of both families of databases in one test: loaded, translated, printed. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Catalog } from "../../src/Catalog.ts"
import * as CatalogCache from "../../src/CatalogCache.ts"
import { schemaText } from "../../src/cli/schemaText.ts"
import type { Dialect } from "../../src/Dialect.ts"
import * as Platform from "../../src/platform.ts"
import * as EmbeddedShadow from "../../src/postgres/EmbeddedShadow.ts"
import * as Postgres from "../../src/postgres/Postgres.ts"
import type { Shadow } from "../../src/Shadow.ts"
import { translate, verify } from "../../src/translation/Translation.ts"
import { services as sqlite } from "../sqlite/world.ts"
import { loadSql } from "../sqlSource.ts"

const postgres = Layer.mergeAll(Postgres.layer, EmbeddedShadow.layer, CatalogCache.layerOff).pipe(
  Layer.provideMerge(Platform.layer)
)

/** The services of the stages for each family. */
export class Families extends Context.Service<Families, {
  readonly postgres: Context.Context<Layer.Success<typeof postgres>>
  readonly sqlite: Context.Context<Layer.Success<typeof sqlite>>
}>()("test/translation/Families") {}

/** Both families, built once. */
export const layer = Layer.effect(
  Families,
  Effect.gen(function*() {
    return { postgres: yield* Layer.build(postgres), sqlite: yield* Layer.build(sqlite) }
  })
)

type Family = "postgres" | "sqlite"

const within = <A, E>(
  family: Family,
  work: Effect.Effect<A, E, Layer.Success<typeof postgres> | Dialect | Shadow>
) => Effect.flatMap(Families, (families) => Effect.provide(work, families[family]))

/** The catalog of a schema. */
export const load = (family: Family, sql: string) => within(family, loadSql(sql))

/** A schema as SQL. */
export const print = (catalog: Catalog) => within(catalog.dialect, schemaText(catalog, "sql"))

/** A catalog in the other family: its SQL was loaded again, and so was its JSON. */
export const translated = Effect.fnUntraced(function*(catalog: Catalog) {
  const family = catalog.dialect === "sqlite" ? "postgres" : "sqlite"
  return yield* within(
    family,
    Effect.gen(function*() {
      const translation = yield* translate(catalog)
      const sql = yield* schemaText(translation.catalog, "sql")
      yield* verify(translation, sql, "sql")
      yield* verify(translation, yield* schemaText(translation.catalog, "json"), "json")
      return { ...translation, sql }
    })
  )
})

/** A schema in the other family: its SQL, and the notes as lines. */
export const translateSql = Effect.fnUntraced(function*(from: Family, sql: string) {
  const { notes, sql: made } = yield* translated(yield* load(from, sql))
  return {
    sql: made,
    notes: notes.map(({ effect, next = "", object, why }) => `${effect}: ${object}: ${why} ${next}`.trim())
  }
})
