/** Plans that are exported for a tool and read back from its folder lead to the same schema. */
import { describe, expect } from "bun:test"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import { fileURLToPath } from "node:url"
import { comparable } from "../../src/Canonical.ts"
import { type Catalog, hash } from "../../src/Catalog.ts"
import * as CatalogCache from "../../src/CatalogCache.ts"
import { exportPlan } from "../../src/export/Export.ts"
import { formats } from "../../src/export/formats.ts"
import type { Plan } from "../../src/Plan.ts"
import { layer as platform } from "../../src/platform.ts"
import * as EmbeddedShadow from "../../src/postgres/EmbeddedShadow.ts"
import * as Postgres from "../../src/postgres/Postgres.ts"
import { prove } from "../../src/Prover.ts"
import { load, parse } from "../../src/Source.ts"
import * as it from "../effect.ts"
import { loadSql } from "../sqlSource.ts"

const fixtures = fileURLToPath(new URL("../../fixtures/migrations/shop/", import.meta.url))

const stages = Layer.mergeAll(Postgres.layer, EmbeddedShadow.layer, CatalogCache.layerOff).pipe(
  Layer.provideMerge(platform)
)

interface Way {
  readonly plan: Plan
  readonly rollback: Plan
}

/** From nothing to a schema, and on to the next, in one transaction or in several. */
class Ways extends Context.Service<Ways, {
  readonly first: Way
  readonly one: Way
  readonly several: Way
  readonly catalogs: Readonly<Record<"first" | "plain" | "second", Catalog>>
}>()("test/export/Ways") {}

const ways = Layer.effect(
  Ways,
  Effect.gen(function*() {
    const read = (name: string) => load(parse(`${fixtures}${name}.sql`))
    const catalogs = { first: yield* read("first"), plain: yield* read("plain"), second: yield* read("second") }
    const way = (from: Catalog, to: Catalog) => Effect.flatMap(comparable(from, to), prove)
    return {
      first: yield* way(yield* loadSql("-- nothing\n"), catalogs.first),
      one: yield* way(catalogs.first, catalogs.plain),
      several: yield* way(catalogs.first, catalogs.second),
      catalogs
    }
  })
)

const live = it.layer(ways.pipe(Layer.provideMerge(stages)))

const now = Date.UTC(2026, 0, 2, 3, 4, 5)

/** Writes plans for a tool into a folder, one migration each. */
const write = (tool: string, migrations: ReadonlyArray<Way>, name = "shop") =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const { dirname, join } = yield* Path.Path
    const root = yield* fs.makeTempDirectoryScoped()
    const format = formats.find((one) => one.name === tool)
    if (format === undefined) throw new Error(tool)
    const existing = new Map(tool === "prisma" ? [["migration_lock.toml", "provider = \"postgresql\"\n"]] : [])
    for (const { plan, rollback } of migrations) {
      const request = { plan, rollback: format.goesBack ? rollback : undefined, name, now, existing }
      const files = Result.getOrThrowWith(exportPlan(format, request), ({ detail }) => new Error(detail))
      for (const { path, replaces, text } of files) {
        expect([path, existing.has(path)]).toEqual([path, replaces ?? false])
        existing.set(path, text)
      }
    }
    for (const [path, text] of existing) {
      yield* fs.makeDirectory(dirname(join(root, path)), { recursive: true })
      yield* fs.writeFileString(join(root, path), text)
    }
    return { root, files: existing }
  })

const reads = (root: string, wanted: Catalog) =>
  Effect.gen(function*() {
    const between = yield* comparable(yield* load(parse(`migrations:${root}`)), wanted)
    expect(hash(between.from)).toBe(hash(between.to))
    return hash(between.to)
  })

describe("plans of one transaction", () => {
  for (const { name } of formats.filter((format) => format.name !== "alembic" && format.name !== "supabase")) {
    live(`${name}: two migrations one after the other`, () =>
      Effect.gen(function*() {
        const { catalogs, first, one } = yield* Ways
        const { root } = yield* write(name, [first, one])
        expect(yield* reads(root, catalogs.plain)).toBe(one.plan.target_hash ?? "")
      }))
  }
})

describe("plans of several transactions", () => {
  for (const name of ["flyway", "dbmate", "golang-migrate", "goose", "prisma", "supabase", "sql"]) {
    live(`${name} commits in between`, () =>
      Effect.gen(function*() {
        const { catalogs, first, several } = yield* Ways
        expect(new Set(several.plan.steps.map(({ transaction }) => transaction)).size).toBe(2)
        const { root } = yield* write(name, [first, several])
        expect(yield* reads(root, catalogs.second)).toBe(several.plan.target_hash ?? "")
      }))
  }

  live("drizzle runs everything in one transaction, so that it is refused", () =>
    Effect.gen(function*() {
      const { several: { plan } } = yield* Ways
      const drizzle = formats.find(({ name }) => name === "drizzle")
      if (drizzle === undefined) throw new Error("drizzle")
      const request = { plan, rollback: undefined, name: "a", now, existing: new Map<string, string>() }
      expect(Result.getOrThrow(Result.flip(exportPlan(drizzle, request))).detail).toContain("2 transactions")
    }))
})

describe("the way back", () => {
  /** Each file's way back as a way there of a folder of numbered files, after the ways there. */
  const turned: Readonly<Record<string, (files: ReadonlyMap<string, string>) => ReadonlyArray<string>>> = {
    "golang-migrate": (files) =>
      [...files].filter(([path]) => path.endsWith(".down.sql")).toSorted().map(([, text]) => text),
    flyway: (files) => [...files].filter(([path]) => /^U.*\.sql$/.test(path)).toSorted().map(([, text]) => text),
    dbmate: (files) => [...files].toSorted().map(([, text]) => text.split(/^-- migrate:down.*$/m)[1] ?? ""),
    goose: (files) => [...files].toSorted().map(([, text]) => text.split(/^-- \+goose Down$/m)[1] ?? "")
  }
  for (const [name, ways] of Object.entries(turned)) {
    live(`${name}: what is taken back is as before`, () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const { catalogs, first, one } = yield* Ways
        const { files, root } = yield* write(name, [first, one])
        const plain = yield* fs.makeTempDirectoryScoped()
        const [, back = ""] = ways(files)
        expect(back).toContain("Rollback: ")
        yield* fs.writeFileString(`${plain}/1.sql`, first.plan.steps.flatMap(({ sql }) => sql).join(";\n"))
        yield* fs.writeFileString(`${plain}/2.sql`, one.plan.steps.flatMap(({ sql }) => sql).join(";\n"))
        yield* fs.writeFileString(`${plain}/3.sql`, back)
        expect(root).not.toBe(plain)
        yield* reads(plain, catalogs.first)
      }))
  }
})
