import { expect, test } from "bun:test"
import { signOfSqlite } from "../../src/text/SqliteSigns.ts"

test("what only SQLite says is found, outside of comments and strings", () => {
  const found = (sql: string) => signOfSqlite(sql)
  expect(found("CREATE TABLE t (a INT) WITHOUT ROWID")).toBe("WITHOUT ROWID")
  expect(found("CREATE TABLE t (a INT) strict;")).toBe("STRICT")
  expect(found("-- x\nPRAGMA foreign_keys = OFF;")).toBe("PRAGMA")
  expect(found("CREATE TABLE [t] ([a b] int)")).toBe("names in brackets")
  expect(found("CREATE TABLE `t` (a int)")).toBe("names in backticks")
  expect(found("CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END")).toBe("CREATE TRIGGER … BEGIN")
  expect(found("-- autoincrement\nSELECT 'PRAGMA x' /* WITHOUT ROWID */")).toBeUndefined()
})

test("nothing is found in SQL of PostgreSQL", () => {
  expect(signOfSqlite(`
    CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY, tags text[] DEFAULT ARRAY['a']::text[], m int[3][3], at timestamp);
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql STRICT AS $$ BEGIN NEW.tags[1] := 'x'; RETURN NEW; END $$;
    CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
    CREATE INDEX i ON t ((tags[1]));
  `)).toBeUndefined()
})
