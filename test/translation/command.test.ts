/** `lockplane convert --dialect`: its streams, its exit codes, and which family the input is of. */
import { expect } from "bun:test"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { folder, lockplane } from "../cli/lockplane.ts"
import * as it from "../effect.ts"
import { Database } from "../runtimes/Sqlite.ts"

const sqlite = "CREATE TABLE t (id INTEGER PRIMARY KEY, at DATETIME DEFAULT CURRENT_TIMESTAMP);\n"
const trigger = "CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t WHERE id < 0; END;\n"

it.live("a file of SQL is of the other family, whatever the settings say, and what it says then is a schema", () =>
  Effect.gen(function*() {
    const cwd = yield* folder({ "a.lp.sql": sqlite, "lockplane.toml": "dialect = \"postgres\"\n" })
    const there = yield* lockplane(["convert", "--input", "a.lp.sql", "--dialect", "postgres", "--to", "json"], { cwd })
    expect([there.code, there.stderr.split("\n")[0]]).toEqual([0, "Translated from SQLite to PostgreSQL: 1 table."])
    expect(JSON.parse(there.stdout)).toMatchObject({ dialect: "postgres", tables: [{ name: "t" }] })
    // JSON says what it is
    const back = yield* lockplane(["convert", "--input", "-", "--dialect", "sqlite"], { cwd, input: there.stdout })
    expect([back.code, back.stdout]).toEqual([
      0,
      "CREATE TABLE t (\n  id INTEGER,\n  at DATETIME DEFAULT CURRENT_TIMESTAMP,\n  PRIMARY KEY (id AUTOINCREMENT)\n);\n"
    ])
    const same = yield* lockplane(["convert", "--input", "-", "--dialect", "postgres"], { cwd, input: there.stdout })
    expect([same.code, same.stderr]).toEqual([0, ""])
    expect(same.stdout).toStartWith("CREATE TABLE public.t (")
  }))

it.live("a database is translated; --strict writes nothing where something is left out", () =>
  Effect.gen(function*() {
    const cwd = yield* folder({})
    const database = new Database(join(cwd, "a.db"))
    database.run(sqlite + trigger)
    database.close()
    const args = ["convert", "--input", "a.db", "--dialect", "postgres"]
    const told = yield* lockplane(args, { cwd })
    expect(told.code).toBe(0)
    expect(told.stdout).toContain("CREATE TABLE public.t (")
    expect(told.stderr).toContain("Left out (1):\n  trigger g on t:")
    const strict = yield* lockplane([...args, "--strict", "--output", "b.lp.sql"], { cwd })
    expect([strict.code, strict.stdout]).toEqual([1, ""])
    expect(strict.stderr).toContain("trigger g on t")
    expect(strict.stderr).toContain("error: 1 of the schema has no counterpart in PostgreSQL (--strict)")
    expect(existsSync(join(cwd, "b.lp.sql"))).toBe(false)
  }))

it.live("a folder is of the dialect that the project has, and one that cannot be read is told how it was read", () =>
  Effect.gen(function*() {
    const cwd = yield* folder({
      "a.lp.sql": "CREATE TABLE t (id bigserial PRIMARY KEY, at text[] DEFAULT '{}'::text[]);\n"
    })
    const convert = ["convert", "--input", ".", "--dialect", "postgres"]
    const other = yield* lockplane(convert, { cwd })
    expect([other.code, other.stdout]).toEqual([1, ""])
    expect(other.stderr).toContain("It was read as a schema of SQLite")
    yield* Effect.promise(() => writeFile(join(cwd, "lockplane.toml"), "dialect = \"postgres\"\n"))
    const same = yield* lockplane(convert, { cwd })
    expect([same.code, same.stderr]).toEqual([
      0,
      ". is a schema of PostgreSQL already, by lockplane.toml: nothing is translated.\n"
    ])
    expect(same.stdout).toContain("at text[] DEFAULT '{}'::text[]")
  }))
