/** Folders of migrations of other tools, run on the embedded engine: whose they are, in which order, and what is wrong. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import { fileURLToPath } from "node:url"
import { comparable } from "../../../src/Canonical.ts"
import { hash } from "../../../src/Catalog.ts"
import * as CatalogCache from "../../../src/CatalogCache.ts"
import { Dialect } from "../../../src/Dialect.ts"
import { diff } from "../../../src/Diff.ts"
import { narrow } from "../../../src/ManagedScope.ts"
import { layer as platform } from "../../../src/platform.ts"
import * as EmbeddedShadow from "../../../src/postgres/EmbeddedShadow.ts"
import * as Postgres from "../../../src/postgres/Postgres.ts"
import { load, parse } from "../../../src/Source.ts"
import { SourceError } from "../../../src/SourceError.ts"
import * as it from "../../effect.ts"
import { loadSql } from "../../sqlSource.ts"

const fixtures = fileURLToPath(new URL("../../../fixtures/migrations/", import.meta.url))

const live = it.layer(
  Layer.mergeAll(Postgres.layer, EmbeddedShadow.layer, CatalogCache.layerOff).pipe(Layer.provideMerge(platform))
)

const source = (text: string) => load(parse(`migrations:${text}`))

/** A folder with these files, by their path in it. */
const folder = (files: Readonly<Record<string, string>>) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const { dirname, join } = yield* Path.Path
    const root = yield* fs.makeTempDirectoryScoped()
    for (const [name, text] of Object.entries(files)) {
      yield* fs.makeDirectory(dirname(join(root, name)), { recursive: true })
      yield* fs.writeFileString(join(root, name), text)
    }
    return root
  })

const refusal = (files: Readonly<Record<string, string>>, tool = "") =>
  Effect.gen(function*() {
    const root = yield* folder(files)
    const error = yield* Effect.flip(source(`${tool}${root}`))
    if (!(error instanceof SourceError)) throw error
    return { error, text: error.message.replaceAll(root, "DIR") }
  })

const names = (catalog: { readonly objects: ReadonlyMap<string, unknown> }) => [...catalog.objects.keys()]

describe("the folder of each tool", () => {
  const folders = {
    "supabase/migrations": ["Supabase", 4],
    flyway: ["Flyway", 5],
    "flyway-baseline": ["Flyway", 3],
    dbmate: ["dbmate", 4],
    "golang-migrate": ["golang-migrate", 4],
    goose: ["goose", 4],
    prisma: ["Prisma", 4],
    drizzle: ["Drizzle", 3],
    "drizzle-folders": ["Drizzle", 3],
    numbered: ["numbered SQL files", 3]
  } as const
  for (const [name, [title, files]] of Object.entries(folders)) {
    live(`${name} is ${title}'s and leads to the same schema`, () =>
      Effect.gen(function*() {
        const { readMigrations } = yield* Dialect
        expect((yield* readMigrations(`${fixtures}${name}`)).description).toContain(`: ${title}, ${files} files`)
        const wanted = yield* load(parse(`${fixtures}expected.sql`))
        const between = yield* comparable(yield* source(`${fixtures}${name}`), wanted)
        expect(diff(between.from, between.to)).toEqual([])
        expect(hash(between.from)).toBe(hash(between.to))
      }))
  }

  live("tells of the SQL files that are left out", () =>
    Effect.gen(function*() {
      const { readMigrations } = yield* Dialect
      expect((yield* readMigrations(`${fixtures}drizzle`)).left).toContain("0003_dropped.sql")
      const { left = "" } = yield* readMigrations(`${fixtures}flyway-baseline`)
      expect(left).toContain("V1__books.sql, V2__pages.sql")
      expect((yield* readMigrations(`${fixtures}flyway`)).left).toBeUndefined()
    }))
})

describe("order", () => {
  const order = (files: ReadonlyArray<string>, tool = "") =>
    Effect.gen(function*() {
      const { readMigrations } = yield* Dialect
      const root = yield* folder(Object.fromEntries(files.map((name) => [name, "SELECT 1"])))
      return (yield* readMigrations(`${tool}${root}`)).texts.map(({ path }) => path.slice(root.length + 1))
    })

  live(
    "Flyway: parts of versions are numbers, repeatable ones come last by their description",
    () =>
      Effect.gen(function*() {
        expect(
          yield* order([
            "R__b.sql",
            "V1_10__x.sql",
            "V1.2__x.sql",
            "V01__x.sql",
            "R__a.sql",
            "V2.0.1__x.sql",
            "V2__x.sql"
          ])
        ).toEqual(["V01__x.sql", "V1.2__x.sql", "V1_10__x.sql", "V2__x.sql", "V2.0.1__x.sql", "R__a.sql", "R__b.sql"])
      })
  )

  live("numbered files: numbers anywhere in a name count as numbers", () =>
    Effect.gen(function*() {
      expect(yield* order(["10_a.sql", "9_part10.sql", "9_part2.sql", "0001.sql"])).toEqual([
        "0001.sql",
        "9_part2.sql",
        "9_part10.sql",
        "10_a.sql"
      ])
    }))

  live("dbmate and Supabase: by their names, as they do", () =>
    Effect.gen(function*() {
      expect(yield* order(["10_a.sql", "9_b.sql"], "supabase:")).toEqual(["10_a.sql", "9_b.sql"])
      expect(yield* order(["10_a.sql", "9_b.sql"], "dbmate:")).toEqual(["10_a.sql", "9_b.sql"])
    }))
})

describe("notation", () => {
  live("names the folder, and the tool where it has to be said", () =>
    Effect.sync(() => {
      expect(parse("migrations:flyway:db/sql")).toEqual({ _tag: "Migrations", folder: "flyway:db/sql" })
      expect(parse("migrations:db/sql")).toEqual({ _tag: "Migrations", folder: "db/sql" })
    }))

  live("lines may end with CR LF", () =>
    Effect.gen(function*() {
      const lines = [
        "-- migrate:up transaction:false",
        "CREATE TABLE a (id int PRIMARY KEY);",
        "CREATE INDEX CONCURRENTLY i ON a (id);",
        "-- migrate:down",
        "DROP TABLE a;"
      ]
      const root = yield* folder({ "1.sql": `\ufeff${lines.join("\r\n")}\r\n` })
      expect(names(yield* source(root))).toContain("index public.i")
    }))
})

describe("shapes that say nothing for certain", () => {
  live("are errors that name a way out", () =>
    Effect.gen(function*() {
      const sql = "SELECT 1;"
      const cases: ReadonlyArray<readonly [Readonly<Record<string, string>>, string, string]> = [
        [{ "V1__a.sql": sql, "1_a.up.sql": sql }, "of Flyway and of golang-migrate", "migrations:flyway:DIR"],
        [
          { "1_a/migration.sql": sql },
          "neither migration_lock.toml",
          "migrations:prisma:DIR or migrations:drizzle:DIR"
        ],
        [{ "versions/1a_b.py": "revision = 'a'" }, "Alembic", "lockplane shadow prepare"],
        [{ "1_a.sql": "-- +goose Up\n", "2_b.go": "" }, "2_b.go is a program", "lockplane shadow prepare"],
        [{ "schema.sql": sql }, "no name of a SQL file says when it runs", "goose"],
        [{}, "holds no migrations", "Flyway"],
        [{ "1_a.up.sql": sql, "01_b.up.sql": sql }, "same version", "another version"],
        [{ "V1__a.sql": sql, "V1.0__b.sql": sql }, "same version", "another version"],
        [{ "1_a.sql": sql, "1_a_down.sql": sql }, "looks like the way back", "folder of their own"],
        [{ "migration_lock.toml": "provider = \"mysql\"", "1/migration.sql": sql }, "another kind of database", ""],
        [{ "meta/_journal.json": "{\"entries\":[{\"tag\":\"0_a\"}]}" }, "0_a.sql is not there", "take it out"],
        [{ "meta/_journal.json": "{" }, "is not a journal", "drizzle-kit"]
      ]
      for (const [files, detail, next] of cases) {
        const { error, text } = yield* refusal(files)
        expect(text).toContain(detail)
        expect(error.next.replaceAll(error.source, "DIR")).toContain(next)
      }
    }))

  live("can be told whose they are", () =>
    Effect.gen(function*() {
      const root = yield* folder({ "1_a/migration.sql": "CREATE TABLE a (id int PRIMARY KEY)" })
      expect(names(yield* source(`prisma:${root}`))).toContain("table public.a")
    }))

  live("a folder that is not there", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(source("no/such/folder"))
      expect(error).toMatchObject({ _tag: "SourceError", reason: "missing" })
    }))
})

describe("what files do", () => {
  live(
    "a new enum value is used in the file that adds it, and roles and extensions are there",
    () =>
      Effect.gen(function*() {
        const root = yield* folder({
          "1.sql": [
            "CREATE TYPE mood AS ENUM ('sad');",
            "DO $$ BEGIN CREATE ROLE made; CREATE EXTENSION citext; END $$;",
            "CREATE TABLE t (id int PRIMARY KEY, m mood, c citext);",
            "GRANT SELECT ON t TO named, made;",
            "SET search_path TO nowhere;"
          ].join("\n"),
          "2.sql":
            "ALTER TYPE mood ADD VALUE 'fine'; INSERT INTO t VALUES (1, 'fine', 'x'); DROP TABLE IF EXISTS nothing;"
        })
        const catalog = yield* source(root)
        expect(names(catalog)).toContain("extension citext")
        expect(catalog.states).toEqual(["grants"])
        expect(names(catalog).filter((id) => id.startsWith("grant ")).join()).toContain("made")
      })
  )

  live("the error of a statement has its place and says what to look for", () =>
    Effect.gen(function*() {
      const { error } = yield* refusal({
        "1.sql": "CREATE TABLE a (id int PRIMARY KEY);",
        "2.sql": "-- é\nALTER TABLE a ADD b int;\n  SELECT 'ü', nope FROM a;"
      })
      expect(error.problems).toMatchObject([{ line: 3, column: 15, code: "42703", severity: "error" }])
      expect(error.problems?.[0]?.file).toEndWith("2.sql")
      expect(error.problems?.[0]?.hint).toContain("None of the files before it")
    }))

  live("what psql alone knows is told with its line, and every file is looked at", () =>
    Effect.gen(function*() {
      const { error } = yield* refusal({
        "1.sql": "SELECT 1;\n\\connect shop\n\\i other.sql\n",
        "2.sql": "SELECT E'\n\\i is text here';",
        "3.sql": "CREATE TABEL t ();"
      })
      expect(error.problems?.map(({ code, line }) => [code, line])).toEqual([
        ["psql_command", 2],
        ["psql_command", 3],
        ["syntax_error", 1]
      ])
    }))

  live("dbmate and goose are asked to say that a file runs in no transaction", () =>
    Effect.gen(function*() {
      const table = "CREATE TABLE a (id int PRIMARY KEY);"
      const index = "CREATE INDEX CONCURRENTLY i ON a (id);"
      const dbmate = yield* refusal({ "1.sql": `-- migrate:up\n${table}`, "2.sql": `-- migrate:up\n${index}` })
      expect(dbmate.error.problems?.[0]).toMatchObject({ code: "25001", line: 2 })
      expect(dbmate.text).toContain("-- migrate:up transaction:false")
      const goose = yield* refusal({ "1_a.sql": `-- +goose Up\n${table}`, "2_b.sql": `-- +goose Up\n${index}` })
      expect(goose.text).toContain("-- +goose NO TRANSACTION")
    }))

  live("sections, placeholders and transactions that cannot be meant are told", () =>
    Effect.gen(function*() {
      const codes = (files: Readonly<Record<string, string>>) =>
        Effect.map(refusal(files), ({ error }) => error.problems?.map(({ code, line }) => `${code} ${line}`))
      expect(yield* codes({ "1.sql": "SELECT 1;\n-- migrate:up\n" })).toEqual(["no_section 1"])
      expect(yield* codes({ "1_a.sql": "-- +goose Up\n", "2_b.sql": "SELECT 1;" })).toEqual(["no_section 1"])
      expect(yield* codes({ "1_a.sql": "-- +goose Up\n-- +goose ENVSUB ON\nSELECT 1;" })).toEqual(["placeholder 2"])
      expect(yield* codes({ "V1__a.sql": "\nCREATE SCHEMA ${name};" })).toEqual(["placeholder 2"])
      expect(yield* codes({ "1.sql": "\nBEGIN;\nSELECT 1;" })).toEqual(["25000 2"])
    }))

  live("Flyway's settings of a file are obeyed", () =>
    Effect.gen(function*() {
      const root = yield* folder({
        "V1__a.sql": "CREATE TABLE a (id int PRIMARY KEY, x text DEFAULT '${x}');",
        "V1__a.sql.conf": "placeholderReplacement=false\n"
      })
      expect(names(yield* source(root))).toContain("column public.a.x")
    }))

  live("what is not managed is there first, except for what they make themselves", () =>
    Effect.gen(function*() {
      const root = yield* folder({
        "1.sql": [
          "CREATE SCHEMA IF NOT EXISTS auth;",
          "CREATE SCHEMA audit;",
          "CREATE TABLE audit.log (id int PRIMARY KEY);",
          "ALTER TABLE audit.log ADD who int REFERENCES auth.users;",
          "CREATE TABLE profile (id int PRIMARY KEY REFERENCES auth.users);"
        ].join("\n")
      })
      const database = yield* loadSql(`
        CREATE SCHEMA auth; CREATE TABLE auth.users (id int PRIMARY KEY);
        CREATE SCHEMA audit; CREATE TABLE audit.log (id int PRIMARY KEY, who int REFERENCES auth.users);
        CREATE TABLE profile (id int PRIMARY KEY REFERENCES auth.users);
      `)
      const scope = { schemas: ["public"] }
      const around = narrow(database, { aspects: [], ...scope })
      const { from, to } = yield* comparable(database, yield* load(parse(`migrations:${root}`), around), [], [], scope)
      expect(diff(from, to)).toEqual([])
      expect(names(to)).toContain("table public.profile")
      expect((yield* Effect.flip(source(root)))._tag).toBe("SourceError")
    }))

  live("the same files are read from the cache, and changed ones are not", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const root = yield* folder({ "1.sql": "CREATE TABLE a (id int PRIMARY KEY);" })
      const cache = yield* fs.makeTempDirectoryScoped()
      const cached = Effect.provide(Effect.suspend(() => source(root)), CatalogCache.layerFolder(cache))
      const first = yield* cached
      expect(yield* fs.readDirectory(cache)).toHaveLength(1)
      expect(yield* cached).toEqual(first)
      yield* fs.writeFileString(`${root}/2.sql`, "DROP TABLE a;")
      expect(names(yield* cached)).not.toContain("table public.a")
      expect(yield* fs.readDirectory(cache)).toHaveLength(2)
    }))
})
