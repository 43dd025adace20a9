import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { type Catalog, hash } from "../../src/Catalog.ts"
import { Dialect } from "../../src/Dialect.ts"
import * as SchemaSql from "../../src/SchemaSql.ts"
import * as Source from "../../src/Source.ts"
import { live } from "../effect.ts"
import { file, read, services } from "./world.ts"

const everything = `
  CREATE TABLE "Mixed Case" (
    Id INTEGER PRIMARY KEY AUTOINCREMENT,
    "select" TEXT NOT NULL ON CONFLICT IGNORE DEFAULT 'it''s' COLLATE NOCASE,
    "from" VARCHAR(20) DEFAULT (upper('x')), -- a comment
    twice INT GENERATED ALWAYS AS (Id * 2) STORED,
    thrice AS (Id * 3),
    untyped,
    CONSTRAINT positive CHECK (Id > 0),
    CONSTRAINT pair UNIQUE ("select", "from" DESC) ON CONFLICT REPLACE,
    FOREIGN KEY (untyped, "from") REFERENCES other (a, b) ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED
  );
  CREATE TABLE other (a INT, b TEXT COLLATE RTRIM, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID;
  CREATE TABLE down (id INTEGER PRIMARY KEY DESC, v REAL DEFAULT -1.5e3);
  CREATE UNIQUE INDEX i ON other (lower(b), a DESC) WHERE a IS NOT NULL;
  CREATE VIEW v (x, y) AS SELECT a, b FROM other WHERE a IN (1, 2);
  CREATE TRIGGER g INSTEAD OF INSERT ON v WHEN new.x > 0 BEGIN INSERT INTO other VALUES (new.x, new.y); SELECT 1; END;
  CREATE TRIGGER h AFTER UPDATE OF a, b ON other FOR EACH ROW BEGIN DELETE FROM other WHERE a = old.a; END;
  CREATE VIRTUAL TABLE found USING fts5(title, body, tokenize = 'porter ascii');`

const write = Effect.fnUntraced(function*(name: string, text: string) {
  const fs = yield* FileSystem.FileSystem
  const path = `${yield* fs.makeTempDirectoryScoped()}/${name}`
  yield* fs.writeFileString(path, text)
  return path
})

const load = (path: string) => Source.load(Source.parse(path))

const statesOf = ({ objects }: Catalog) =>
  [...objects.values()].map(({ id, state }) => ({ id, state: { ...state, own: undefined } }))
    .toSorted((a, b) => a.id < b.id ? -1 : 1)

const both = (one: Catalog, other: Catalog): void => {
  expect(statesOf(other)).toEqual(statesOf(one))
  expect(hash(other)).toBe(hash(one))
}

describe("a schema as text", () => {
  live("is the same from a database, from SQL and from JSON, and back", () =>
    Effect.gen(function*() {
      const { encodeJson, kindOf } = yield* Dialect
      const database = yield* read((yield* file(everything)).path)
      expect(database.unmanaged).toEqual([])
      const fromSql = yield* load(yield* write("schema.lp.sql", everything))
      both(database, fromSql)
      const fromJson = yield* load(yield* write("schema.json", encodeJson(fromSql)))
      expect(hash(fromJson)).toBe(hash(database))
      const sql = yield* Effect.fromResult(SchemaSql.toSql(fromJson, { kindOf, serverMajor: 3 }))
      expect(hash(yield* load(yield* write("again.lp.sql", sql)))).toBe(hash(database))
    }).pipe(Effect.scoped, Effect.provide(services)))

  live("loads whatever the order of its statements, and as sqlite3 prints it", () =>
    Effect.gen(function*() {
      const database = yield* read((yield* file(everything)).path)
      const statements = everything.split(/;\n(?=  CREATE)/).toReversed()
      both(
        database,
        yield* load(
          yield* write(
            "reversed.lp.sql",
            statements.map((one) => `${one.replace(/;$/, "")};\n`).join("")
          )
        )
      )
      const dump = `CREATE TABLE sqlite_sequence(name,seq);\n${everything}
        CREATE TABLE IF NOT EXISTS 'found_data'(id INTEGER PRIMARY KEY, block BLOB);
        CREATE TABLE lockplane_ledger (number INTEGER PRIMARY KEY, at TEXT NOT NULL);`
      both(database, yield* load(yield* write("dump.sql", dump)))
    }).pipe(Effect.scoped, Effect.provide(services)))

  live("tells every mistake with its place", () =>
    Effect.gen(function*() {
      const path = yield* write(
        "broken.lp.sql",
        "CREATE TABLE a (\n  x INTEGER,\n  x TEXT\n);\nCREATE TABL b (x);\nDROP TABLE c;\nCREATE INDEX i ON a (nope);\n"
      )
      const error = yield* Effect.flip(load(path))
      expect(
        error._tag === "SourceError" ? error.problems?.map(({ code, column, line }) => [code, line, column]) : error
      )
        .toEqual([
          ["duplicate_column", 3, 3],
          ["syntax_error", 5, 8],
          ["dangerous_drop_table", 6, 1],
          ["invalid_index_column", 7, 22]
        ])
    }).pipe(Effect.scoped, Effect.provide(services)))

  live("declares renames above a definition and beside one", () =>
    Effect.gen(function*() {
      const catalog = yield* load(
        yield* write(
          "renamed.lp.sql",
          "-- lockplane: renamed from users\nCREATE TABLE people (\n  id INTEGER,\n  full_name TEXT -- lockplane: renamed from \"Name\"\n);\n"
        )
      )
      expect(catalog.renames?.map(({ from, kind, name }) => ({ from, kind, name }))).toEqual([
        { kind: "table", name: ["main", "people"], from: ["users"] },
        { kind: "column", name: ["main", "people", "full_name"], from: ["Name"] }
      ])
    }).pipe(Effect.scoped, Effect.provide(services)))

  live("says where a directive is none", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        load(yield* write("odd.lp.sql", "CREATE TABLE t (a);\n-- lockplane: renamed form x\nCREATE TABLE u (a);\n"))
      )
      expect(error.message).toContain("odd.lp.sql:2:1: error: write it as -- lockplane: renamed from NAME")
    }).pipe(Effect.scoped, Effect.provide(services)))
})

describe("what JSON can contradict", () => {
  const refused = (name: string, document: unknown, part: string) =>
    live(name, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(load(yield* write("bad.json", JSON.stringify(document))))
        expect(error.message).toContain(part)
      }).pipe(Effect.scoped, Effect.provide(services)))
  refused("a document of PostgreSQL", { dialect: "postgres", tables: [] }, "dialect: is postgres: not a SQLite schema")
  refused(
    "an unknown key",
    { tables: [{ name: "t", columns: [], owner: "me" }] },
    "tables[0].owner: is not a key that is known here"
  )
  refused(
    "two primary keys",
    {
      tables: [{
        name: "t",
        columns: [{ name: "a", type: "INT", is_primary_key: true }, { name: "b", type: "" }],
        primary_key: { columns: ["b"] }
      }]
    },
    "tables[0].columns[0].is_primary_key: is true, but primary_key says otherwise"
  )
})
