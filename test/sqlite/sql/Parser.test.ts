import { describe, expect, test } from "bun:test"
import * as Result from "effect/Result"
import type { TableDefinition } from "../../../src/sqlite/sql/Definition.ts"
import { nameSpan, parseDefinition } from "../../../src/sqlite/sql/Parser.ts"
import { printColumn, printConstraint } from "../../../src/sqlite/sql/Printer.ts"
import { open, printedAnew, schemaDifferences } from "./engine.ts"

const read = (sql: string) => Result.getOrThrow(parseDefinition(sql))

const table = (sql: string): TableDefinition => {
  const definition = read(sql)
  if (definition.kind !== "table") throw new Error(`${definition.kind} is no table`)
  return definition
}

describe("CREATE TABLE", () => {
  /** Statements that the engine takes and that hold what is seldom written; each is compared with the engine's own view. */
  const odd: ReadonlyArray<string> = [
    "CREATE TABLE a(x)",
    "CREATE TABLE IF NOT EXISTS main.a(x INTEGER PRIMARY KEY DESC, y);",
    "CREATE TABLE a(x \"INTEGER\" PRIMARY KEY, y)",
    "CREATE TABLE a(x integer primary key asc on conflict replace autoincrement)",
    "CREATE TABLE a(x text collate nocase collate rtrim default 1 default 2 not null on conflict ignore not null)",
    "CREATE TABLE a(x \"my type\" foo(10), z my \"type\" (+10 , -2), w varchar ( 10 ) )",
    "CREATE TABLE a(x INT GENERATED ALWAYS AS (y*2) STORED, y AS (z), z, u generated always as (z) , w int not null generated always as (z))",
    "CREATE TABLE a(x CONSTRAINT foo, y CONSTRAINT c1 CONSTRAINT c2 CHECK (y > 0), CONSTRAINT bar UNIQUE (x) CHECK (x>1) CONSTRAINT z PRIMARY KEY (x,y) CONSTRAINT dangling)",
    "CREATE TABLE a(x DEFAULT foo, y DEFAULT \"bar\", z DEFAULT - 5, w DEFAULT + 5.5e3, v DEFAULT (1+2), t DEFAULT true, o default \"true\", n default -current_time, m default 0x1F, p DEFAULT key)",
    "CREATE TABLE a(x NULL, w NULL ON CONFLICT FAIL UNIQUE ON CONFLICT ROLLBACK)",
    "CREATE TABLE a(x REFERENCES b(id) ON DELETE CASCADE MATCH FULL ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED, z references 'b' on insert cascade not null deferrable initially deferred)",
    "CREATE TABLE a(x, y, UNIQUE (x COLLATE NOCASE DESC, y), UNIQUE(x COLLATE NOCASE, y ASC), PRIMARY KEY (\"x\", [y]) ON CONFLICT ABORT)",
    "CREATE TABLE a(x INT, y ANY, PRIMARY KEY (x)) STRICT, WITHOUT ROWID",
    "CREATE TABLE a(x int) , STRICT",
    "CREATE TABLE a(id INTEGER, PRIMARY KEY (id AUTOINCREMENT))",
    "CREATE TABLE a(left int, indexed int, cross, temp temp, if if)",
    "CREATE TABLE a(x, y) RANDOM ROWID",
    "CREATE TABLE a(x F32_BLOB(4), y always, z int generated, w \"\")",
    "CREATE TABLE a(x int primary key, y int unique unique, unique(y), unique(x))"
  ]
  for (const sql of odd) {
    test(sql, () => {
      const engine = open()
      engine.exec(sql)
      expect(schemaDifferences(engine)).toEqual([])
      expect(schemaDifferences(printedAnew(engine))).toEqual([])
    })
  }

  test("is data", () => {
    const sql = `create table "T"( -- note
      id integer primary key autoincrement, Name varchar (10) not null default 'x' collate nocase
        constraint long check (length("T".Name)>3),
      up text as (upper(name)) stored, constraint fk foreign key (id, name) references "o"(a,b) on delete cascade)`
    const { columns, constraints, ...rest } = table(sql)
    expect(rest).toEqual({ kind: "table", name: "T" })
    expect(columns.map(({ span: _, ...column }) => column)).toEqual([
      { name: "id", type: "INTEGER" },
      { name: "Name", type: "varchar(10)", notNull: true, default: "'x'", collate: "nocase" },
      { name: "up", type: "TEXT", generated: { expression: "upper(name)", stored: true } }
    ])
    expect(constraints.map(({ span: _, ...constraint }) => constraint)).toEqual([
      { kind: "primary key", columns: [{ column: "id" }], autoincrement: true },
      { kind: "check", name: "long", expression: "length(Name) > 3" },
      {
        kind: "foreign key",
        name: "fk",
        columns: ["id", "name"],
        table: "o",
        referenced: ["a", "b"],
        onDelete: "CASCADE"
      }
    ])
    expect(constraints.map(({ span }) => sql.slice(span.start, span.end).slice(0, 15))).toEqual([
      "primary key aut",
      "constraint long",
      "constraint fk f"
    ])
    expect(columns.map(({ span }) => sql.slice(span.start, span.start + 2) + sql.slice(span.end - 6, span.end)))
      .toEqual([
        "idrement",
        "Name)>3)",
        "upstored"
      ])
  })

  test("defers the foreign key that came last, wherever the words stand", () => {
    const { constraints } = table(
      "CREATE TABLE a(x REFERENCES b, y REFERENCES c NOT NULL, z DEFERRABLE INITIALLY DEFERRED)"
    )
    expect(constraints.map((key) => key.kind === "foreign key" && key.deferred)).toEqual([undefined, true])
  })

  test("takes a name in double quotes for a string where it is no column", () => {
    const { constraints } = table("CREATE TABLE a(x, CHECK (x IN (\"x\", \"y\")))")
    expect(constraints).toMatchObject([{ expression: "x IN (x, 'y')" }])
  })

  test("what is no definition is refused at its place", () => {
    const cases: ReadonlyArray<readonly [sql: string, found: string]> = [
      ["CREATE TABLE a AS SELECT 1", "AS"],
      ["CREATE TABLE a(x int,)", ")"],
      ["CREATE TABLE a(x, check (x), y int)", "y"],
      ["CREATE TABLE a(x) WITHOUT ROWD", "WITHOUT"],
      ["CREATE TABLE a(x) b", "b"],
      ["CREATE FUNCTION f()", "FUNCTION"],
      ["CREATE TABLE a(x", ""],
      ["DROP TABLE a", "DROP"]
    ]
    for (const [sql, found] of cases) {
      const result = parseDefinition(sql)
      expect(Result.isFailure(result) && sql.slice(result.failure.start, result.failure.end)).toBe(found)
    }
  })

  test("goes on as the engine writes it after ALTER TABLE", () => {
    const engine = open()
    engine.exec("CREATE TABLE a(x, CHECK (x > 0)) STRICT".replace("x,", "x INT,"))
    engine.exec("ALTER TABLE a ADD COLUMN y TEXT NOT NULL DEFAULT 'q' REFERENCES b ON DELETE CASCADE")
    engine.exec("ALTER TABLE a RENAME COLUMN x TO \"the x\"")
    engine.exec("ALTER TABLE a RENAME TO \"the a\"")
    expect(schemaDifferences(engine)).toEqual([])
  })
})

describe("other statements", () => {
  test("CREATE INDEX", () => {
    expect(
      read(
        "create unique index if not exists main.I on T(\"a\" collate nocase desc, (b), lower(t.c) asc, (a||b) collate \"x y\", a||b collate z) where T.a is not null;"
      )
    ).toEqual({
      kind: "index",
      name: "I",
      table: "T",
      unique: true,
      columns: [
        { column: "a", collate: "nocase", descending: true },
        { column: "b" },
        { expression: "lower(c)" },
        { expression: "a || b", collate: "x y" },
        { expression: "a || b COLLATE z" }
      ],
      where: "a IS NOT NULL"
    })
  })

  test("CREATE VIEW", () => {
    expect(read("CREATE VIEW v(a, \"b c\") AS select x, 'y' from T as q")).toEqual({
      kind: "view",
      name: "v",
      columns: ["a", "b c"],
      query: "SELECT x, 'y' FROM T AS q",
      mentions: ["x", "t", "q"]
    })
  })

  test("CREATE TRIGGER", () => {
    expect(
      read(
        "create trigger before instead of update of a, \"b\" on V for each row when new.a > case when 1 then 2 end begin update u set a=1; select 'x;'; end"
      )
    ).toEqual({
      kind: "trigger",
      name: "before",
      table: "V",
      timing: "INSTEAD OF",
      event: "UPDATE",
      columns: ["a", "b"],
      when: "new.a > CASE WHEN 1 THEN 2 END",
      body: ["UPDATE u SET a = 1", "SELECT 'x;'"],
      mentions: ["v", "new", "a", "u"]
    })
    expect(read("CREATE TRIGGER t BEFORE DELETE ON a BEGIN SELECT 1; END;")).toEqual({
      kind: "trigger",
      name: "t",
      table: "a",
      event: "DELETE",
      body: ["SELECT 1"],
      mentions: ["a"]
    })
  })

  test("CREATE VIRTUAL TABLE", () => {
    expect(read("CREATE VIRTUAL TABLE f USING FTS5( a , tokenize = 'x, y' , content=\"t\"(1,2) )")).toEqual({
      kind: "virtual table",
      name: "f",
      module: "fts5",
      arguments: ["a", "tokenize = 'x, y'", "content=\"t\"(1,2)"]
    })
    expect(read("CREATE VIRTUAL TABLE f USING m")).toMatchObject({ arguments: [] })
  })

  test("are the same when they are printed and read again", () => {
    const engine = open()
    engine.exec(`CREATE TABLE t(a, "b c", "order"); CREATE TABLE u(a);
      CREATE INDEX "i 1" ON t(a COLLATE NOCASE DESC, ("b c" || 'x') COLLATE rtrim, lower("order")) WHERE "order" > 'x';
      CREATE VIEW "v w"(x, "end") AS WITH q AS (SELECT a FROM t) SELECT q.a, 1 FROM q LEFT JOIN u USING (a) ORDER BY 1 DESC;
      CREATE TRIGGER "t r" AFTER UPDATE OF a, "order" ON t WHEN NEW.a IS NOT OLD.a BEGIN
        INSERT OR REPLACE INTO u(a) VALUES (NEW."b c"); SELECT RAISE(ABORT, 'n;o') WHERE NEW.a = CASE OLD.a WHEN 1 THEN 2 END; END;
      CREATE TRIGGER i INSTEAD OF INSERT ON "v w" BEGIN DELETE FROM u; END;
      CREATE VIRTUAL TABLE f USING fts5(a, "b c", content='t', tokenize = "unicode61 tokenchars '-'");`)
    expect(schemaDifferences(engine)).toEqual([])
    expect(schemaDifferences(printedAnew(engine))).toEqual([])
  })
})

describe("nameSpan", () => {
  const cases: ReadonlyArray<readonly [sql: string, name: string, table?: string]> = [
    ["CREATE TABLE main.\"a b\" (x)", "main.\"a b\""],
    ["create table a(x)", "a"],
    ["CREATE VIRTUAL TABLE 'f' USING m", "'f'"],
    ["CREATE UNIQUE INDEX IF NOT EXISTS i ON /* c */ [t](x)", "i", "[t]"],
    ["CREATE TRIGGER main.after AFTER UPDATE OF a, b ON t BEGIN SELECT 1; END", "main.after", "t"],
    ["CREATE TRIGGER t INSERT ON \"on\" BEGIN SELECT 1; END", "t", "\"on\""]
  ]
  for (const [sql, name, table] of cases) {
    test(sql, () => {
      const span = nameSpan(sql)
      expect(sql.slice(span?.start, span?.end)).toBe(name)
      expect(span?.table === undefined ? undefined : sql.slice(span.table.start, span.table.end)).toBe(table)
    })
  }
  test("finds nothing in another statement", () => expect(nameSpan("DROP TABLE a")).toBeUndefined())
})

describe("parts of a table", () => {
  test("printColumn writes what ALTER TABLE ADD COLUMN takes", () => {
    const sql = printColumn({ name: "b c", type: "varchar(10)", notNull: true, default: "'x'", collate: "NOCASE" }, [
      { kind: "check", name: "long", expression: "length(\"b c\") > 0" },
      { kind: "foreign key", columns: ["b c"], table: "u", referenced: ["id"], onDelete: "CASCADE", deferred: true }
    ])
    expect(sql).toBe(
      "\"b c\" varchar(10) NOT NULL DEFAULT 'x' COLLATE NOCASE CONSTRAINT long CHECK (length(\"b c\") > 0) " +
        "REFERENCES u(id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
    )
    const engine = open()
    engine.exec(`PRAGMA foreign_keys = OFF; CREATE TABLE t(a); ALTER TABLE t ADD COLUMN ${sql}`)
    expect(schemaDifferences(engine)).toEqual([])
  })

  test("printConstraint", () => {
    expect(
      printConstraint({
        kind: "primary key",
        name: "end",
        columns: [{ column: "a", descending: true }],
        autoincrement: true
      })
    )
      .toBe("CONSTRAINT \"end\" PRIMARY KEY (a DESC AUTOINCREMENT)")
    expect(printConstraint({ kind: "unique", columns: [{ column: "a", collate: "x y" }], conflict: "IGNORE" })).toBe(
      "UNIQUE (a COLLATE \"x y\") ON CONFLICT IGNORE"
    )
  })
})
