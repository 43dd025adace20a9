import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { parse } from "../../../src/postgres/sql/Parser.ts"
import { describeStatement, type Name } from "../../../src/postgres/sql/Statement.ts"
import * as it from "../../effect.ts"

const show = ({ space, schema, name }: Name): string => `${space} ${schema === undefined ? name : `${schema}.${name}`}`

describe("a statement's names", () => {
  const cases: ReadonlyArray<
    readonly [sql: string, kind: string, defines: string, references: string, roles?: string]
  > = [
    ["CREATE SCHEMA s", "schema", "schema s", ""],
    ["CREATE EXTENSION citext WITH SCHEMA ext", "extension", "extension citext", "schema ext"],
    ["CREATE TYPE s.e AS ENUM ('a')", "enum type", "type s.e", "schema s"],
    ["CREATE DOMAIN d AS s.e COLLATE c", "domain", "type d", "collation c, schema s, type s.e"],
    [
      "CREATE TABLE a.t (i bigint DEFAULT nextval('a.s'), m myenum[], FOREIGN KEY (i) REFERENCES q, LIKE l) INHERITS (p)",
      "table",
      "relation a.t, type a.t",
      "relation a.s, relation l, relation p, relation q, routine nextval, schema a, type myenum"
    ],
    ["CREATE TABLE t PARTITION OF s.p DEFAULT", "table", "relation t, type t", "relation s.p, schema s"],
    [
      "CREATE VIEW v AS WITH w AS (SELECT 1 AS x) SELECT s.f(x) FROM w JOIN t ON true",
      "view",
      "relation v, type v",
      "relation t, routine s.f, schema s"
    ],
    [
      "CREATE INDEX i ON s.t (lower(a) my_ops)",
      "index",
      "relation s.i",
      "operator class my_ops, relation s.t, routine lower, schema s"
    ],
    ["CREATE TRIGGER g BEFORE INSERT ON t EXECUTE FUNCTION s.f()", "trigger", "", "relation t, routine s.f, schema s"],
    [
      "CREATE FUNCTION f(a t.c%TYPE) RETURNS SETOF r LANGUAGE sql BEGIN ATOMIC SELECT * FROM q; END",
      "function",
      "routine f",
      "relation q, relation t, type r"
    ],
    ["CREATE POLICY p ON t TO joe USING (true)", "policy", "", "relation t", "joe"],
    ["COMMENT ON COLUMN s.t.c IS 'x'", "column", "", "relation s.t, schema s"],
    ["ALTER SEQUENCE q OWNED BY s.t.c", "sequence", "", "relation q, relation s.t, schema s"],
    ["ALTER TABLE ONLY p ATTACH PARTITION c DEFAULT", "table", "", "relation c, relation p"],
    ["ALTER TABLE t OWNER TO bob", "table", "", "relation t", "bob"],
    ["GRANT SELECT ON t TO joe", "privileges", "", "relation t", "joe"],
    ["CREATE SCHEMA s CREATE TABLE t (i int)", "schema", "relation s.t, schema s, type s.t", "relation t"]
  ]
  for (const [sql, kind, defines, references, roles = ""] of cases) {
    it.effect(sql, () =>
      Effect.gen(function*() {
        const { statements } = yield* parse({ path: "s.lp.sql", text: sql })
        const [found] = statements.map(describeStatement)
        expect(found?.kind).toBe(kind)
        expect(found?.defines.map(show).toSorted().join(", ")).toBe(defines)
        expect(found?.references.map(show).toSorted().join(", ")).toBe(references)
        expect(found?.roles.join(", ")).toBe(roles)
      }))
  }
})
