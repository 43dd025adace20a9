import { expect, test } from "bun:test"
import { lossesIn } from "../../src/sqlite/Losses.ts"

const cases: ReadonlyArray<readonly [statements: ReadonlyArray<string>, losses: ReadonlyArray<string>]> = [
  [["DROP TABLE users"], ["all rows of table users are lost"]],
  [["drop table if exists main.\"Users\""], ["all rows of table Users are lost"]],
  [["ALTER TABLE users DROP COLUMN age"], ["the values of users.age are lost"]],
  [["ALTER TABLE users DROP age"], ["the values of users.age are lost"]],
  [["ALTER TABLE users DROP CONSTRAINT adult"], []],
  [["ALTER TABLE users RENAME TO people"], []],
  [["ALTER TABLE users ADD COLUMN age INT"], []],
  [["DELETE FROM users WHERE id = 1"], ["rows of table users are deleted"]],
  [["WITH old AS (SELECT 1) DELETE FROM users"], ["rows of table users are deleted"]],
  [["UPDATE OR IGNORE users SET a = 1"], ["values of users are changed"]],
  [["REPLACE INTO users VALUES (1)"], ["rows of table users may be replaced"]],
  [["INSERT INTO users VALUES (1) ON CONFLICT DO UPDATE SET a = 1"], ["rows of table users may be replaced"]],
  [["INSERT INTO users VALUES (1)"], []],
  [["PRAGMA writable_schema = ON"], ["the schema is edited as text, which can destroy the database"]],
  [["CREATE TRIGGER t AFTER INSERT ON users BEGIN DELETE FROM users; END"], []],
  [["CREATE TABLE scratch (a)", "DROP TABLE scratch"], []],
  // every row goes over into the table that takes the name
  [[
    "CREATE TABLE made (id)",
    "INSERT OR ABORT INTO made (id) SELECT id FROM users",
    "DROP TABLE users",
    "ALTER TABLE made RENAME TO users"
  ], []],
  // into one that was there before, or columns under other names
  [["INSERT OR ABORT INTO made (id) SELECT id FROM users", "DROP TABLE users", "ALTER TABLE made RENAME TO users"], [
    "all rows of table users are lost"
  ]],
  [[
    "CREATE TABLE made (a, b)",
    "INSERT OR ABORT INTO made (a, b) SELECT b, a FROM users",
    "DROP TABLE users",
    "ALTER TABLE made RENAME TO users"
  ], ["all rows of table users are lost"]],
  [["DROP TABLE users", "CREATE TABLE users (id)"], ["all rows of table users are lost"]],
  // some do not
  [[
    "CREATE TABLE made (id)",
    "INSERT OR ABORT INTO made (id) SELECT id FROM users WHERE id < 10",
    "DROP TABLE users",
    "ALTER TABLE made RENAME TO users"
  ], ["all rows of table users are lost"]],
  [["INSERT INTO made (id) SELECT id FROM users", "DROP TABLE users", "ALTER TABLE made RENAME TO users"], [
    "all rows of table users are lost"
  ]],
  [["DROP TABLE users", "ALTER TABLE made RENAME TO users"], ["all rows of table users are lost"]]
]

for (const [statements, losses] of cases) {
  test(statements.join("; "), () => expect(lossesIn(statements)).toEqual([...losses]))
}
