/** Strings in double quotes, which SQLite as most systems have it takes, and the one that migrates does not. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { hash } from "../../src/Catalog.ts"
import { Dialect } from "../../src/Dialect.ts"
import * as SqliteDatabase from "../../src/engine/SqliteDatabase.ts"
import * as Source from "../../src/Source.ts"
import { live } from "../effect.ts"
import { apply, file, migrate, plan, read, services } from "./world.ts"

const check = (name: string, body: () => Effect.Effect<void, unknown, never>) => live(name, body)

const legacy = `
  CREATE TABLE t (a TEXT DEFAULT "x", "b" TEXT CHECK ("b" IN ("q", 'r') AND "t"."b" <> "it's"), c AS (b || "k") /* "kept" */);
  CREATE INDEX i ON t ("a") WHERE "a" <> "zz";
  CREATE INDEX j ON t (a || "?", a);`
const plain = `
  CREATE TABLE t (a TEXT DEFAULT 'x', "b" TEXT CHECK ("b" IN ('q', 'r') AND "t"."b" <> 'it''s'), c AS (b || 'k') /* "kept" */);
  CREATE INDEX i ON t ("a") WHERE "a" <> 'zz';
  CREATE INDEX j ON t (a || '?', a);`

describe("strings in double quotes", () => {
  check("are the same as in single ones, and their text stays what it is", () =>
    Effect.gen(function*() {
      const database = yield* file(legacy)
      const catalog = yield* read(database.path)
      expect(hash(catalog)).toBe(hash(yield* read((yield* file(plain)).path)))
      expect(catalog.objects.get("index main.j")?.state["columns"]).toEqual([{ expression: "a || '?'" }, {
        column: "a"
      }])
      expect(catalog.objects.get("table main.t")?.state["own"]).toEqual({
        sql: legacy.trim().split(";")[0] ?? ""
      })
    }).pipe(Effect.scoped, Effect.provide(services)))

  check(
    "are written in single ones where the table is made anew, and nothing else of it changes",
    () =>
      Effect.gen(function*() {
        const { again, found } = yield* migrate(
          `${legacy} INSERT INTO t (b) VALUES ('q');`,
          legacy.replace("a TEXT", "a TEXT NOT NULL"),
          (database) => [
            database.rows("SELECT * FROM t"),
            database.rows("SELECT sql FROM sqlite_schema WHERE name IN ('i', 'j', 't') ORDER BY name")
          ]
        )
        expect(again).toEqual([])
        expect(found).toEqual([
          [{ a: "x", b: "q", c: "qk" }],
          [
            { sql: `CREATE INDEX i ON t ("a") WHERE "a" <> 'zz'` },
            { sql: "CREATE INDEX j ON t (a || '?', a)" },
            {
              // the name of the table is taken out where it is called otherwise for a while
              sql:
                `CREATE TABLE "t" (a TEXT NOT NULL DEFAULT "x", "b" TEXT CHECK ("b" IN ('q', 'r') AND "b" <> 'it''s'), c AS (b || 'k') /* "kept" */)`
            }
          ]
        ])
      }).pipe(Effect.scoped, Effect.provide(services))
  )

  check(
    "elsewhere hinder a rename, which is told before anything runs, with the way out",
    () =>
      Effect.gen(function*() {
        const { obstacles } = yield* Dialect
        const database = yield* file(`${legacy} CREATE TABLE u (v TEXT);`)
        const { between, plan: made } = yield* plan(database, `${plain} CREATE TABLE u (v TEXT NOT NULL);`)
        const asked = Effect.scoped(Effect.gen(function*() {
          const session = yield* (yield* SqliteDatabase.make({ location: database.path })).session
          const found = yield* obstacles(session, { plan: made, from: between.from, to: between.to })
          return found.map(({ problem }) => problem)
        }))
        const because =
          "has a string in double quotes in its definition, and SQLite as Lockplane has it renames nothing so long"
        expect(yield* asked).toEqual([`table t ${because}`, `index i ${because}`, `index j ${because}`])
        expect((yield* Effect.flip(apply(made, database))).message).toContain("no such column")
        database.run("ALTER TABLE u RENAME COLUMN v TO w; ALTER TABLE u RENAME COLUMN w TO v;")
        expect(yield* asked).toEqual([])
        yield* apply(made, database)
      }).pipe(Effect.scoped, Effect.provide(services))
  )

  check(
    "keep no column of their table from going: it is made anew, and has none then",
    () =>
      Effect.gen(function*() {
        const { again, found } = yield* migrate(
          `CREATE TABLE t (a TEXT CHECK (a <> "no"), b INT); CREATE INDEX i ON t (a) WHERE a <> "zz"; INSERT INTO t VALUES ('q', 1);`,
          `CREATE TABLE t (a TEXT CHECK (a <> 'no')); CREATE INDEX i ON t (a) WHERE a <> 'zz';`,
          (there) => there.rows("SELECT * FROM t")
        )
        expect([again, found]).toEqual([[], [{ a: "q" }]])
      }).pipe(Effect.scoped, Effect.provide(services))
  )

  check(
    "stay strings where a column comes that is called as one of them is",
    () =>
      Effect.gen(function*() {
        const columns = "a TEXT DEFAULT 'x', b TEXT CHECK (b <> 'it''s')"
        const quoted =
          `CREATE TABLE t (a TEXT DEFAULT "x", b TEXT CHECK (b <> "it's")); CREATE INDEX i ON t (a) WHERE a <> "zz";`
        const wanted = (column: string) =>
          `CREATE TABLE t (${columns}, ${column}); CREATE INDEX i ON t (a) WHERE a <> 'zz';`
        for (const column of [`"it's" TEXT`, "ZZ INT"]) {
          const { again, found } = yield* migrate(
            `${quoted} INSERT INTO t (b) VALUES ('q');`,
            wanted(column),
            (there) => there.rows("SELECT a, b FROM t")
          )
          expect([again, found]).toEqual([[], [{ a: "x", b: "q" }]])
        }
        // nobody else has to be made anew for that
        const { plan: made } = yield* plan(yield* file(quoted), wanted("other TEXT"))
        expect(made.steps.map(({ description }) => description)).toEqual(["Add column other to table t"])
        // a plan for the same schema may know nothing of its text
        const database = yield* file(quoted)
        const { between, plan: blind } = yield* plan(yield* file(wanted("n").replace(", n)", ")")), wanted("zz INT"))
        const told = yield* Effect.scoped(Effect.gen(function*() {
          const session = yield* (yield* SqliteDatabase.make({ location: database.path })).session
          const { obstacles } = yield* Dialect
          return yield* obstacles(session, { plan: blind, from: between.from, to: between.to })
        }))
        expect(told.map(({ problem }) => problem)).toEqual([
          "index i has the string 'zz' in double quotes in its definition, which would mean the column zz as soon as t has it"
        ])
      }).pipe(Effect.scoped, Effect.provide(services))
  )

  check(
    "are read from a dump, and refused in a schema file, which says how to write them",
    () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* fs.makeTempDirectoryScoped()
        const load = (name: string, text: string) =>
          Effect.andThen(fs.writeFileString(`${folder}/${name}`, text), Source.load(Source.parse(`${folder}/${name}`)))
        const wanted = yield* read((yield* file(plain)).path)
        expect(hash(yield* load("dump.sql", legacy))).toBe(hash(wanted))
        const error = yield* Effect.flip(load("schema.lp.sql", "CREATE TABLE t (\n  a TEXT CHECK (a <> \"it's\")\n);"))
        expect(error.message).toContain(
          "schema.lp.sql:2:22: error: SQLite refuses the table: no such column: it's; if that is a string, write it in single quotes: 'it''s'"
        )
      }).pipe(Effect.scoped, Effect.provide(services))
  )
})
