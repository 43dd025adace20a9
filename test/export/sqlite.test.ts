/** Plans of SQLite as migrations of other tools: read back, and run on a database with rows as each tool runs them. */
import { describe, expect } from "bun:test"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import * as Result from "effect/Result"
import { comparable } from "../../src/Canonical.ts"
import { type Catalog, hash } from "../../src/Catalog.ts"
import { conditionOf, exportPlan } from "../../src/export/Export.ts"
import type { Format } from "../../src/export/Format.ts"
import { formats } from "../../src/export/formats.ts"
import type { Plan } from "../../src/Plan.ts"
import { prove } from "../../src/Prover.ts"
import { load, parse } from "../../src/Source.ts"
import * as it from "../effect.ts"
import { Database } from "../runtimes/Sqlite.ts"
import { type File, file, read, services } from "../sqlite/world.ts"

interface Way {
  readonly plan: Plan
  readonly rollback: Plan
}

const authors = "CREATE TABLE authors (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);"
const books =
  `CREATE TABLE books (id INTEGER PRIMARY KEY, author INTEGER NOT NULL REFERENCES authors (id) ON DELETE CASCADE);
CREATE TRIGGER named AFTER UPDATE OF name ON authors BEGIN
  UPDATE books SET author = NEW.id WHERE author = OLD.id;
END;`
const checked = authors.replace("NOT NULL);", "NOT NULL CHECK (name <> ''));")

const schemas = {
  first: `${authors}\n${books}`,
  /** A table that another one refers to is made anew. */
  rebuilt: `${checked}\n${books}`,
  /** Nothing is dropped. */
  added: `${authors}\n${books}\nCREATE TABLE notes (text TEXT); CREATE INDEX i ON books (author);`
}

class Ways extends Context.Service<Ways, {
  readonly first: Way
  readonly rebuilt: Way
  readonly added: Way
  readonly catalogs: Readonly<Record<keyof typeof schemas, Catalog>>
}>()("test/export/SqliteWays") {}

const schema = (sql: string) => Effect.scoped(Effect.flatMap(file(sql), ({ path }) => read(path)))

const way = (from: Catalog, to: Catalog) => Effect.flatMap(comparable(from, to), prove)

const ways = Layer.effect(
  Ways,
  Effect.gen(function*() {
    const catalogs = {
      first: yield* schema(schemas.first),
      rebuilt: yield* schema(schemas.rebuilt),
      added: yield* schema(schemas.added)
    }
    return {
      first: yield* way(yield* schema(""), catalogs.first),
      rebuilt: yield* way(catalogs.first, catalogs.rebuilt),
      added: yield* way(catalogs.first, catalogs.added),
      catalogs
    }
  })
)

const live = it.layer(ways.pipe(Layer.provideMerge(services)))

const now = Date.UTC(2026, 0, 2, 3, 4, 5)

const onSqlite = formats.filter(({ sqlite }) => sqlite !== undefined)
const asFiles = onSqlite.filter(({ name }) => name !== "alembic")
const formatOf = (name: string): Format => {
  const format = formats.find((one) => one.name === name)
  if (format === undefined) throw new Error(name)
  return format
}

const requestOf = ({ goesBack, name }: Format, { plan, rollback }: Way, existing: ReadonlyMap<string, string>) => ({
  plan,
  rollback: goesBack ? rollback : undefined,
  name: "shop",
  now,
  existing: name === "prisma" ? new Map([["migration_lock.toml", "provider = \"sqlite\"\n"], ...existing]) : existing
})

/** The files of a tool's migrations, one of each way. */
const filesOf = (format: Format, migrations: ReadonlyArray<Way>): ReadonlyMap<string, string> => {
  const existing = new Map<string, string>()
  for (const one of migrations) {
    const request = requestOf(format, one, existing)
    for (const [path, text] of request.existing) existing.set(path, text)
    const files = Result.getOrThrowWith(exportPlan(format, request), ({ detail }) => new Error(detail))
    for (const { path, text } of files) existing.set(path, text)
  }
  return existing
}

const write = Effect.fnUntraced(function*(files: ReadonlyMap<string, string>) {
  const fs = yield* FileSystem.FileSystem
  const { dirname, join } = yield* Path.Path
  const root = yield* fs.makeTempDirectoryScoped()
  for (const [path, text] of files) {
    yield* fs.makeDirectory(dirname(join(root, path)), { recursive: true })
    yield* fs.writeFileString(join(root, path), text)
  }
  return root
})

const refusal = (format: Format, given: Way) =>
  Result.getOrThrow(Result.flip(exportPlan(format, requestOf(format, given, new Map())))).detail

/** Whether a file holds a way, by its name; that of one with sections holds both. */
const holds = (path: string, direction: "up" | "down"): boolean =>
  /^[UV]\d/.test(path)
    ? path.startsWith(direction === "up" ? "V" : "U")
    : !/\.(?:up|down)\.sql$/.test(path) || path.endsWith(`.${direction}.sql`)

/** The SQL of one migration of a tool: the way there, or the way back. */
const sqlOf = (format: Format, given: Way, direction: "up" | "down" = "up"): string => {
  const files = [...filesOf(format, [given])].filter(([path]) => path.endsWith(".sql") && holds(path, direction))
  expect(files).toHaveLength(1)
  const [up = "", down = up] = files.flatMap(([, text]) => text.split(/^-- (?:migrate:down|\+goose Down).*$/m))
  return direction === "up" ? up : down
}

/** Runs a migration as the tool does: the first error ends it, and with it what is open. */
const run = ({ name, sqlite }: Format, { path }: File, sql: string, foreignKeys: "on" | "off"): string => {
  const database = new Database(path)
  const text = sql.replace(/^\.bail on$/m, "")
  try {
    database.run(`PRAGMA foreign_keys = ${foreignKeys}`)
    database.run(sqlite?.oneTransaction === true && name !== "golang-migrate" ? `BEGIN;\n${text}\nCOMMIT;` : text)
    return "done"
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    database.close()
  }
}

const rows = "INSERT INTO authors (id, name) VALUES (1, 'Ann'), (9, 'Bo'); INSERT INTO books VALUES (1, 1), (2, 9);"

const contents = (database: File) => [
  database.rows("SELECT * FROM authors"),
  database.rows("SELECT * FROM books"),
  database.rows("SELECT seq FROM sqlite_sequence"),
  database.rows("SELECT name FROM sqlite_schema WHERE name LIKE '%lockplane%'")
]

const isOf = Effect.fnUntraced(function*(database: File, wanted: Catalog) {
  const between = yield* comparable(yield* read(database.path), wanted)
  expect(hash(between.from)).toBe(hash(between.to))
})

describe("migrations of SQLite that are read back", () => {
  for (const format of asFiles) {
    live(`${format.name}: lead to the schema of the plan`, () =>
      Effect.gen(function*() {
        const { added, catalogs, first, rebuilt } = yield* Ways
        for (const [second, wanted] of [[rebuilt, catalogs.rebuilt], [added, catalogs.added]] as const) {
          const root = yield* write(filesOf(format, [first, second]))
          const between = yield* comparable(yield* load(parse(`migrations:${root}`)), wanted)
          expect(hash(between.from)).toBe(hash(between.to))
        }
      }))
  }
})

describe("a table that others refer to, made anew by a tool", () => {
  for (const format of asFiles) {
    live(`${format.name}: with foreign keys off, there and back, with all rows`, () =>
      Effect.gen(function*() {
        const { catalogs, rebuilt } = yield* Ways
        const database = yield* file(`${schemas.first}${rows}`)
        const before = contents(database)
        expect(run(format, database, sqlOf(format, rebuilt), "off")).toBe("done")
        expect(contents(database)).toEqual(before)
        yield* isOf(database, catalogs.rebuilt)
        if (!format.goesBack) return
        expect(run(format, database, sqlOf(format, rebuilt, "down"), "off")).toBe("done")
        expect(contents(database)).toEqual(before)
        yield* isOf(database, catalogs.first)
      }))

    live(`${format.name}: with foreign keys on, nothing is lost`, () =>
      Effect.gen(function*() {
        const { catalogs, rebuilt } = yield* Ways
        const database = yield* file(`${schemas.first}${rows}`)
        const before = contents(database)
        const ended = run(format, database, sqlOf(format, rebuilt), "on")
        expect(contents(database)).toEqual(before)
        if (format.sqlite?.foreignKeys === undefined) {
          // it switches them off, and on again
          expect(ended).toBe("done")
          yield* isOf(database, catalogs.rebuilt)
        } else {
          expect(ended).toContain("foreign_keys must be off here")
          yield* isOf(database, catalogs.first)
        }
        expect(conditionOf(format, requestOf(format, rebuilt, new Map())) === undefined).toBe(ended === "done")
      }))
  }

  live("where the connection ignores checks, the files do nothing", () =>
    Effect.gen(function*() {
      const { rebuilt } = yield* Ways
      const format = formatOf("dbmate")
      const database = yield* file(`${schemas.first}${rows}`)
      const before = contents(database)
      const connection = new Database(database.path)
      connection.run("PRAGMA foreign_keys = ON; PRAGMA ignore_check_constraints = ON; BEGIN")
      expect(() => connection.run(sqlOf(format, rebuilt))).toThrow("lockplane_foreign_keys.off")
      connection.close()
      expect(contents(database)).toEqual(before)
    }))

  live("golang-migrate: also where it begins no transaction, and where it does", () =>
    Effect.gen(function*() {
      const { catalogs, rebuilt } = yield* Ways
      const format = formatOf("golang-migrate")
      const database = yield* file(`${schemas.first}${rows}`)
      expect(run(format, database, `BEGIN;\n${sqlOf(format, rebuilt)}\nCOMMIT;`, "off")).toBe("done")
      yield* isOf(database, catalogs.rebuilt)
    }))
})

describe("what the files check", () => {
  const tables = "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER);"
  const referring = tables.replace("a INTEGER)", "a INTEGER REFERENCES a (id))")
  const made = Effect.gen(function*() {
    return yield* way(yield* schema(tables), yield* schema(referring))
  })

  for (const format of asFiles) {
    live(`${format.name}: rows that would refer to nothing end it, and nothing is done`, () =>
      Effect.gen(function*() {
        const database = yield* file(`${tables} INSERT INTO b VALUES (1, 5);`)
        const ended = run(format, database, sqlOf(format, yield* made), "off")
        expect(ended).toContain("rows would refer to rows that are not there")
        yield* isOf(database, yield* schema(tables))
        expect(database.rows("SELECT * FROM b")).toHaveLength(1)
        database.run("DELETE FROM b; INSERT INTO a VALUES (5); INSERT INTO b VALUES (1, 5)")
        expect(run(format, database, sqlOf(format, yield* made), "off")).toBe("done")
      }))
  }

  live("rows that referred to nothing before are left as they are", () =>
    Effect.gen(function*() {
      const { catalogs, rebuilt } = yield* Ways
      const database = yield* file(`${schemas.first}${rows} INSERT INTO books VALUES (3, 77);`)
      expect(run(formatOf("dbmate"), database, sqlOf(formatOf("dbmate"), rebuilt), "off")).toBe("done")
      yield* isOf(database, catalogs.rebuilt)
    }))

  live("a plan that drops no table and touches no rows has no need of that", () =>
    Effect.gen(function*() {
      const { added } = yield* Ways
      const forward = { ...added, rollback: { ...added.rollback, steps: [] } }
      for (const format of onSqlite) {
        const request = { ...requestOf(format, forward, new Map()), rollback: undefined }
        const files = Result.getOrThrow(exportPlan(format, request)).map(({ text }) => text).join()
        expect(files).not.toContain("lockplane_")
        expect(conditionOf(format, request)).toBeUndefined()
      }
      for (const format of asFiles) {
        const database = yield* file(`${schemas.first}${rows}`)
        expect(run(format, database, sqlOf(format, added), "on")).toBe("done")
      }
    }))

  live("statements whose meaning foreign keys change, a person's too", () =>
    Effect.sync(() => {
      const format = formatOf("dbmate")
      const asked = (sql: string): boolean => {
        const plan: Plan = { dialect: "sqlite", steps: [{ description: "x", sql }] }
        return conditionOf(format, { plan, rollback: undefined, name: "x", now, existing: new Map() }) !== undefined
      }
      const statements = [
        "DROP TABLE a",
        "DELETE FROM a",
        "-- x\nCREATE TABLE a (x)",
        "ALTER TABLE a ADD COLUMN b INTEGER DEFAULT 1 REFERENCES b"
      ]
      expect(statements.map(asked)).toEqual([true, true, true, true])
      expect(["ALTER TABLE a RENAME TO b", "DROP INDEX i", "create unique index i on a (x)"].map(asked)).toEqual([
        false,
        false,
        false
      ])
    }))
})

describe("what is refused", () => {
  live("several transactions, other databases, and a way back that is not there", () =>
    Effect.gen(function*() {
      const { first, rebuilt } = yield* Ways
      const steps = rebuilt.plan.steps.map((step, i) => ({ ...step, transaction: i + 1 }))
      const several = { ...rebuilt, plan: { ...rebuilt.plan, steps } }
      for (const { name, sqlite } of asFiles) {
        if (sqlite?.oneTransaction !== true) continue
        expect(refusal(formatOf(name), several)).toContain("2 transactions")
      }
      expect(refusal(formatOf("supabase"), first)).toContain("no migrations of SQLite")
      const mixed = { ...first, rollback: { ...first.rollback, dialect: "postgres" as const } }
      expect(refusal(formatOf("dbmate"), mixed)).toContain("different databases")
      for (const name of ["dbmate", "goose", "golang-migrate"]) {
        const format = formatOf(name)
        const request = { ...requestOf(format, first, new Map()), rollback: undefined }
        const files = Result.getOrThrow(exportPlan(format, request))
        const text = files.at(-1)?.text.split(/^-- (?:migrate:down|\+goose Down).*$/m).at(-1) ?? ""
        const database = yield* file("CREATE TABLE a (x)")
        expect(run(format, database, text, "off")).toContain("This migration has no way back")
        expect(database.rows("SELECT name FROM sqlite_schema")).toHaveLength(1)
      }
    }))
})
