import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import { type Catalog, hash } from "../src/Catalog.ts"
import * as CatalogCache from "../src/CatalogCache.ts"
import { layer as platform } from "../src/platform.ts"
import * as EmbeddedShadow from "../src/postgres/EmbeddedShadow.ts"
import * as Postgres from "../src/postgres/Postgres.ts"
import { encodeJson } from "../src/postgres/SchemaJson.ts"
import { Shadow } from "../src/Shadow.ts"
import * as Source from "../src/Source.ts"
import { SourceError } from "../src/SourceError.ts"
import * as it from "./effect.ts"

describe("Source.parse", () => {
  test("knows every notation", () => {
    expect(["-", "shadow", "env:prod", "./shadow", "schema/", "a.lp.sql", "dump.sql", "a.json"].map(Source.parse))
      .toEqual([
        { _tag: "StandardInput" },
        { _tag: "ReservedShadow" },
        { _tag: "Environment", name: "prod" },
        { _tag: "Files", path: "./shadow" },
        { _tag: "Files", path: "schema/" },
        { _tag: "Files", path: "a.lp.sql" },
        { _tag: "Files", path: "dump.sql" },
        { _tag: "Json", path: "a.json" }
      ])
    expect(["pglite::memory:", "pglite:data/db"].map(Source.parse)).toEqual([
      { _tag: "Embedded", directory: undefined },
      { _tag: "Embedded", directory: "data/db" }
    ])
    for (const text of ["sqlite://a", "file:a.db", "a.db", "a.sqlite", "a.sqlite3", ":memory:"]) {
      expect(Source.parse(text)).toEqual({ _tag: "Sqlite", location: text })
    }
    for (const text of ["libsql://h", "https://h", "http://h"]) expect(Source.parse(text)._tag).toBe("Libsql")
  })

  test("keeps a URL with a password out of what is printed", () => {
    for (const text of ["postgres://u:secret@h/d", "postgresql://u:secret@h/d"]) {
      const source = Source.parse(text)
      expect(source._tag).toBe("Server")
      expect(JSON.stringify(source)).not.toContain("secret")
      if (source._tag === "Server") expect(Redacted.value(source.url)).toBe(text)
    }
  })
})

const standardInput = (text: string) => Stdio.layerTest({ stdin: Stream.make(new TextEncoder().encode(text)) })

const names = (catalog: Catalog) => [...catalog.objects.keys()].sort()

describe("Source.load", () => {
  const live = it.layer(
    Layer.mergeAll(Postgres.layer, EmbeddedShadow.layer, CatalogCache.layerOff).pipe(Layer.provideMerge(platform))
  )

  /** A folder of these files, gone with the scope. */
  const folder = Effect.fnUntraced(function*(files: Readonly<Record<string, string>>) {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const directory = yield* fs.makeTempDirectoryScoped()
    for (const [name, text] of Object.entries(files)) yield* fs.writeFileString(path.join(directory, name), text)
    return directory
  })
  const load = (text: string) => Source.load(Source.parse(text))
  const refusal = (text: string) =>
    Effect.flatMap(
      Effect.flip(load(text)),
      (error) => error instanceof SourceError ? Effect.succeed(error) : Effect.die(error)
    )

  live("reads a folder, a file, JSON and standard input as the same schema", () =>
    Effect.gen(function*() {
      const posts =
        "CREATE TABLE posts (id bigint PRIMARY KEY, author int REFERENCES users);\nCREATE POLICY p ON posts TO writer USING (true);\n"
      const users =
        "CREATE TABLE users (id serial PRIMARY KEY, name varchar(20) DEFAULT 'x' NOT NULL, CHECK (name <> ''));\n" +
        "COMMENT ON COLUMN users.name IS 'given';\nCREATE VIEW v AS SELECT name FROM users;\n"
      const directory = yield* folder({
        "1.lp.sql": posts,
        "2.lp.sql": users,
        "3.sql": "CREATE TABLE not_read ();",
        "all.sql": users + posts
      })
      const catalog = yield* load(directory)
      expect(catalog.serverMajor).toBeUndefined()
      expect(names(catalog)).toContain("view public.v")
      expect(names(catalog)).not.toContain("table public.not_read")
      const fs = yield* FileSystem.FileSystem
      yield* fs.writeFileString(`${directory}/schema.json`, encodeJson(catalog))
      for (const file of ["all.sql", "schema.json"]) {
        expect(hash(yield* load(`${directory}/${file}`))).toBe(hash(catalog))
      }
      for (const text of [users + posts, `\n  ${encodeJson(catalog)}`]) {
        expect(hash(yield* Effect.provide(load("-"), standardInput(text)))).toBe(hash(catalog))
      }
    }))

  live("reads a live embedded database with its server's major version", () =>
    Effect.gen(function*() {
      const catalog = yield* load("pglite::memory:")
      expect(names(catalog)).toEqual(["schema public"])
      expect(catalog.serverMajor).toBe(catalog.major)
    }))

  live("spells types of JSON as the engine does", () =>
    Effect.gen(function*() {
      const json = (type: string) =>
        JSON.stringify({ tables: [{ name: "t", columns: [{ name: "a", type, nullable: false, default: "7" }] }] })
      const directory = yield* folder({
        "a.json": json("int"),
        "b.json": json("integer"),
        "c.json": "{\"tables\": []}"
      })
      expect(hash(yield* load(`${directory}/a.json`))).toBe(hash(yield* load(`${directory}/b.json`)))
      expect(names(yield* load(`${directory}/c.json`))).toEqual(["schema public"])
    }))

  live(
    "reports all errors of all files, those of the parser before those of the database",
    () =>
      Effect.gen(function*() {
        const broken = yield* folder({
          "a.lp.sql": "CREATE TABEL a (id int);\n",
          "b.lp.sql": "CREATE TABLE b (id int PRIMARY KEY);\nDROP TABLE b;\n"
        })
        const places = ({ problems = [] }: SourceError) =>
          problems.map(({ code, column, file, line }) =>
            `${file.slice(file.lastIndexOf("/") + 1)}:${line}:${column} ${code}`
          )
        expect(places(yield* refusal(broken))).toEqual([
          "a.lp.sql:1:8 syntax_error",
          "b.lp.sql:2:1 dangerous_drop_table"
        ])
        const wrong = yield* folder({
          "a.lp.sql": "CREATE TABLE a (id int PRIMARY KEY,\n  m lost);\n",
          "b.lp.sql": "CREATE VIEW b AS SELECT f(1);\n"
        })
        const error = yield* refusal(wrong)
        expect(places(error)).toEqual(["a.lp.sql:2:5 42704", "b.lp.sql:1:25 42883"])
        expect(error.message).toContain("a.lp.sql:2:5: error: type \"lost\" does not exist [42704]")
      })
  )

  live("reports objects of JSON that cannot be created", () =>
    Effect.gen(function*() {
      const directory = yield* folder({
        "a.json": JSON.stringify({ tables: [{ name: "t", columns: [{ name: "a", type: "lost", nullable: true }] }] }),
        "b.json": "{\"tables\": [{\"name\": 1}]}",
        "c.json": "{"
      })
      expect((yield* refusal(`${directory}/a.json`)).message).toContain("type \"lost\" does not exist")
      expect((yield* refusal(`${directory}/b.json`)).message).toContain("tables[0].name")
      expect((yield* refusal(`${directory}/c.json`)).reason).toBe("invalid")
    }))

  live("tells what is not there, cannot be read or is not supported, and what to do", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const directory = yield* folder({ "notes.txt": "" })
      yield* fs.writeFile(`${directory}/latin.lp.sql`, new Uint8Array([0x2d, 0x2d, 0xe9]))
      yield* fs.writeFile(`${directory}/latin.json`, new Uint8Array([0x22, 0xe9, 0x22]))
      yield* fs.makeDirectory(`${directory}/empty`)
      const reasons = {
        [`${directory}/empty`]: "empty",
        [`${directory}/nothing`]: "missing",
        [`${directory}/nothing.lp.sql`]: "missing",
        [`${directory}/nothing.json`]: "missing",
        [`${directory}/notes.txt`]: "unreadable",
        [`${directory}/latin.lp.sql`]: "unreadable",
        [`${directory}/latin.json`]: "unreadable",
        "env:prod": "unsupported",
        shadow: "unsupported",
        "a.db": "unsupported",
        "libsql://h": "unsupported"
      } as const
      for (const [text, reason] of Object.entries(reasons)) {
        const error = yield* refusal(text)
        expect(`${text} ${error.reason}`).toBe(`${text} ${reason}`)
        expect(error.next).not.toBe("")
      }
      const nothing = yield* Effect.flip(Effect.provide(load("-"), standardInput(" \n")))
      expect(nothing).toMatchObject({ _tag: "SourceError", reason: "empty" })
    }))
})

describe("the cache of catalogs", () => {
  const text =
    "CREATE TABLE t (id int PRIMARY KEY);\nCREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM never $$;\n"
  const read = (input: string) => Effect.provide(Source.load({ _tag: "StandardInput" }), standardInput(input))
  /** A shadow that counts how often it is asked for. */
  const counted = (reservations: Array<ReadonlyArray<string>>) =>
    Layer.effect(
      Shadow,
      Effect.map(Shadow, (shadow) =>
        Shadow.of({
          ...shadow,
          reserve: (needs): ReturnType<typeof shadow.reserve> => {
            reservations.push(needs.extensions)
            return shadow.reserve(needs)
          }
        }))
    )
  const folderLayer = (folder: string) => CatalogCache.layerFolder(folder)

  const live = it.layer(Layer.merge(Postgres.layer, EmbeddedShadow.layer).pipe(Layer.provideMerge(platform)))

  live(
    "gives the same catalog without an engine, until the text changes or the entry is damaged",
    () =>
      Effect.gen(function*() {
        const fs = yield* FileSystem.FileSystem
        const folder = yield* fs.makeTempDirectoryScoped()
        const reservations: Array<ReadonlyArray<string>> = []
        yield* Effect.gen(function*() {
          const first = yield* read(text)
          expect(yield* read(text)).toEqual(first)
          expect(reservations).toHaveLength(1)
          yield* read(`${text}CREATE EXTENSION citext;\n`)
          expect(reservations).toEqual([[], ["citext"]])
          for (const name of yield* fs.readDirectory(folder)) {
            yield* fs.writeFileString(`${folder}/${name}`, "{\"catalog\": 1}")
          }
          expect(yield* read(text)).toEqual(first)
          expect(reservations).toHaveLength(3)
        }).pipe(Effect.provide(Layer.merge(counted(reservations), folderLayer(folder))))
      })
  )

  live("keeps a bounded number of entries, and no half-written ones", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const catalog = yield* Effect.provide(read(text), CatalogCache.layerOff)
      yield* Effect.gen(function*() {
        const cache = yield* CatalogCache.CatalogCache
        for (let i = 0; i < 70; i++) yield* cache.set(CatalogCache.keyOf([String(i)]), { catalog, warnings: [] })
        const found = yield* Effect.forEach(Array.from({ length: 70 }, (_, i) => i), (i) =>
          cache.get(CatalogCache.keyOf([String(i)])))
        expect(found.filter(({ _tag }) =>
          _tag === "Some"
        )).toHaveLength(64)
      }).pipe(Effect.provide(folderLayer(folder)))
      const names = yield* fs.readDirectory(folder)
      expect(names.filter((name) => !name.endsWith(".json"))).toEqual([])
    }))
})
