import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { validateFiles } from "../../../src/postgres/sql/Validation.ts"
import * as it from "../../effect.ts"
import { type Case, unmark } from "./marked.ts"

/** Judges one case: exactly these codes at exactly these places. Warnings of other codes are left out. */
const check = ([codes, sql, form = "declarative"]: Case): void =>
  it.effect(`${codes || "nothing"}: ${sql}`, () =>
    Effect.gen(function*() {
      const { text, places } = unmark(sql)
      const { issues, valid } = yield* validateFiles([{ path: "s.lp.sql", text, form }])
      const expected = codes === "" ? [] : codes.split(" ")
      const found = issues.filter(({ severity, code }) => severity === "error" || expected.includes(code))
      expect(found.map(({ code }): string => code)).toEqual(expected)
      expect(found.map(({ line, column, end_line, end_column }) => ({ line, column, end_line, end_column }))).toEqual([
        ...places
      ])
      expect(valid).toBe(issues.every(({ severity }) => severity === "warning"))
    }))

const table = "CREATE TABLE t (id int PRIMARY KEY, a int, \"B b\" int);\n"

describe("syntax errors", () => {
  const cases: ReadonlyArray<Case> = [
    ["syntax_error", "CREATE TABLE t (\n  id int,\n  name text «SERIAL»\n);"],
    ["syntax_error", "«CREAT» TABLE t (id int);"],
    ["syntax_error syntax_error", "CREATE TABLE t (id int «FOO»);\nCREATE TABLE u (id int «BAR»);"],
    ["syntax_error syntax_error", "CREATE TABLE t (id int «FOO», ok int, b text «BAR», z int);"],
    ["syntax_error syntax_error", "CREATE TABLE t (id int)\n«CREATE» TABLE u (id int «BAR»)"],
    ["syntax_error syntax_error", "CREATE TABLE t (id int «FOO»)\nCREATE TABLE u (id int «BAR»);"],
    ["syntax_error syntax_error", "CREATE TABLE t (\n  id int\n«CREATE» TABLE u (id int «BAR»);"],
    ["syntax_error syntax_error", "CREATE TABLE t (a int,«,» b int,\n«)»;"],
    ["syntax_error", "CREATE TABLE t («»"],
    ["syntax_error", "CREATE TABLE \"é😀\" (é😀 int «FÖÖ»);"],
    ["syntax_error syntax_error", "-- é😀\r\nCREATE TABLE t (id int «FOO»);\r\n/* 😀 */ «CREAT» x;\r\n"],
    ["syntax_error", "CREATE TABLE t (id int)\r«CREATE» TABLE u (id int);"],
    ["syntax_error", "\ufeff«CREAT» TABLE t (id int);"],
    ["syntax_error syntax_error", "CREATE TABLE t (a text DEFAULT «'x);»\nCREATE TABLE u (id int «FOO»);"],
    ["syntax_error", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS «$$ SELECT 1;»"],
    [
      "syntax_error",
      "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END AS «1»; END;\nCREATE TABLE t ();"
    ],
    [
      "syntax_error",
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT ; FOO; $$;\nCREATE TABLE t (id int «FOO»);"
    ],
    ["syntax_error", "CREATE TABLE t (id int «FOO»); -- a ; in a comment 'and a quote"],
    ["syntax_error", "CREATE TABLE t (a int, «\0» b int);"],
    ["syntax_error", "«\\»restrict x\nCREATE TABLE t (id int);"]
  ]
  cases.forEach(check)
})

describe("missing_type", () => {
  const cases: ReadonlyArray<Case> = [
    ["missing_type", "CREATE TABLE t («a», b int);"],
    ["missing_type missing_type", "CREATE TABLE t («a», «b»);"],
    ["missing_type missing_type missing_type syntax_error", "CREATE TABLE t («a», «b», «c» NOT NULL, d int «FOO»)"],
    ["syntax_error", "CREATE TABLE t (a, b) AS «SELEC» 1;"],
    [
      "missing_type missing_type missing_type",
      "CREATE TABLE t («a» NOT NULL, b int, \"«C»\" PRIMARY KEY, «d»);".replace("\"«C»\"", "«\"C\"»")
    ],
    ["missing_type", "CREATE TABLE t (b int, «a» GENERATED ALWAYS AS IDENTITY);"],
    ["missing_type", "CREATE TABLE t (b int);\nALTER TABLE t ADD COLUMN «x»;"],
    ["missing_type syntax_error", "CREATE TABLE t («time» DEFAULT now(), CONSTRAINT «,» b int);"]
  ]
  cases.forEach(check)
})

describe("declarative rules", () => {
  const cases: ReadonlyArray<Case> = [
    ["", table + "GRANT SELECT ON t TO PUBLIC;\nALTER TABLE public.t OWNER TO app;"],
    ["", "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;"],
    ["dangerous_drop_table", "«DROP TABLE t»;"],
    ["dangerous_drop_column", "ALTER TABLE t ADD x numeric(1, 2), «DROP COLUMN a», ALTER b SET NOT NULL;"],
    ["dangerous_drop_column", "ALTER TABLE ONLY \"s\".\"t\" «DROP a CASCADE»"],
    ["non_declarative_statement", "«IMPORT FOREIGN SCHEMA remote FROM SERVER s INTO public»;"],
    ["non_declarative_statement", "«ALTER SERVER s OPTIONS (SET host 'h')»;"],
    ["", "CREATE FOREIGN DATA WRAPPER w;\nCREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'h', api_key_id 'k');"],
    [
      "secret_left_out secret_left_out",
      "«CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (user 'u', password 'p')»;\n" +
      "«CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (api_key 'k')»;"
    ],
    ["dangerous_truncate", "«TRUNCATE t»;"],
    ["dangerous_delete_all", "«DELETE FROM t»;"],
    ["non_declarative_statement", "«DELETE FROM t WHERE a = 1»;"],
    ["non_declarative_if_not_exists", "CREATE TABLE «IF NOT EXISTS» t (id int);"],
    ["non_declarative_if_not_exists", "CREATE INDEX «IF NOT EXISTS» i ON nowhere.t (id);"],
    ["non_declarative_if_not_exists", "CREATE EXTENSION «IF NOT EXISTS» citext;"],
    ["non_declarative_if_not_exists", "CREATE SCHEMA\n  «IF NOT  EXISTS» s;"],
    ["non_declarative_if_not_exists", `${table}ALTER TABLE t ADD COLUMN x int, ADD COLUMN «IF NOT EXISTS» y int;`],
    ["non_declarative_transaction non_declarative_transaction", "«BEGIN»;\nCREATE TABLE t (id int);\n«COMMIT»;"],
    ["non_declarative_or_replace", "CREATE «OR REPLACE» VIEW v AS SELECT 1 AS a;"],
    ["non_declarative_or_replace", "CREATE «OR REPLACE» FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"],
    ["non_declarative_statement", "«INSERT INTO t VALUES (1)»;"],
    ["non_declarative_statement", "«UPDATE t SET a = 1»;"],
    ["non_declarative_statement", "«DO $$ BEGIN END $$»;"],
    ["non_declarative_statement", "«SELECT 1»;"],
    ["non_declarative_statement", "«SELECT pg_catalog.set_config('search_path', '', false)»;"],
    ["non_declarative_statement", "«SET lock_timeout = 0»;"],
    ["non_declarative_statement", "«DROP VIEW v»;"],
    ["non_declarative_statement", "«ALTER TABLE t RENAME TO u»;"],
    ["non_declarative_statement", "«ALTER TABLE t RENAME a TO b»;"],
    ["non_declarative_statement", "ALTER TABLE t «ALTER a TYPE text», ALTER b SET DEFAULT 1;"],
    ["non_declarative_statement", "ALTER TABLE t «ALTER COLUMN a DROP DEFAULT»;"],
    ["non_declarative_statement", "ALTER TABLE t «DROP CONSTRAINT c»;"],
    ["non_declarative_statement", "«ALTER DOMAIN d DROP NOT NULL»;"],
    ["non_declarative_statement", "«CREATE TEMP TABLE t (id int)»;"],
    ["non_declarative_statement", "«COPY t FROM stdin»;"],
    ["non_declarative_statement", "«VACUUM t»;"],
    ["", "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2);"],
    ["unmanaged_statement", "«CREATE ROLE joe»;"],
    ["", "CREATE TYPE t;"],
    ["", "CREATE COLLATION c FROM \"C\";"],
    ["", "CREATE FOREIGN TABLE f (id int OPTIONS (a 'b')) SERVER s OPTIONS (c 'd');"],
    ["unmanaged_statement", "«ALTER INDEX i DEPENDS ON EXTENSION e»;"],
    ["non_declarative_statement", "«ALTER FUNCTION f() NO DEPENDS ON EXTENSION e»;"],
    ["unmanaged_statement", "«COMMENT ON ROLE joe IS 'x'»;"],
    ["unmanaged_statement", "«SECURITY LABEL FOR anon ON ROLE joe IS 'x'»;"],
    ["", "SECURITY LABEL FOR anon ON COLUMN t.a IS 'x'; SECURITY LABEL ON TABLE t IS NULL;"],
    ["unmanaged_statement", "«CREATE TABLE t (id int) TABLESPACE fast»;"],
    [
      "",
      "ALTER DOMAIN d SET NOT NULL; ALTER TYPE e ADD VALUE 'x'; ALTER SEQUENCE q OWNED BY t.a; ALTER FUNCTION f() DEPENDS ON EXTENSION e;"
    ]
  ]
  cases.forEach(check)
})

describe("a dump", () => {
  const dump = (codes: string, sql: string): void => check([codes, sql, "dump"])
  dump(
    "",
    "\\restrict abc\nSET statement_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\nSET default_tablespace = '';\n\\unrestrict abc\n"
  )
  dump("", "CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;\nCREATE OR REPLACE VIEW v AS SELECT 1 AS a;")
  dump("", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$\n\\restrict\n$$;")
  dump(
    "",
    "\\connect other\nCREATE TABLE public.t (id int);\nALTER TABLE ONLY public.t ADD CONSTRAINT k PRIMARY KEY (id);"
  )
  dump(
    "",
    "SET search_path = app, public;\nCREATE TABLE t (id int PRIMARY KEY);\nCREATE TABLE app.u (id int REFERENCES t);"
  )
  dump("syntax_error", "\\restrict abc\nCREATE TABLE t (id int «FOO»);")
  dump("syntax_error", "«\\»i other.sql\nCREATE TABLE t (id int);")
  dump(
    "non_declarative_statement",
    "«COPY public.t (a) FROM stdin»;\nit's 1\n\\N\n\\.\n\nCREATE TABLE public.t (a text);"
  )
  dump("unmanaged_statement", "«SET default_tablespace = fast»;")
  dump("non_declarative_or_replace", "CREATE «OR REPLACE» FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';")
  dump("non_declarative_statement", "«SET ROLE joe»;")
})

describe("structural rules", () => {
  const cases: ReadonlyArray<Case> = [
    ["duplicate_table", "CREATE TABLE t (id int);\nCREATE VIEW «public.T» AS SELECT 1 AS a;"],
    ["duplicate_column", "CREATE TABLE t (a int, \"A\" int, «A» text);"],
    ["duplicate_column", `${table}ALTER TABLE t ADD COLUMN c int, ADD COLUMN «"B b"» int;`],
    ["duplicate_column", "CREATE TYPE t AS (a int, «a» int);"],
    ["duplicate_index", `${table}CREATE INDEX i ON t (a);\nCREATE UNIQUE INDEX CONCURRENTLY «I» ON t (id);`],
    ["duplicate_index", "CREATE TABLE t (a int, CONSTRAINT k UNIQUE (a));\nCREATE INDEX «k» ON t (a);"],
    ["duplicate_index", `${table}CREATE INDEX «t» ON t (a);`],
    ["duplicate_primary_key", "CREATE TABLE t (a int PRIMARY KEY, b int, CONSTRAINT k «PRIMARY KEY» (b));"],
    ["duplicate_primary_key", `${table}ALTER TABLE public.t ADD «PRIMARY KEY» (a);`],
    ["invalid_fk_table", "CREATE TABLE t (a int REFERENCES «us» (id));"],
    ["invalid_fk_table", `${table}ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES «public . "T"»;`],
    ["invalid_fk_table", "CREATE SCHEMA s;\nCREATE TABLE t (a int REFERENCES «s.t» (id));"],
    [
      "invalid_fk_table",
      "CREATE SCHEMA s;\nCREATE TABLE s.u (id int PRIMARY KEY);\nCREATE TABLE t (a int REFERENCES «u»);"
    ],
    ["invalid_fk_table", "CREATE VIEW v AS SELECT 1 AS a;\nCREATE TABLE t (a int REFERENCES «v» (a));"],
    ["invalid_fk_column", `${table}CREATE TABLE u (x int REFERENCES t («x»));`],
    ["invalid_fk_column", `${table}CREATE TABLE u (x int, CONSTRAINT z FOREIGN KEY (x, «z») REFERENCES t (id, a));`],
    ["invalid_fk_column", `${table}CREATE TABLE u (x int, FOREIGN KEY (x, x) REFERENCES t (id, «"b b"»));`],
    ["invalid_fk_column", "CREATE TABLE t (a int UNIQUE);\nCREATE TABLE u (x int REFERENCES «t»);"],
    ["invalid_fk_column", `${table}CREATE TABLE u (x int, y int, FOREIGN KEY (x, y) REFERENCES «t» (id));`],
    ["invalid_fk_column", `${table}ALTER TABLE ONLY t ADD CONSTRAINT k FOREIGN KEY («é») REFERENCES t (id);`],
    ["invalid_index_column", `${table}CREATE INDEX ON t USING btree (a DESC, «c», lower(a::text));`],
    ["invalid_index_column", `${table}CREATE INDEX ON t (a) INCLUDE («c»);`],
    [
      "invalid_index_column invalid_index_column",
      `${table}CREATE INDEX ON t (lower(«c»)) WHERE t IS NOT NULL AND «d» > 0;`
    ],
    ["invalid_index_column", "CREATE INDEX ON «nowhere» (a);"],
    [
      "invalid_index_column invalid_index_column",
      "CREATE TABLE t (a int, CONSTRAINT p PRIMARY KEY (a, «p»), UNIQUE NULLS NOT DISTINCT («b»));"
    ],
    [
      "invalid_index_column",
      "CREATE TABLE p (a int);\nCREATE TABLE c (b int) INHERITS (p);\nCREATE INDEX ON c (a, b, «d»);"
    ],
    ["no_primary_key", "CREATE TABLE «public.t» (a int);"],
    ["no_primary_key", "CREATE TABLE p (a int PRIMARY KEY);\nCREATE TABLE «c» () INHERITS (p);"],
    ["empty_table", "CREATE TABLE «t» ();"],
    // what cannot be known is not reported
    ["", "CREATE TABLE t (a int REFERENCES auth.users (id));"],
    ["", "CREATE EXTENSION postgis;\nCREATE TABLE t (a int REFERENCES spatial_ref_sys);"],
    ["", "CREATE TABLE t (LIKE elsewhere.u);\nCREATE INDEX ON t (anything);"],
    ["", "CREATE TABLE t AS SELECT 1 AS a;\nCREATE INDEX ON t (a);"],
    ["", "CREATE TABLE c () INHERITS (elsewhere.p);\nCREATE INDEX ON c (anything);"],
    ["", "CREATE TABLE a () INHERITS (b);\nCREATE TABLE b () INHERITS (a);\nCREATE INDEX ON a (x);"],
    ["", `${table}CREATE INDEX ON t ((t.nope), (t IS NULL));`],
    [
      "",
      "CREATE TABLE t (id int, at tstzrange, PRIMARY KEY (id, at WITHOUT OVERLAPS), FOREIGN KEY (id, PERIOD at) REFERENCES t (id, PERIOD at));"
    ],
    // a broken definition may define what is missing
    ["syntax_error", "CREATE TABLE u (id int PRIMARY KEY «FOO»);\nCREATE TABLE t (a int REFERENCES u (id));"],
    [
      "syntax_error invalid_fk_table",
      "CREATE TABLE t (a int REFERENCES u, b int «FOO»);\nCREATE TABLE w (a int REFERENCES «v»);\n".replace("u,", "t,")
    ]
  ]
  cases.forEach(check)
})

describe("several files", () => {
  it.effect("are one schema", () =>
    Effect.gen(function*() {
      const { issues } = yield* validateFiles([
        {
          path: "a.lp.sql",
          text: "CREATE TABLE t (id int PRIMARY KEY, u int REFERENCES u);\nCREATE INDEX i ON t (u);"
        },
        {
          path: "b.lp.sql",
          text: "CREATE TABLE u (id int PRIMARY KEY);\nCREATE INDEX i ON u (id);\nCREATE TABLE t (a int);"
        }
      ])
      expect(issues.map(({ file, line, code }) => [file, line, code])).toEqual([
        ["b.lp.sql", 2, "duplicate_index"],
        ["b.lp.sql", 3, "duplicate_table"]
      ])
    }))

  it.effect("report every error of each in one run", () =>
    Effect.gen(function*() {
      const { issues } = yield* validateFiles([
        { path: "a.lp.sql", text: "CREATE TABLE t (id int FOO);\nDROP TABLE x;" },
        { path: "b.lp.sql", text: "CREATE TABLE u (id int PRIMARY KEY, id int);\nCREAT x;" }
      ])
      expect(issues.map(({ file, line, code }) => [file, line, code])).toEqual([
        ["a.lp.sql", 1, "syntax_error"],
        ["a.lp.sql", 2, "dangerous_drop_table"],
        ["b.lp.sql", 1, "duplicate_column"],
        ["b.lp.sql", 2, "syntax_error"]
      ])
    }))
})
