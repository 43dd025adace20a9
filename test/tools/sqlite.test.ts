/**
 * Plans of SQLite as migrations that the tools themselves run, from npm and with Alembic: a table that others refer to is made
 * anew, with the rows of all of them. Skipped, with a word, where a tool cannot be had.
 */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { mkdir, symlink, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { folder, lockplane } from "../cli/lockplane.ts"
import { rows, run } from "../cli/sqliteFile.ts"
import * as it from "../effect.ts"
import { modulesOf, runNode } from "./npm.ts"
import { python, runPython } from "./python.ts"

const first = `CREATE TABLE authors (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);
CREATE TABLE books (id INTEGER PRIMARY KEY, author INTEGER NOT NULL REFERENCES authors (id) ON DELETE CASCADE, title TEXT);
CREATE TRIGGER named AFTER UPDATE OF name ON authors BEGIN
  UPDATE books SET title = title || ';' WHERE author = NEW.id;
END;
`
const second = first.replace("name TEXT NOT NULL", "name TEXT NOT NULL CHECK (name <> '')")
const there =
  "INSERT INTO authors (id, name) VALUES (1, 'Ann'), (9, 'Bo'); INSERT INTO books VALUES (1, 1, 'Sea'), (2, 9, 'Sky');"

/** How a tool is set up in a folder with its migrations, and how it runs those that have not run. */
interface Tool {
  readonly name: string
  readonly files: Readonly<Record<string, string>>
  /** Where its migrations are. */
  readonly migrations: string
  readonly up: (cwd: string) => Effect.Effect<string, { readonly message: string }>
  readonly down?: (cwd: string) => Effect.Effect<string, { readonly message: string }>
}

/** The two migrations of a tool, each run by it, on a database with rows. */
const work = Effect.fnUntraced(function*({ down, files, migrations, name, up }: Tool, modules: string | undefined) {
  const cwd = yield* folder({
    "lockplane.toml": "dialect = \"sqlite\"\n",
    "nothing.lp.sql": "-- nothing\n",
    "first.lp.sql": first,
    "second.lp.sql": second
  })
  if (modules !== undefined) yield* Effect.promise(() => symlink(modules, join(cwd, "node_modules")))
  const done = (...args: ReadonlyArray<string>) =>
    Effect.map(lockplane(args, { cwd }), ({ code, stderr, stdout }) => {
      expect([args, code, stderr]).toEqual([args, 0, stderr])
      return stdout
    })
  const save = (path: string, text: string) =>
    Effect.promise(async () => {
      await mkdir(dirname(join(cwd, path)), { recursive: true })
      await writeFile(join(cwd, path), text)
    })
  for (const [path, text] of Object.entries(files)) yield* save(path, text)
  const exported = Effect.fnUntraced(function*(from: string, to: string) {
    yield* save("plan.json", yield* done("plan", "--from", from, "--to", to))
    yield* save("rollback.json", yield* done("plan-rollback", "--plan", "plan.json", "--from", from))
    const back = down === undefined ? [] : ["--rollback", "rollback.json"]
    yield* done("export", "plan.json", "--for", name, ...back, "--output", migrations, "--name", "shop")
  })
  const database = join(cwd, "app.db")
  const isSchema = (schema: string) =>
    done("diff", "app.db", schema, "--exit-code", "--include-objects", "authors", "--include-objects", "books")
  yield* exported("nothing.lp.sql", "first.lp.sql")
  yield* up(cwd)
  run(database, there)
  const before = [rows(database, "SELECT * FROM authors"), rows(database, "SELECT * FROM books")]
  const isKept = () =>
    expect([rows(database, "SELECT * FROM authors"), rows(database, "SELECT * FROM books")]).toEqual(before)
  yield* exported("first.lp.sql", "second.lp.sql")
  yield* up(cwd)
  isKept()
  yield* isSchema("second.lp.sql")
  expect(rows(database, "SELECT name FROM sqlite_schema WHERE name LIKE '%lockplane%'")).toEqual([])
  if (down === undefined) return
  yield* down(cwd)
  isKept()
  yield* isSchema("first.lp.sql")
})

const engines = (cwd: string) => ({
  PRISMA_QUERY_ENGINE_LIBRARY: join(cwd, "unused"),
  PRISMA_SCHEMA_ENGINE_BINARY: join(cwd, "unused"),
  PRISMA_HIDE_UPDATE_MESSAGE: "1",
  CHECKPOINT_DISABLE: "1"
})

const drizzle: Tool = {
  name: "drizzle",
  migrations: "drizzle",
  files: {
    "drizzle.config.json": JSON.stringify({
      dialect: "sqlite",
      schema: "./schema.ts",
      out: "./drizzle",
      dbCredentials: { url: "file:app.db" }
    })
  },
  up: (cwd) => runNode(["node_modules/drizzle-kit/bin.cjs", "migrate"], { cwd })
}

const prisma: Tool = {
  name: "prisma",
  migrations: "migrations",
  files: {
    "unused": "",
    "migrations/migration_lock.toml": "provider = \"sqlite\"\n",
    "schema.prisma": "datasource db {\n  provider = \"sqlite\"\n  url = \"file:app.db\"\n}\n",
    "prisma.config.ts": `import { PrismaLibSQL } from "@prisma/adapter-libsql"
export default {
  experimental: { adapter: true },
  engine: "js",
  schema: "schema.prisma",
  migrations: { path: "migrations" },
  adapter: async () => new PrismaLibSQL({ url: "file:app.db" })
}
`
  },
  up: (cwd) => runNode(["node_modules/prisma/build/index.js", "migrate", "deploy"], { cwd, env: engines(cwd) })
}

const dbmateWith = (command: string) => (cwd: string) =>
  runNode(
    ["node_modules/dbmate/dist/cli.js", "--url", "sqlite:app.db", "-d", "db", "--no-dump-schema", command],
    { cwd }
  )

const dbmate: Tool = { name: "dbmate", migrations: "db", files: {}, up: dbmateWith("up"), down: dbmateWith("down") }

const alembicWith = (...args: ReadonlyArray<string>) => (cwd: string) => runPython(["-m", "alembic", ...args], { cwd })

/** Foreign keys are on, as in many applications; afterwards they are on again. */
const alembic: Tool = {
  name: "alembic",
  migrations: "revisions",
  files: {
    "alembic.ini": "[alembic]\nscript_location = revisions\n",
    "revisions/versions/.keep": "",
    "revisions/env.py": `from alembic import context
from sqlalchemy import create_engine, event

engine = create_engine("sqlite:///app.db")
event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = ON"))
with engine.connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
    assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
`
  },
  up: alembicWith("upgrade", "head"),
  down: alembicWith("downgrade", "-1")
}

const tools = { drizzle, prisma, dbmate }
const modules = {
  drizzle: await modulesOf("drizzle"),
  prisma: await modulesOf("prisma"),
  dbmate: await modulesOf("dbmate")
}

for (const name of ["drizzle", "prisma", "dbmate"] as const) {
  describe.skipIf(modules[name] === undefined)(name, () => {
    it.live("makes a table anew that others refer to", () => work(tools[name], modules[name]))
  })
}

describe.skipIf(python === undefined)("alembic", () => {
  it.live("makes a table anew that others refer to", () => work(alembic, undefined))
})
