/**
 * A SQLite database in a file, and migrations of it by the real stages. What is in it is put there, and looked at, by another
 * build of SQLite than the one that migrates: the runtime's own.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { comparable } from "../../src/Canonical.ts"
import type { Catalog } from "../../src/Catalog.ts"
import * as CatalogCache from "../../src/CatalogCache.ts"
import { Dialect } from "../../src/Dialect.ts"
import * as SqliteDatabase from "../../src/engine/SqliteDatabase.ts"
import * as Executor from "../../src/Executor.ts"
import type { Plan } from "../../src/Plan.ts"
import * as Platform from "../../src/platform.ts"
import * as Prover from "../../src/Prover.ts"
import * as MemoryShadow from "../../src/sqlite/MemoryShadow.ts"
import * as Sqlite from "../../src/sqlite/Sqlite.ts"
import { Database } from "../runtimes/Sqlite.ts"

/** The stages' services for SQLite, without a cache. */
export const services = Layer.mergeAll(Sqlite.layer, MemoryShadow.layer, CatalogCache.layerOff).pipe(
  Layer.provideMerge(Platform.layer)
)

/** A database file of the test's own. */
export interface File {
  readonly path: string
  /** Runs a script by the runtime's SQLite, with foreign keys as given. */
  readonly run: (script: string, foreignKeys?: "on" | "off") => void
  /** The rows of a query by the runtime's SQLite. */
  readonly rows: (sql: string) => ReadonlyArray<unknown>
}

/** A database that a script makes; it is gone when the scope closes. */
export const file = Effect.fnUntraced(function*(script: string) {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped()
  const path = `${folder}/app.db`
  const run = (script: string, foreignKeys: "on" | "off" = "off"): void => {
    const database = new Database(path)
    database.run(`PRAGMA foreign_keys = ${foreignKeys}; ${script}`)
    database.close()
  }
  run(script)
  const made: File = {
    path,
    run,
    rows: (sql) => {
      const database = new Database(path, { readonly: true })
      const found = database.all(sql)
      database.close()
      return found
    }
  }
  return made
})

/** The catalog of a database file. */
export const read = Effect.fnUntraced(function*(path: string) {
  const { introspectDatabase } = yield* Dialect
  const database = yield* SqliteDatabase.make({ location: path })
  const catalog = yield* introspectDatabase(database)
  const live: Catalog = { ...catalog, serverMajor: catalog.major }
  return live
})

/** The proven plan, and its rollback, from a database file to the schema of a script. */
export const plan = Effect.fnUntraced(function*(from: File, wanted: string, wishes: ReadonlyArray<string> = []) {
  const to = yield* file(wanted)
  return yield* Prover.prove(yield* comparable(yield* read(from.path), yield* read(to.path), wishes))
})

/** Applies a plan to a database file. */
export const apply = Effect.fnUntraced(function*(plan: Plan, to: File) {
  return yield* Executor.apply(plan, yield* SqliteDatabase.make({ location: to.path }))
})

/** What migrating does to a database that a script makes; `there` looks at it after the plan, before the way back. */
export const migrate = Effect.fnUntraced(function*<A>(
  before: string,
  after: string,
  there: (database: File, plan: Plan) => A,
  wishes: ReadonlyArray<string> = []
) {
  const database = yield* file(before)
  const proven = yield* plan(database, after, wishes)
  yield* apply(proven.plan, database)
  const found = there(database, proven.plan)
  const again = yield* plan(database, after)
  yield* apply(proven.rollback, database)
  return { found, again: again.plan.steps.map(({ description }) => description), database, ...proven }
})
