import { describe, expect, test } from "bun:test"
import Database from "libsql"
import { validateFiles } from "../../../src/sqlite/sql/Validation.ts"
import { type Case, unmark } from "../../postgres/sql/marked.ts"

const database = new Database(":memory:")

/** Compiles a statement in an empty database. */
const probe = (sql: string): string | undefined => {
  try {
    database.prepare(sql)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Judges one case: exactly these codes at exactly these places. Warnings of other codes are left out. */
const check = ([codes, sql, form = "declarative"]: Case): void =>
  test(`${codes || "nothing"}: ${sql}`, () => {
    const { text, places } = unmark(sql)
    const { issues, valid } = validateFiles([{ path: "s.lp.sql", text, form }], probe)
    const expected = codes === "" ? [] : codes.split(" ")
    const found = issues.filter(({ severity, code }) => severity === "error" || expected.includes(code))
    expect(found.map(({ code }): string => code)).toEqual(expected)
    expect(found.map(({ line, column, end_line, end_column }) => ({ line, column, end_line, end_column }))).toEqual([
      ...places
    ])
    expect(valid).toBe(issues.every(({ severity }) => severity === "warning"))
  })

const t = "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, \"B b\" INT);\n"

describe("syntax errors", () => {
  const cases: ReadonlyArray<Case> = [
    ["syntax_error", "«CREAT» TABLE t (id int);"],
    ["syntax_error", "CREATE TABLE t (\n  id INTEGER PRIMARY KEY «AUTOINCREMNT»\n);"],
    ["syntax_error syntax_error", "CREATE TABLE t (a int NOT «NUL», ok int, b int DEFAULT«,» z int);"],
    ["syntax_error syntax_error", "CREATE TABLE t (a int CHECK «a» > 0);\nCREATE TABLE u (a int UNIQUE «KEY»);"],
    ["syntax_error syntax_error", "CREATE TABLE t (a int,«,» b int,\n«)»;"],
    ["syntax_error", "CREATE TABLE t (a int«»\n"],
    ["syntax_error", "CREATE TABLE t (a int)\n«CREATE» TABLE u (a int);"],
    ["syntax_error", "CREATE TABLE t (a int\n«CREATE» TABLE u (a int);"],
    ["syntax_error", "CREATE TABLE \"é😀\" (é😀 int NOT «FÖÖ»);"],
    ["syntax_error syntax_error", "-- é😀\r\nCREATE TABLE t (id int NOT «FOO»);\r\n/* 😀 */ «CREAT» x;\r\n"],
    ["syntax_error", "\ufeff«CREAT» TABLE t (id int);"],
    ["syntax_error", "CREATE VIEW v AS SELECT «'abc FROM t;»"],
    ["syntax_error", "CREATE VIEW v AS SELECT a, a, a FROM t WHERE a = «,» a;"],
    ["syntax_error", `${t}CREATE INDEX i ON t (a) «(»id);`],
    [
      "syntax_error syntax_error syntax_error",
      `${t}CREATE TRIGGER r AFTER INSERT ON t BEGIN UPDATE t «SETT» a = 1; SELECT 1 FROM«;» INSERT INTO t VALUES (1) «END»;\nCREATE TABLE u (a INT);`
    ],
    ["syntax_error", `${t}CREATE TRIGGER r AFTER INSERT ON t BEGIN «DROP» TABLE t; END;`],
    [
      "syntax_error",
      `${t}CREATE TRIGGER r AFTER INSERT OR «UPDATE» ON t BEGIN SELECT 1; END;`.replace("OR", "«OR»").replace(
        "«UPDATE»",
        "UPDATE"
      )
    ],
    ["syntax_error", `${t}ALTER TABLE t ADD COLUMN c INT NOT «NUL»;`],
    // an error in one statement is no error in another
    [
      "syntax_error",
      "CREATE TABLE t (id INTEGER PRIMARY KEY, a int NOT «NUL»);\nCREATE TABLE u (t REFERENCES t (id), a REFERENCES t (a));"
    ],
    ["", `${t}CREATE TRIGGER r AFTER INSERT ON t WHEN CASE WHEN 1 THEN 2 END BEGIN SELECT RAISE(ABORT, 'x;'); END;`]
  ]
  cases.forEach(check)
})

describe("what is not declarative", () => {
  const cases: ReadonlyArray<Case> = [
    ["dangerous_drop_table", `${t}«DROP TABLE t»;`],
    ["non_declarative_statement", `${t}«DROP INDEX i»;`],
    ["dangerous_delete_all non_declarative_statement", `${t}«DELETE FROM t»; «DELETE FROM t WHERE id = 1»;`],
    ["dangerous_delete_all", `${t}«WITH q AS (SELECT 1 WHERE 1) DELETE FROM t»;`],
    ["non_declarative_statement non_declarative_statement", `${t}«INSERT INTO t VALUES (1)»; «UPDATE t SET a = 1»;`],
    ["non_declarative_statement", `${t}«SELECT 1»;`],
    ["non_declarative_statement", "«PRAGMA foreign_keys = ON»;"],
    ["non_declarative_transaction non_declarative_transaction", `«BEGIN»;${t}«COMMIT»;`],
    ["non_declarative_statement non_declarative_statement", "«ATTACH 'x' AS y»; «VACUUM»"],
    ["non_declarative_if_not_exists", "CREATE TABLE «IF NOT EXISTS» t (id INTEGER PRIMARY KEY);"],
    ["non_declarative_statement", "CREATE «TEMP» TABLE t (id INTEGER PRIMARY KEY);"],
    ["non_declarative_statement", "CREATE TABLE «t» AS SELECT 1;"],
    ["unmanaged_statement", "CREATE TABLE «other.t» (id INTEGER PRIMARY KEY);"],
    ["", "CREATE TABLE main.t (id INTEGER PRIMARY KEY);"],
    ["dangerous_drop_column", `${t}«ALTER TABLE t DROP COLUMN a»;`],
    ["non_declarative_statement", `${t}«ALTER TABLE t RENAME COLUMN a TO b»;`],
    ["unmanaged_statement", `${t}«ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0)»;`],
    ["", `${t}ALTER TABLE t ADD COLUMN c INT REFERENCES t (id);\nCREATE INDEX i ON t (c);`],
    ["non_declarative_statement", "CREATE TABLE «sqlite_sequence»(name,seq);"],
    ["non_declarative_statement", "CREATE TABLE «Lockplane_Ledger» (number INTEGER PRIMARY KEY);"]
  ]
  cases.forEach(check)
})

describe("a dump", () => {
  const cases: ReadonlyArray<Case> = [
    [
      "",
      `PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n${t}CREATE TABLE sqlite_sequence(name,seq);\nDELETE FROM sqlite_sequence;\nANALYZE sqlite_schema;\nCREATE VIRTUAL TABLE f USING fts5(x)\n/* f(x) */;\nCREATE TABLE IF NOT EXISTS 'f_data'(id INTEGER PRIMARY KEY, block BLOB);\nCOMMIT;\n`,
      "dump"
    ],
    ["non_declarative_statement", `${t}«INSERT INTO t VALUES (1)»;\nINSERT INTO t VALUES (2);`, "dump"],
    // SQLite takes it, and it is there
    ["", `${t}CREATE TABLE u (id INTEGER PRIMARY KEY, a REFERENCES gone);`, "dump"],
    ["dangerous_drop_table", `${t}«DROP TABLE t»;`, "dump"]
  ]
  cases.forEach(check)
})

describe("structure", () => {
  const cases: ReadonlyArray<Case> = [
    ["duplicate_table", `${t}CREATE VIEW «T» AS SELECT 1;`],
    ["duplicate_column", "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, \"b\" INT, «\"A\"» INT);"],
    ["duplicate_column", `${t}ALTER TABLE t ADD COLUMN «a» INT;`],
    ["duplicate_primary_key", "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, CONSTRAINT k «PRIMARY KEY» (a));"],
    ["duplicate_index", `${t}CREATE INDEX i ON t (a);\nCREATE INDEX «I» ON t (id);`],
    ["duplicate_index", `${t}CREATE INDEX «t» ON t (a);`],
    [
      "invalid_definition",
      `${t}CREATE TRIGGER r INSERT ON t BEGIN SELECT 1; END; CREATE TRIGGER «r» DELETE ON t BEGIN SELECT 1; END;`
    ],
    ["missing_type", "CREATE TABLE t (id INTEGER PRIMARY KEY, «a») STRICT;"],
    ["", "CREATE TABLE t (id INTEGER PRIMARY KEY, a);"],
    ["invalid_fk_table", `${t}CREATE TABLE u (id INTEGER PRIMARY KEY, a INT REFERENCES «gone» (id));`],
    [
      "invalid_fk_table",
      `CREATE VIEW v AS SELECT 1 AS id;\nCREATE TABLE u (id INTEGER PRIMARY KEY REFERENCES «v» (id));`
    ],
    [
      "invalid_fk_column invalid_fk_column",
      `${t}CREATE TABLE u (id INTEGER PRIMARY KEY, FOREIGN KEY (id, «x») REFERENCES t (id, «"y"»));`
    ],
    ["invalid_fk_column", `${t}CREATE TABLE u (id INTEGER PRIMARY KEY, FOREIGN KEY (id) REFERENCES «t» (id, a));`],
    ["invalid_fk_column", "CREATE TABLE t (a INT);\nCREATE TABLE u (id INTEGER PRIMARY KEY REFERENCES «t»);"],
    ["", `CREATE TABLE u (id INTEGER PRIMARY KEY, a INT REFERENCES T);\n${t}`],
    ["invalid_fk_column", `${t}CREATE TABLE u (id INTEGER PRIMARY KEY REFERENCES «t» (a));`],
    ["", `${t}CREATE TABLE u (id INTEGER PRIMARY KEY REFERENCES t (a));\nCREATE UNIQUE INDEX i ON t (a DESC);`],
    [
      "invalid_fk_column",
      `${t}CREATE TABLE u (id INTEGER PRIMARY KEY REFERENCES «t» (a));\nCREATE UNIQUE INDEX i ON t (a) WHERE a > 0;`
    ],
    [
      "",
      "CREATE TABLE p (a INT, b INT, UNIQUE (a, b), PRIMARY KEY (a));\nCREATE TABLE u (x INT PRIMARY KEY, y INT, FOREIGN KEY (x, y) REFERENCES p (B, A));"
    ],
    [
      "invalid_fk_column",
      "CREATE TABLE p (a INT, b INT, UNIQUE (a, b), PRIMARY KEY (a));\nCREATE TABLE u (x INT PRIMARY KEY REFERENCES «p» (b));"
    ],
    ["invalid_index_column", `${t}CREATE INDEX i ON t (a, «c» DESC, lower("B b"), rowid);`],
    ["invalid_index_column", `${t}CREATE INDEX i ON «gone» (a);`],
    ["invalid_index_column", "CREATE TABLE t (id INTEGER PRIMARY KEY, UNIQUE (id, «x»));"],
    ["invalid_definition", "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT CHECK («b» > 0));"],
    ["invalid_definition", "CREATE TABLE t (id INTEGER PRIMARY KEY) WITHOUT «ROWD»;"],
    ["invalid_definition", "CREATE TABLE «t» (id INT PRIMARY KEY AUTOINCREMENT);"],
    ["invalid_definition", "ALTER TABLE «gone» ADD COLUMN a INT;"],
    ["no_primary_key", "CREATE TABLE «t» (a INT);"]
  ]
  cases.forEach(check)
})

describe("constraints that became a type", () => {
  const cases: ReadonlyArray<Case> = [
    ["misspelt_constraint", "CREATE TABLE t (id integer «primry» key);"],
    [
      "misleading_type misleading_type misleading_type",
      "CREATE TABLE t (id «bigserial» PRIMARY KEY, a INT, b «JSONB» NOT NULL, c «citext», d CITEXT COLLATE NOCASE, e JSON);"
    ],
    ["misspelt_constraint", "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT «UNQIUE»);"],
    ["misspelt_constraint", "CREATE TABLE t (id INTEGER «AUTO_INCREMENT» PRIMARY KEY);"],
    ["misspelt_constraint", "CREATE TABLE t (id INTEGER «KEY»);"],
    ["misspelt_constraint", `${t}ALTER TABLE t ADD COLUMN x TEXT «NUL»;`],
    [
      "",
      "CREATE TABLE t (id UNSIGNED BIG INT PRIMARY KEY, a DOUBLE PRECISION, b NATIVE CHARACTER(70), c UNIQUEIDENTIFIER, d INT GENERATED ALWAYS AS (1), e TEXT, f NUMBER, g BIT VARYING);"
    ]
  ]
  cases.forEach(check)
  test("nothing is said of real types", () => {
    const sql = unmark(cases.at(-1)?.[1] ?? "").text
    expect(validateFiles([{ path: "s.lp.sql", text: sql }], probe).issues).toEqual([])
  })
})

test("files are one schema", () => {
  const { issues } = validateFiles([
    { path: "a.lp.sql", text: "CREATE INDEX i ON t (a);\nCREATE TABLE u (id INTEGER PRIMARY KEY REFERENCES t);" },
    { path: "b.lp.sql", text: t },
    { path: "c.lp.sql", text: "CREATE TABLE t (x INT PRIMARY KEY);" }
  ], probe)
  expect(issues.map(({ code, file }) => [file, code])).toEqual([["c.lp.sql", "duplicate_table"]])
})
