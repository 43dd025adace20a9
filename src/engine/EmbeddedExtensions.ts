/** The extensions that the embedded engine can load. Each is a file of the PGlite package, read only when asked for. */
import type { Extension } from "@electric-sql/pglite"
import * as Effect from "effect/Effect"
import { DatabaseError } from "./DatabaseError.ts"

/** By the name that CREATE EXTENSION takes: how to load what PGlite needs for it. */
const extensions: ReadonlyMap<string, () => Promise<Extension>> = new Map<string, () => Promise<Extension>>([
  ["amcheck", () => import("@electric-sql/pglite/contrib/amcheck").then((module) => module.amcheck)],
  // PGlite has the four modules of contrib/spi in one file
  ["autoinc", () => import("@electric-sql/pglite/contrib/moddatetime").then((module) => module.moddatetime)],
  ["bloom", () => import("@electric-sql/pglite/contrib/bloom").then((module) => module.bloom)],
  ["btree_gin", () => import("@electric-sql/pglite/contrib/btree_gin").then((module) => module.btree_gin)],
  ["btree_gist", () => import("@electric-sql/pglite/contrib/btree_gist").then((module) => module.btree_gist)],
  ["citext", () => import("@electric-sql/pglite/contrib/citext").then((module) => module.citext)],
  ["cube", () => import("@electric-sql/pglite/contrib/cube").then((module) => module.cube)],
  ["dict_int", () => import("@electric-sql/pglite/contrib/dict_int").then((module) => module.dict_int)],
  ["dict_xsyn", () => import("@electric-sql/pglite/contrib/dict_xsyn").then((module) => module.dict_xsyn)],
  ["earthdistance", () => import("@electric-sql/pglite/contrib/earthdistance").then((module) => module.earthdistance)],
  ["file_fdw", () => import("@electric-sql/pglite/contrib/file_fdw").then((module) => module.file_fdw)],
  ["fuzzystrmatch", () => import("@electric-sql/pglite/contrib/fuzzystrmatch").then((module) => module.fuzzystrmatch)],
  ["hstore", () => import("@electric-sql/pglite/contrib/hstore").then((module) => module.hstore)],
  ["insert_username", () => import("@electric-sql/pglite/contrib/moddatetime").then((module) => module.moddatetime)],
  ["intarray", () => import("@electric-sql/pglite/contrib/intarray").then((module) => module.intarray)],
  ["isn", () => import("@electric-sql/pglite/contrib/isn").then((module) => module.isn)],
  ["lo", () => import("@electric-sql/pglite/contrib/lo").then((module) => module.lo)],
  ["ltree", () => import("@electric-sql/pglite/contrib/ltree").then((module) => module.ltree)],
  ["moddatetime", () => import("@electric-sql/pglite/contrib/moddatetime").then((module) => module.moddatetime)],
  ["pageinspect", () => import("@electric-sql/pglite/contrib/pageinspect").then((module) => module.pageinspect)],
  [
    "pg_buffercache",
    () => import("@electric-sql/pglite/contrib/pg_buffercache").then((module) => module.pg_buffercache)
  ],
  [
    "pg_freespacemap",
    () => import("@electric-sql/pglite/contrib/pg_freespacemap").then((module) => module.pg_freespacemap)
  ],
  [
    "pg_stat_statements",
    () => import("@electric-sql/pglite/contrib/pg_stat_statements").then((module) => module.pg_stat_statements)
  ],
  ["pg_surgery", () => import("@electric-sql/pglite/contrib/pg_surgery").then((module) => module.pg_surgery)],
  ["pg_trgm", () => import("@electric-sql/pglite/contrib/pg_trgm").then((module) => module.pg_trgm)],
  ["pg_visibility", () => import("@electric-sql/pglite/contrib/pg_visibility").then((module) => module.pg_visibility)],
  ["pg_walinspect", () => import("@electric-sql/pglite/contrib/pg_walinspect").then((module) => module.pg_walinspect)],
  ["pgcrypto", () => import("@electric-sql/pglite/contrib/pgcrypto").then((module) => module.pgcrypto)],
  ["refint", () => import("@electric-sql/pglite/contrib/moddatetime").then((module) => module.moddatetime)],
  ["seg", () => import("@electric-sql/pglite/contrib/seg").then((module) => module.seg)],
  ["tablefunc", () => import("@electric-sql/pglite/contrib/tablefunc").then((module) => module.tablefunc)],
  ["tcn", () => import("@electric-sql/pglite/contrib/tcn").then((module) => module.tcn)],
  [
    "tsm_system_rows",
    () => import("@electric-sql/pglite/contrib/tsm_system_rows").then((module) => module.tsm_system_rows)
  ],
  [
    "tsm_system_time",
    () => import("@electric-sql/pglite/contrib/tsm_system_time").then((module) => module.tsm_system_time)
  ],
  ["unaccent", () => import("@electric-sql/pglite/contrib/unaccent").then((module) => module.unaccent)],
  ["uuid-ossp", () => import("@electric-sql/pglite/contrib/uuid_ossp").then((module) => module.uuid_ossp)]
])

/** Extensions that are there without being loaded. */
const builtIn: ReadonlySet<string> = new Set(["plpgsql"])

/** Names, as CREATE EXTENSION takes them, of the extensions that the embedded engine has. */
export const supportedExtensions: ReadonlySet<string> = new Set([...builtIn, ...extensions.keys()])

/**
 * What PGlite needs to be given for these extensions, by CREATE EXTENSION's name. Fails with `LP_EXTENSION_NOT_EMBEDDED`
 * for one that it does not have.
 */
export const loadExtensions = Effect.fn("EmbeddedExtensions.load")(
  function*(names: ReadonlyArray<string>): Effect.fn.Return<Record<string, Extension>, DatabaseError> {
    const missing = names.filter((name) => !supportedExtensions.has(name))
    if (missing.length > 0) {
      const several = missing.length > 1
      return yield* new DatabaseError({
        code: "LP_EXTENSION_NOT_EMBEDDED",
        message: `The embedded PostgreSQL does not have the extension${several ? "s" : ""} ${missing.join(", ")}.`,
        hint: `Set a shadow server that has ${several ? "them" : "it"} (SHADOW_DATABASE_URL, or --shadow-db URL).`
      })
    }
    const loaded = yield* Effect.forEach(new Set(names), (name) => {
      const load = extensions.get(name)
      return load === undefined
        ? Effect.succeed([])
        : Effect.map(Effect.promise(load), (extension) => [[extension.name, extension] as const])
    })
    return Object.fromEntries(loaded.flat())
  }
)
