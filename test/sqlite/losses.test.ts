import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import type { Catalog } from "../../src/Catalog.ts"
import { declaredLosses, statementsOf } from "../../src/Plan.ts"
import { lossesOf } from "../../src/Preflight.ts"
import { lossesIn, undeclaredLosses } from "../../src/sqlite/Losses.ts"
import { live } from "../effect.ts"
import { file, plan, read, services } from "./world.ts"

const cases: ReadonlyArray<readonly [statements: ReadonlyArray<string>, losses: ReadonlyArray<string>]> = [
  [["DROP TABLE users"], ["All rows of table users are lost."]],
  [["drop table if exists main.\"Users\""], ["All rows of table Users are lost."]],
  [["ALTER TABLE users DROP COLUMN age"], ["The values of users.age are lost."]],
  [["ALTER TABLE users DROP age"], ["The values of users.age are lost."]],
  [["ALTER TABLE users DROP CONSTRAINT adult"], []],
  [["ALTER TABLE users RENAME TO people"], []],
  [["ALTER TABLE users ADD COLUMN age INT"], []],
  [["DELETE FROM users WHERE id = 1"], ["Rows of table users are deleted."]],
  [["WITH old AS (SELECT 1) DELETE FROM users"], ["Rows of table users are deleted."]],
  [["UPDATE OR IGNORE users SET a = 1"], ["Values of users are changed."]],
  [["REPLACE INTO users VALUES (1)"], ["Rows of table users may be replaced."]],
  [["INSERT INTO users VALUES (1) ON CONFLICT DO UPDATE SET a = 1"], ["Rows of table users may be replaced."]],
  [["INSERT INTO users VALUES (1)"], []],
  [["PRAGMA writable_schema = ON"], ["The schema is edited as text, which can destroy the database."]],
  [["CREATE TRIGGER t AFTER INSERT ON users BEGIN DELETE FROM users; END"], []],
  // by triggers that the statement fires, and no others
  [["CREATE TRIGGER x AFTER INSERT ON log BEGIN DELETE FROM users; END", "INSERT INTO log VALUES (1)"], [
    "Trigger x fires for what is written to log, and may change, delete or leave out rows."
  ]],
  [[
    "CREATE TRIGGER x AFTER INSERT ON log BEGIN INSERT INTO more VALUES (1); END",
    "CREATE TRIGGER y AFTER INSERT ON more BEGIN UPDATE users SET a = 1; END",
    "INSERT INTO log VALUES (1)"
  ], ["Trigger x fires for what is written to log, and may change, delete or leave out rows."]],
  [[
    "CREATE TRIGGER x AFTER INSERT ON log BEGIN DELETE FROM users; END",
    "ALTER TABLE log RENAME TO logs",
    "INSERT INTO logs VALUES (1)"
  ], ["Trigger x fires for what is written to logs, and may change, delete or leave out rows."]],
  [[
    "CREATE TRIGGER x AFTER INSERT ON log BEGIN INSERT INTO \"more\" VALUES (1); END",
    "ALTER TABLE more RENAME TO rest",
    "CREATE TRIGGER y AFTER INSERT ON rest BEGIN DELETE FROM users; END",
    "INSERT INTO log VALUES (1)"
  ], ["Trigger x fires for what is written to log, and may change, delete or leave out rows."]],
  [["CREATE TRIGGER x AFTER INSERT ON log BEGIN INSERT INTO more VALUES (1); END", "INSERT INTO log VALUES (1)"], []],
  [["CREATE TRIGGER x BEFORE INSERT ON log BEGIN SELECT RAISE(ABORT, 'no'); END", "INSERT INTO log VALUES (1)"], []],
  [[
    "CREATE TRIGGER x AFTER INSERT ON log BEGIN DELETE FROM users; END",
    "DROP TRIGGER main.X",
    "INSERT INTO log VALUES (1)"
  ], []],
  ...[
    "BEFORE INSERT ON made BEGIN SELECT RAISE(IGNORE) WHERE NEW.id > 1; END",
    "INSERT ON made BEGIN DELETE FROM log; END"
  ]
    .map((rest): readonly [ReadonlyArray<string>, ReadonlyArray<string>] => [[
      "CREATE TABLE made (id)",
      `CREATE TRIGGER x ${rest}`,
      "INSERT OR ABORT INTO made (id) SELECT id FROM users",
      "DROP TRIGGER x",
      "DROP TABLE users",
      "ALTER TABLE made RENAME TO users"
    ], [
      "Trigger x fires for what is written to made, and may change, delete or leave out rows.",
      "All rows of table users are lost."
    ]]),
  [["CREATE TRIGGER x AFTER DELETE ON log BEGIN DELETE FROM users; END", "DELETE FROM log"], [
    "Rows of table log are deleted.",
    "Trigger x fires for what is written to log, and may change, delete or leave out rows."
  ]],
  [["CREATE TRIGGER x AFTER DELETE ON log BEGIN DELETE FROM users; END", "UPDATE log SET a = 1"], [
    "Values of log are changed."
  ]],
  // triggers that are made again after the copy
  [[
    "CREATE TABLE made (id)",
    "INSERT OR ABORT INTO made (id) SELECT id FROM users",
    "DROP TABLE users",
    "ALTER TABLE made RENAME TO users",
    "CREATE TRIGGER x AFTER INSERT ON users BEGIN DELETE FROM users; END"
  ], []],
  // a copy of another table that had the name
  [[
    "CREATE TABLE other (id)",
    "CREATE TABLE made (id)",
    "INSERT OR ABORT INTO made (id) SELECT id FROM other",
    "ALTER TABLE other RENAME TO away",
    "ALTER TABLE users RENAME TO other",
    "DROP TABLE other",
    "ALTER TABLE made RENAME TO other"
  ], ["All rows of table other are lost."]],
  [["DELETE FROM sqlite_sequence WHERE name = 'users'"], ["Rows of table sqlite_sequence are deleted."]],
  [["CREATE TABLE made (id)", "delete from sqlite_sequence where name='made'"], []],
  [["CREATE TABLE made (id)", "DELETE FROM sqlite_sequence WHERE name = 'made' OR 1"], [
    "Rows of table sqlite_sequence are deleted."
  ]],
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
    "All rows of table users are lost."
  ]],
  [[
    "CREATE TABLE made (a, b)",
    "INSERT OR ABORT INTO made (a, b) SELECT b, a FROM users",
    "DROP TABLE users",
    "ALTER TABLE made RENAME TO users"
  ], ["All rows of table users are lost."]],
  [["DROP TABLE users", "CREATE TABLE users (id)"], ["All rows of table users are lost."]],
  // some do not
  [[
    "CREATE TABLE made (id)",
    "INSERT OR ABORT INTO made (id) SELECT id FROM users WHERE id < 10",
    "DROP TABLE users",
    "ALTER TABLE made RENAME TO users"
  ], ["All rows of table users are lost."]],
  [["INSERT INTO made (id) SELECT id FROM users", "DROP TABLE users", "ALTER TABLE made RENAME TO users"], [
    "All rows of table users are lost."
  ]],
  [["DROP TABLE users", "ALTER TABLE made RENAME TO users"], ["All rows of table users are lost."]]
]

const tell = (steps: ReadonlyArray<ReadonlyArray<string>>, before?: Catalog) => lossesIn(steps, before).flat()

for (const [statements, losses] of cases) {
  test(statements.join("; "), () => expect(tell([statements])).toEqual([...losses]))
}

/** The catalog of a script. */
const catalog = (script: string) => Effect.flatMap(file(script), ({ path }) => read(path))

const rebuild = (columns: string, copied: string): ReadonlyArray<string> => [
  `CREATE TABLE made (${columns})`,
  `INSERT OR ABORT INTO made (${copied}) SELECT ${copied} FROM users`,
  "DROP TABLE users",
  "ALTER TABLE made RENAME TO users"
]

const users = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, age INT, big INT AS (age * 2), note)"

const known: ReadonlyArray<
  readonly [name: string, steps: ReadonlyArray<ReadonlyArray<string>>, losses: ReadonlyArray<string>]
> = [
  ["a copy of all columns", [rebuild("id INTEGER PRIMARY KEY, name TEXT, age INT, note", "id, name, age, note")], []],
  ["a column that the copy leaves out", [rebuild("id INT, name TEXT, age INT, note", "id, name, note")], [
    "The values of users.age are lost."
  ]],
  ["columns that the new table does not have", [rebuild("id INT, note", "id, note")], [
    "The values of users.name are lost.",
    "The values of users.age are lost."
  ]],
  [
    "a column that is copied into another one, and a constant into its own",
    [[
      "CREATE TABLE made (id INT, name TEXT, age INT, note, old INT)",
      "INSERT OR ABORT INTO made (id, name, note, old, age) SELECT id, name, note, age, 0 FROM users",
      "DROP TABLE users",
      "ALTER TABLE made RENAME TO users"
    ]],
    ["The values of users.age are lost."]
  ],
  ...[
    ["ALTER TABLE made DROP COLUMN age", "ALTER TABLE made RENAME COLUMN other TO age"],
    ["ALTER TABLE made RENAME age TO aged", "ALTER TABLE made RENAME other TO age"]
  ].map((changes): typeof known[number] => [`a column that takes the name of another: ${changes[0]}`, [[
    "CREATE TABLE made (id, name TEXT, age INT, note, other INT)",
    "INSERT OR ABORT INTO made (id, name, age, note) SELECT id, name, age, note FROM users",
    ...changes,
    "DROP TABLE users",
    "ALTER TABLE made RENAME TO users"
  ]], ["The values of users.age are lost."]]),
  ["a constant in the place of a column that is called like one", [[
    "CREATE TABLE made (id, name, age, note)",
    "INSERT OR ABORT INTO made (id, name, age, note) SELECT id, name, CURRENT_TIMESTAMP, note FROM users",
    "DROP TABLE users",
    "ALTER TABLE made RENAME TO users"
  ]], ["The values of users.age are lost."]],
  ["a copy of every row but the doubles", [[
    "CREATE TABLE made (id, name TEXT, age INT, note)",
    "INSERT OR ABORT INTO made (id, name, age, note) SELECT DISTINCT id, name, age, note FROM users",
    "DROP TABLE users",
    "ALTER TABLE made RENAME TO users"
  ]], ["The values of users.id are lost."]],
  ["a column that is computed from now on", [rebuild("id INT, name TEXT, age INT AS (id), note", "id, name, note")], [
    "The values of users.age are lost: the column is computed from now on."
  ]],
  ["values that are stored otherwise", [rebuild("id INT, name INT, age INT, note", "id, name, age, note")], [
    "Values of users.name are stored as INTEGER from now on where they look like it, and may change by that."
  ]],
  ["a table and a column that got other names before", [
    ["ALTER TABLE users RENAME TO people"],
    ["ALTER TABLE people RENAME COLUMN name TO called"],
    [
      "CREATE TABLE made (id INT, called TEXT, age INT, note)",
      "INSERT OR ABORT INTO made (id, age, note) SELECT id, age, note FROM people",
      "DROP TABLE people",
      "ALTER TABLE made RENAME TO people"
    ]
  ], ["The values of people.called are lost."]],
  ["a table that goes after its rows have got into another", [
    rebuild("id INTEGER PRIMARY KEY, name TEXT, age INT, note", "id, name, age, note"),
    ["DROP TABLE users"]
  ], ["All rows of table users are lost."]],
  ["a copy that is thrown away and made again without rows", [[
    "CREATE TABLE made (id, name TEXT, age INT, note)",
    "INSERT OR ABORT INTO made (id, name, age, note) SELECT id, name, age, note FROM users",
    "DROP TABLE made",
    "CREATE TABLE made (id, name TEXT, age INT, note)",
    "DROP TABLE users",
    "ALTER TABLE made RENAME TO users"
  ]], ["All rows of table users are lost."]],
  ["a name that a table took from one that is new", [[
    "ALTER TABLE users RENAME TO old",
    "CREATE TABLE users (id)",
    "ALTER TABLE users RENAME TO other",
    "ALTER TABLE old RENAME TO users",
    "DROP TABLE users"
  ]], ["All rows of table users are lost."]]
]

for (const [name, steps, losses] of known) {
  live(`on a schema that is known: ${name}`, () =>
    Effect.gen(function*() {
      expect(tell(steps, yield* catalog(users))).toEqual([...losses])
    }).pipe(Effect.scoped, Effect.provide(services)))
}

live("a plan of Lockplane's own says all of it itself", () =>
  Effect.gen(function*() {
    const before = yield* file(`${users}; CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b TEXT)`)
    const { plan: made } = yield* plan(
      before,
      "CREATE TABLE users (id INTEGER PRIMARY KEY, name INT, age INT AS (1)); CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)"
    )
    expect(lossesIn(made.steps.map(statementsOf), yield* read(before.path)).flat().toSorted()).toEqual(
      made.steps.flatMap(declaredLosses).toSorted()
    )
    expect(undeclaredLosses(made.steps, yield* read(before.path)).flat()).toEqual([])
  }).pipe(Effect.scoped, Effect.provide(services)))

live("an edited step says what it does and does not declare", () =>
  Effect.gen(function*() {
    const before = yield* file(users)
    const { plan: made } = yield* plan(
      before,
      "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, age INT NOT NULL, big INT AS (age * 2))"
    )
    const edited = made.steps.map((step) => ({
      ...step,
      sql: statementsOf(step).map((sql) => sql.startsWith("INSERT OR ABORT") ? sql.replaceAll("name, ", "") : sql)
    }))
    const losses = yield* lossesOf({ ...made, steps: edited }, undefined, yield* read(before.path))
    expect(losses.map((loss) => loss.replace(/^.*: /, ""))).toEqual([
      "The values of users.note are lost.",
      "The values of users.name are lost."
    ])
  }).pipe(Effect.scoped, Effect.provide(services)))

live("what is there already fires too, or replaces rows", () =>
  Effect.gen(function*() {
    const before = yield* catalog(`
      CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE ON CONFLICT REPLACE);
      CREATE VIEW v AS SELECT id FROM t;
      CREATE TRIGGER Gone INSTEAD OF INSERT ON v BEGIN DELETE FROM t WHERE id = NEW.id; END;
      CREATE TRIGGER kept INSTEAD OF UPDATE ON v BEGIN DELETE FROM t; END;`)
    const fired = "Trigger Gone fires for what is written to v, and may change, delete or leave out rows."
    expect(tell([["INSERT INTO V (id) VALUES (1)"]], before).map((loss) => loss.replace("to V", "to v"))).toEqual([
      fired
    ])
    expect(tell([["DROP TRIGGER gone", "INSERT INTO v (id) VALUES (1)"]], before)).toEqual([])
    expect(tell([["INSERT INTO t VALUES (1, 2)"]], before)).toEqual(["Rows of table t may be replaced."])
    expect(tell([["INSERT OR ABORT INTO t VALUES (1, 2)"]], before)).toEqual([])
  }).pipe(Effect.scoped, Effect.provide(services)))

live("what AUTOINCREMENT has counted is lost unless the last that is done carries it", () =>
  Effect.gen(function*() {
    const before = yield* catalog("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v)")
    const drop = "DELETE FROM sqlite_sequence WHERE name = 'made'"
    const carry = (from: string) =>
      `INSERT INTO sqlite_sequence (name, seq) SELECT 'made', seq FROM sqlite_sequence WHERE name = '${from}'`
    const rebuilt = (...statements: ReadonlyArray<string>) =>
      tell([[
        "CREATE TABLE made (id INTEGER PRIMARY KEY AUTOINCREMENT, v)",
        "INSERT OR ABORT INTO made (id, v) SELECT id, v FROM t",
        ...statements,
        "DROP TABLE t",
        "ALTER TABLE made RENAME TO t"
      ]], before)
    const lost = ["What AUTOINCREMENT has counted for t is lost: numbers of rows that are gone may be given again."]
    expect(rebuilt(drop, carry("t"))).toEqual([])
    expect(rebuilt(carry("t"), drop)).toEqual(lost)
    expect(rebuilt(drop, carry("u"))).toEqual(lost)
    expect(rebuilt(drop, "INSERT INTO sqlite_sequence VALUES ('made', 0)")).toEqual(lost)
    expect(tell([[drop.replace("made", "t")]], before)).toEqual(["Rows of table sqlite_sequence are deleted."])
  }).pipe(Effect.scoped, Effect.provide(services)))
