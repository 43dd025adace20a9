/** Folders of migrations of other tools, run on SQLite in memory: whose they are, in which order, and what is wrong. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Path from "effect/Path"
import { comparable } from "../../../src/Canonical.ts"
import { hash } from "../../../src/Catalog.ts"
import * as CatalogCache from "../../../src/CatalogCache.ts"
import { Dialect } from "../../../src/Dialect.ts"
import { diff } from "../../../src/Diff.ts"
import { narrow } from "../../../src/ManagedScope.ts"
import { load, parse } from "../../../src/Source.ts"
import { SourceError } from "../../../src/SourceError.ts"
import * as it from "../../effect.ts"
import { file, read, services } from "../world.ts"

const live = it.layer(Layer.mergeAll(services, CatalogCache.layerOff))

type Files = Readonly<Record<string, string>>

/** A folder with these files, by their path in it. */
const folder = Effect.fnUntraced(function*(files: Files) {
  const fs = yield* FileSystem.FileSystem
  const { dirname, join } = yield* Path.Path
  const root = yield* fs.makeTempDirectoryScoped()
  for (const [name, text] of Object.entries(files)) {
    yield* fs.makeDirectory(dirname(join(root, name)), { recursive: true })
    yield* fs.writeFileString(join(root, name), text)
  }
  return root
})

const source = (text: string) => load(parse(`migrations:${text}`))
const of = (files: Files, tool = "") => Effect.flatMap(folder(files), (root) => source(`${tool}${root}`))

const names = (catalog: { readonly objects: ReadonlyMap<string, unknown> }) => [...catalog.objects.keys()]

/** That two schemas are one. */
const isSame = Effect.fnUntraced(function*(files: Files, wanted: string, tool = "") {
  const between = yield* comparable(yield* of(files, tool), yield* read((yield* file(wanted)).path))
  expect(diff(between.from, between.to)).toEqual([])
  expect(hash(between.from)).toBe(hash(between.to))
})

const refusal = Effect.fnUntraced(function*(files: Files, tool = "") {
  const root = yield* folder(files)
  const error = yield* Effect.flip(source(`${tool}${root}`))
  if (!(error instanceof SourceError)) throw error
  return { error, text: error.message.replaceAll(root, "DIR") }
})

const problems = (files: Files) =>
  Effect.map(
    refusal(files),
    ({ error }) => error.problems?.map(({ code, column, line }) => `${code} ${line}:${column}`) ?? [error.message]
  )

const books = `CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL, fax TEXT);
INSERT INTO books (title) VALUES ('Sea');`

const pages = `ALTER TABLE books ADD COLUMN pages INTEGER DEFAULT 0;
CREATE TRIGGER counted AFTER INSERT ON books BEGIN
  UPDATE books SET pages = 1 WHERE id = NEW.id;
END;`

/** A table that others refer to, made anew. */
const rebuild =
  `CREATE TABLE new_books (id INTEGER PRIMARY KEY, title TEXT NOT NULL CHECK (title <> ''), pages INTEGER DEFAULT 0);
INSERT INTO new_books SELECT id, title, pages FROM books;
DROP TABLE books;
ALTER TABLE new_books RENAME TO books;`

const loans =
  "CREATE TABLE loans (id INTEGER PRIMARY KEY, book INTEGER NOT NULL REFERENCES books (id) ON DELETE CASCADE);"

/** What all of it leads to. */
const library =
  `CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT NOT NULL CHECK (title <> ''), pages INTEGER DEFAULT 0);
${loans}`

const switched = `PRAGMA foreign_keys=OFF;\n${rebuild}\nPRAGMA foreign_key_check;\nPRAGMA foreign_keys=ON;`

const journal = (dialect: string, ...tags: ReadonlyArray<string>) =>
  JSON.stringify({ version: "7", dialect, entries: tags.map((tag, idx) => ({ idx, tag })) })

/** The same four migrations, as each tool has them. */
const folders: Readonly<Record<string, readonly [title: string, files: Files]>> = {
  flyway: ["Flyway, 4 files", {
    "V1__books.sql": books,
    "V2__pages.sql": pages,
    "V10__rebuild.sql": `PRAGMA foreign_keys=OFF;\nBEGIN;\n${rebuild}\nCOMMIT;`,
    "V10__rebuild.sql.conf": "executeInTransaction=false\n",
    "V3__loans.sql": loans,
    "U10__rebuild.sql": "DROP TABLE books;"
  }],
  dbmate: ["dbmate, 4 files", {
    "20260101090000_books.sql": `-- migrate:up\n${books}\n-- migrate:down\nDROP TABLE books;`,
    "20260102090000_pages.sql": `-- migrate:up\n${pages}\n-- migrate:down\n`,
    "20260103090000_loans.sql": `-- migrate:up\n${loans}\n-- migrate:down\nDROP TABLE loans;`,
    "20260110090000_rebuild.sql": `-- migrate:up transaction:false\n${switched}\n-- migrate:down\n`
  }],
  "golang-migrate": ["golang-migrate, 4 files", {
    "1_books.up.sql": books,
    "1_books.down.sql": "DROP TABLE books;",
    "2_pages.up.sql": pages,
    "3_loans.up.sql": loans,
    "10_rebuild.up.sql": rebuild
  }],
  goose: ["goose, 4 files", {
    "1_books.sql": `-- +goose Up\n${books}\n-- +goose Down\nDROP TABLE books;`,
    "2_pages.sql": `-- +goose Up\n-- +goose StatementBegin\n${pages}\n-- +goose StatementEnd\n`,
    "3_loans.sql": `-- +goose Up\r\n${loans}\r\n`,
    "10_rebuild.sql": `-- +goose NO TRANSACTION\n-- +goose Up\n${switched}`
  }],
  prisma: ["Prisma, 4 files", {
    "migration_lock.toml": "provider = \"sqlite\"\n",
    "20260101090000_books/migration.sql": books,
    "20260102090000_pages/migration.sql": pages,
    "20260103090000_loans/migration.sql": loans,
    "20260110090000_rebuild/migration.sql": `-- RedefineTables\nPRAGMA defer_foreign_keys=ON;\n${switched}`
  }],
  drizzle: ["Drizzle, 4 files", {
    "meta/_journal.json": journal("sqlite", "0000_books", "0001_pages", "0002_loans", "0003_rebuild"),
    "0000_books.sql": books.replace("\n", "\n--> statement-breakpoint\n"),
    "0001_pages.sql": pages,
    "0002_loans.sql": loans,
    "0003_rebuild.sql": switched,
    "0004_left.sql": "DROP TABLE books;"
  }],
  sql: ["numbered SQL files, 4 files", {
    "1-books.sql": books,
    "2-pages.sql": pages,
    "3-loans.sql": loans,
    "10-rebuild.sql": switched
  }]
}

describe("the folder of each tool", () => {
  for (const [tool, [title, files]] of Object.entries(folders)) {
    live(`${tool}: its files lead to the same schema`, () =>
      Effect.gen(function*() {
        const { readMigrations } = yield* Dialect
        expect((yield* readMigrations(yield* folder(files))).description).toContain(`: ${title}`)
        yield* isSame(files, library)
      }))
  }

  live("is of SQLite, and of no other family", () =>
    Effect.gen(function*() {
      const cases: ReadonlyArray<readonly [Files, string, string?]> = [
        [{ "migration_lock.toml": "provider = \"postgresql\"", "1/migration.sql": books }, "migration_lock.toml names"],
        [{ "meta/_journal.json": journal("postgresql", "0_a"), "0_a.sql": books }, "_journal.json is of postgresql"],
        [{ "1_a.sql": books }, "migrations of Supabase are for another family", "supabase:"]
      ]
      for (const [files, detail, tool] of cases) {
        const { text } = yield* refusal(files, tool)
        expect(text).toContain(detail)
        expect(text).toContain("this is about SQLite")
      }
    }))

  live("a folder that looks like Supabase's is one of numbered files here", () =>
    Effect.gen(function*() {
      const root = yield* folder({ "supabase/migrations/1_a.sql": books })
      expect(names(yield* source(`${root}/supabase/migrations`))).toContain("table main.books")
    }))
})

describe("what files do", () => {
  live(
    "settings of the file and of the connection are no part of the schema, and those that matter are obeyed",
    () =>
      Effect.gen(function*() {
        yield* isSame(
          {
            "1.sql": "PRAGMA journal_mode = WAL; PRAGMA main.user_version(7); PRAGMA application_id = 1; VACUUM;\n" +
              "PRAGMA foreign_keys = ON; CREATE TABLE a (id INTEGER PRIMARY KEY);",
            // with foreign keys on, such a column cannot be added; the file before has them on for itself only
            "2.sql":
              "CREATE TABLE b (id INTEGER PRIMARY KEY); INSERT INTO b VALUES (1); ALTER TABLE b ADD COLUMN a INTEGER DEFAULT 1 REFERENCES a;"
          },
          "CREATE TABLE a (id INTEGER PRIMARY KEY);\nCREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER DEFAULT 1 REFERENCES a)"
        )
        const added =
          "CREATE TABLE b (id INTEGER PRIMARY KEY); INSERT INTO b VALUES (1);\nALTER TABLE b ADD COLUMN c INTEGER DEFAULT 1 REFERENCES b;"
        // numbered files run in a transaction, in which the setting does nothing
        yield* of({ "1.sql": `PRAGMA foreign_keys = ON;\n${added}` })
        const { error } = yield* refusal({
          "1.sql": `-- migrate:up transaction:false\nPRAGMA foreign_keys = ON;\n${added}`
        })
        expect(error.problems).toMatchObject([{ line: 4, column: 1 }])
      })
  )

  live(
    "while legacy_alter_table is on, foreign keys follow a new name or not, as foreign_keys says",
    () =>
      Effect.gen(function*() {
        const head = "-- migrate:up transaction:false\n"
        const renamed = "ALTER TABLE a RENAME TO z;"
        const first = `${head}CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a INTEGER REFERENCES a);`
        const legacy = (keys: string) => ({
          "1.sql": first,
          "2.sql": `${head}PRAGMA foreign_keys = ${keys};\nPRAGMA legacy_alter_table = ON;\n${renamed}`
        })
        yield* isSame(legacy("OFF"), "CREATE TABLE z (id INTEGER PRIMARY KEY); CREATE TABLE b (a INTEGER REFERENCES a)")
        yield* isSame(legacy("ON"), "CREATE TABLE z (id INTEGER PRIMARY KEY); CREATE TABLE b (a INTEGER REFERENCES z)")
        expect(
          yield* problems({ "1.sql": first, "2.sql": `${head}PRAGMA legacy_alter_table = ON;\n${renamed}` })
        ).toEqual(["unsure 3:1"])
        expect(
          yield* problems({ "1.sql": `PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = 1; ${renamed}` })
        ).toEqual(["unsure 1:59"])
      })
  )

  live("strings in double quotes are strings, as they are where most tools run", () =>
    Effect.gen(function*() {
      yield* isSame(
        {
          "1.sql": "CREATE TABLE a (id INTEGER PRIMARY KEY, state TEXT DEFAULT \"new\");\n" +
            "INSERT INTO a (state) VALUES (\"old\"); UPDATE a SET state = \"x\" WHERE \"state\" = \"old\";",
          "2.sql": "ALTER TABLE a ADD COLUMN more TEXT DEFAULT \"none\"; ALTER TABLE a RENAME COLUMN more TO less;",
          "3.sql": "CREATE INDEX i ON a (\"state\") WHERE \"state\" = \"new\";"
        },
        "CREATE TABLE a (id INTEGER PRIMARY KEY, state TEXT DEFAULT 'new', less TEXT DEFAULT 'none');\n" +
          "CREATE INDEX i ON a (state) WHERE state = 'new'"
      )
    }))

  live(
    "temporary tables, views, virtual tables, and files that begin and end transactions themselves",
    () =>
      Effect.gen(function*() {
        yield* isSame(
          {
            "1.sql":
              "\ufeffBEGIN;\r\nCREATE TABLE a (id INTEGER PRIMARY KEY);\r\nCOMMIT;\r\nBEGIN IMMEDIATE; CREATE TEMP TABLE t AS SELECT * FROM a; END;",
            "2.sql": "CREATE TABLE gone (x); CREATE VIRTUAL TABLE s USING fts5 (body); INSERT INTO s VALUES ('x');",
            "3.sql":
              "BEGIN; DROP TABLE gone; ROLLBACK; SAVEPOINT p; CREATE VIEW v AS SELECT id FROM a; RELEASE p; DROP TABLE gone;"
          },
          "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE VIRTUAL TABLE s USING fts5 (body); CREATE VIEW v AS SELECT id FROM a"
        )
      })
  )

  live("what is not managed is there first, except for what they make themselves", () =>
    Effect.gen(function*() {
      const database = yield* read(
        (yield* file(
          "CREATE TABLE users (id INTEGER PRIMARY KEY); CREATE TABLE log (id INTEGER PRIMARY KEY, who INTEGER REFERENCES users);" +
            "CREATE VIEW lately AS SELECT id FROM log; CREATE TABLE profile (id INTEGER PRIMARY KEY REFERENCES users)"
        )).path
      )
      const scope = { exclude: ["users", "log", "lately"] }
      const root = yield* folder({
        "1.sql": "CREATE TABLE log (id INTEGER PRIMARY KEY);",
        "2.sql": "INSERT INTO users VALUES (1); CREATE TABLE profile (id INTEGER PRIMARY KEY REFERENCES users);"
      })
      const around = narrow(database, { aspects: [], ...scope })
      const { from, to } = yield* comparable(database, yield* load(parse(`migrations:${root}`), around), [], [], scope)
      expect(diff(from, to)).toEqual([])
      expect((yield* Effect.flip(source(root)))._tag).toBe("SourceError")
    }))
})

describe("what is wrong", () => {
  live("the error of a statement has its place and says what to look for", () =>
    Effect.gen(function*() {
      const { error } = yield* refusal({
        "1.sql": "CREATE TABLE a (id INTEGER PRIMARY KEY);",
        "2.sql": "-- é\nALTER TABLE a ADD b int;\n  INSERT INTO nope SELECT 'ü', id FROM a;"
      })
      expect(error.problems).toMatchObject([{ line: 3, column: 15, severity: "error", message: "no such table: nope" }])
      expect(error.problems?.[0]?.file).toEndWith("2.sql")
      expect(error.problems?.[0]?.hint).toContain("None of the files before it")
    }))

  live("every file is looked at before any runs", () =>
    Effect.gen(function*() {
      expect(
        yield* problems({
          "1.sql": "SELECT 1;\n.read other.sql\n",
          "2.sql": "CREATE TABEL t (x);",
          "3.sql": "PRAGMA writable_schema = ON;\nATTACH 'b.db' AS b;\nVACUUM INTO 'c.db';",
          "4.sql": "\nBEGIN;\nSELECT 1;",
          "5.sql": "SELECT '.read';\nPRAGMA wheel = 1;"
        })
      ).toEqual([
        "shell_command 2:1",
        "syntax_error 1:8",
        "pragma 1:1",
        "other_database 2:1",
        "other_database 3:1",
        "open_transaction 2:1",
        "pragma 2:1"
      ])
    }))

  live("sections and placeholders that cannot be meant are told", () =>
    Effect.gen(function*() {
      expect(yield* problems({ "1.sql": "SELECT 1;\n-- migrate:up\n" })).toEqual(["no_section 1:1"])
      expect(yield* problems({ "V1__a.sql": "\nCREATE TABLE ${name} (x);" })).toEqual(["placeholder 2:14"])
    }))

  live("rows that break a rule, where the file has them checked", () =>
    Effect.gen(function*() {
      const rows = "CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES a);\nINSERT INTO a VALUES (1, 2);"
      yield* of({ "1.sql": rows })
      expect(yield* problems({ "1.sql": `-- migrate:up transaction:false\nPRAGMA foreign_keys = ON;\n${rows}` }))
        .toEqual([
          "SQLITE_CONSTRAINT_FOREIGNKEY 4:1"
        ])
    }))
})
