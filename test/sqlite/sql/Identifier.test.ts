import { describe, expect, test } from "bun:test"
import { foldName, quoteIdentifier, quoteLiteral } from "../../../src/sqlite/sql/Identifier.ts"
import { contextualKeywords, reservedKeywords, statementKeywords } from "../../../src/sqlite/sql/keywords.ts"
import { open } from "./engine.ts"

const oddNames = [
  "a",
  "A b",
  "a\"b",
  "1a",
  "",
  "é",
  "a$",
  "$a",
  "_",
  "a-b",
  "a.b",
  "'a'",
  "[a]",
  "rowid",
  "strict",
  "😀"
]

/** Statements that use a name in every place where one can stand. */
const uses = (name: string): ReadonlyArray<string> => [
  `CREATE TABLE ${name}(${name} INT, b)`,
  `INSERT INTO ${name}(${name}) VALUES (1)`,
  `UPDATE ${name} SET ${name} = ${name} + 1 WHERE ${name} = 1 AND NOT ${name}`,
  `SELECT ${name}.${name}, -${name}, b ${name}, abs(${name}) AS ${name} FROM ${name} WHERE ${name} IN (${name}) GROUP BY ${name} ORDER BY ${name} DESC`,
  `SELECT CASE WHEN ${name} > 1 THEN ${name} ELSE ${name} END, sum(b) OVER (PARTITION BY ${name} ORDER BY ${name}) FROM ${name}`,
  `SELECT ${name}.${name} FROM ${name} ${name} LEFT JOIN ${name} q2 ON q2.${name} = ${name}.b`,
  `WITH ${name}(${name}) AS (SELECT 1) SELECT * FROM ${name}`,
  `CREATE TABLE t2(k1, c2 INT CONSTRAINT ${name} CHECK (k1 > 0), ${name} INT CHECK (${name} > 0), CONSTRAINT ${name} UNIQUE (${name}), FOREIGN KEY (${name}) REFERENCES ${name}(${name}))`,
  `CREATE TRIGGER ${name} AFTER UPDATE OF ${name} ON ${name} WHEN NEW.${name} > 1 BEGIN UPDATE t2 SET ${name} = 1 WHERE ${name}; END`,
  `DROP TRIGGER ${name}`,
  `CREATE INDEX i2 ON ${name}(${name}) WHERE ${name} > 0`,
  `ALTER TABLE ${name} RENAME COLUMN ${name} TO zz`,
  `ALTER TABLE ${name} RENAME COLUMN zz TO ${name}`,
  `DROP TABLE ${name}`,
  `CREATE INDEX ${name} ON t2(k1)`,
  `DROP INDEX ${name}`,
  `CREATE VIEW ${name}(${name}) AS SELECT k1 FROM t2`,
  `DROP VIEW ${name}`
]

describe("quoteIdentifier", () => {
  for (const word of [...reservedKeywords, ...contextualKeywords, ...statementKeywords, ...oddNames]) {
    if (word === "") continue
    test(`${word} is a name everywhere`, () => {
      const engine = open()
      for (const sql of uses(quoteIdentifier(word))) engine.exec(sql)
      engine.exec(`CREATE TABLE ${quoteIdentifier(word)}(x)`)
      expect(engine.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 't2'")).toEqual([{
        name: word
      }])
    })
  }

  test("leaves bare what needs no quotes", () => {
    expect(["users", "Key", "action", "a$1", "_x", "view"].map(quoteIdentifier)).toEqual([
      "users",
      "Key",
      "action",
      "a$1",
      "_x",
      "view"
    ])
  })

  test("has no word without quotes that the engine refuses", () => {
    for (const word of reservedKeywords) expect(() => open().exec(`CREATE TABLE ${word}(a)`)).toThrow()
  })
})

test("foldName folds ASCII letters alone, as the engine does", () => {
  expect(foldName("ÄbC")).toBe("Äbc")
  const engine = open()
  engine.exec("CREATE TABLE Äb(x)")
  expect(engine.rows("SELECT x FROM ÄB")).toEqual([])
  expect(() => engine.rows("SELECT x FROM äb")).toThrow()
})

test("quoteLiteral gives the text back", () => {
  for (const text of ["", "a'b", "''", "\\", "é\n"]) {
    expect(open().rows(`SELECT ${quoteLiteral(text)} AS text`)).toEqual([{ text }])
  }
})
