/** What both families have goes to PostgreSQL and back, and is what it was. */
import { expect } from "bun:test"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { hash } from "../../src/Catalog.ts"
import * as it from "../effect.ts"
import { Genes } from "../sqlite/sql/Genes.ts"
import { Families, layer, load, print, translated } from "./families.ts"

const names = ["a", "b", "userId", "order", "x y", "Name", "é", "user", "group", "value", "end"] as const
const tableNames = ["users", "Orders", "two words", "select", "items"] as const

const quote = (name: string): string => `"${name}"`

/** Types with defaults that are the same afterwards, and a check on a column of them. */
const types: ReadonlyArray<
  readonly [type: string, defaults: ReadonlyArray<string>, checks: ReadonlyArray<(column: string) => string>]
> = [
  ["INTEGER", ["0", "5", "-3"], [
    (c) => `${c} > 0`,
    (c) => `${c} >= 1 AND ${c} <= 9`,
    (c) => `(${c} % 2) = 0 OR ${c} IS NULL`
  ]],
  ["INT", ["0"], [(c) => `${c} IN (1, 2, 3)`, (c) => `CASE WHEN ${c} > 1 THEN ${c} < 5 ELSE ${c} <> 0 END`]],
  ["SMALLINT", ["7"], [(c) => `NOT (${c} = 4)`]],
  ["TEXT", ["'it''s'", "''", "CURRENT_TIMESTAMP"], [
    (c) => `length(${c}) < 10`,
    (c) => `${c} IN ('a', 'b')`,
    (c) => `${c} <> 'x' AND lower(${c}) = ${c}`,
    (c) => `${c} LIKE 'a%'`,
    (c) => `${c} GLOB 'A*'`,
    (c) => `coalesce(${c}, '') <> 'q'`
  ]],
  ["VARCHAR(20)", ["'v'"], [(c) => `${c} <> 'x'`, (c) => `${c} NOT IN ('a', 'b')`]],
  ["VARCHAR", ["'v'"], [(c) => `length(${c}) > 1`]],
  ["CHAR(3)", ["'abc'"], [(c) => `${c} <> 'x'`]],
  ["REAL", ["0", "1.5", "-0.25"], [(c) => `${c} >= 0`, (c) => `${c} < 1.5`]],
  ["NUMERIC", ["1"], [(c) => `${c} > 0.5`]],
  ["NUMERIC(10,2)", ["0", "9.99"], [(c) => `${c} IS NOT NULL`]],
  ["BOOLEAN", ["0", "1"], [(c) => `${c} IN (FALSE, TRUE)`]],
  ["DATE", ["CURRENT_DATE", "'2024-02-29'"], [(c) => `${c} > '2000-01-01'`]],
  ["DATETIME", ["CURRENT_TIMESTAMP"], [(c) => `${c} IS NULL OR ${c} > '2000-01-01 00:00:00'`]],
  ["TIME", ["CURRENT_TIME"], []],
  ["BLOB", ["x'00ff'"], [(c) => `length(${c}) < 100`]],
  ["UUID", [], []]
]

interface Made {
  readonly name: string
  readonly key: readonly [name: string, type: string] | undefined
  readonly columns: ReadonlyArray<readonly [name: string, type: string]>
}

const actions = ["", " ON DELETE CASCADE", " ON DELETE SET NULL ON UPDATE CASCADE", " ON DELETE RESTRICT"] as const

const table = (genes: Genes, name: string, before: ReadonlyArray<Made>): readonly [sql: string, made: Made] => {
  const first = genes.below(names.length)
  const count = 1 + genes.below(6)
  const columns = Array.from({ length: count }, (_, i) => {
    const type = types[genes.below(types.length)] ?? types[0]
    return { name: names[(first + i) % names.length] ?? "a", type: type?.[0] ?? "TEXT", of: type }
  })
  const lines: Array<string> = []
  const constraints: Array<string> = []
  const drawn = genes.pick(["rowid", "plain", "pair", "none"])
  const shape = drawn === "pair" && count < 2 ? "plain" : drawn
  if (shape === "rowid") lines.push(`"id" INTEGER`)
  for (const [i, column] of columns.entries()) {
    const [, defaults = [], checks = []] = column.of ?? []
    const isKey = shape === "plain" && i === 0 || shape === "pair" && i < 2
    const type = shape === "plain" && i === 0 && column.type === "INTEGER" ? "BIGINT" : column.type
    columns[i] = { ...column, type }
    const value = defaults[genes.below(defaults.length + 1)]
    lines.push([
      quote(column.name),
      type,
      isKey || genes.chance(2) ? "NOT NULL" : "",
      value === undefined ? "" : `DEFAULT ${value}`
    ].join(" "))
    const check = checks[genes.below(checks.length + 2)]
    if (check !== undefined) {
      constraints.push(`${genes.chance(3) ? `CONSTRAINT "ck ${i}" ` : ""}CHECK (${check(quote(column.name))})`)
    }
    // PostgreSQL makes no second key on the columns of the primary key
    if (genes.chance(5) && !(shape === "plain" && i === 0)) constraints.push(`UNIQUE (${quote(column.name)})`)
  }
  if (shape === "rowid") constraints.push(`PRIMARY KEY ("id" AUTOINCREMENT)`)
  if (shape === "plain") constraints.push(`PRIMARY KEY (${quote(columns[0]?.name ?? "")})`)
  if (shape === "pair") {
    constraints.push(`PRIMARY KEY (${columns.slice(0, 2).map((column) => quote(column.name)).join(", ")})`)
  }
  const target = before[genes.below(before.length + 1)]
  if (target?.key !== undefined) {
    const [key, type] = target.key
    lines.push(`"ref" ${type === "BIGINT" ? "INTEGER" : type}`)
    constraints.push(
      `${genes.chance(2) ? "CONSTRAINT \"to it\" " : ""}FOREIGN KEY ("ref") REFERENCES ${quote(target.name)}(${
        quote(key)
      })${genes.pick(actions)}${genes.chance(3) ? " DEFERRABLE INITIALLY DEFERRED" : ""}`
    )
  }
  const key = columns[0]
  return [
    `CREATE TABLE ${quote(name)} (${[...lines, ...constraints].join(", ")})`,
    {
      name,
      columns: columns.map((column) => [column.name, column.type]),
      key: shape === "rowid"
        ? ["id", "INTEGER"]
        : shape === "plain" && key !== undefined
        ? [key.name, key.type]
        : undefined
    }
  ]
}

const index = (genes: Genes, { columns, name }: Made, at: number): string => {
  const [column, type] = columns[genes.below(columns.length)] ?? ["a", "TEXT"]
  const isText = type === "TEXT" || type.startsWith("VARCHAR")
  const key = isText && genes.chance(2) ? `(lower(${quote(column)}))` : `${quote(column)}${genes.pick(["", " DESC"])}`
  return `CREATE ${genes.pick(["", "UNIQUE "])}INDEX "ix${at}" ON ${quote(name)} (${key})${
    genes.chance(3) ? ` WHERE ${quote(column)} IS NOT NULL` : ""
  }`
}

/** A schema of what both families have. */
const schema = (genes: Genes): string => {
  const made: Array<Made> = []
  const statements: Array<string> = []
  for (const name of tableNames.slice(0, 1 + genes.below(tableNames.length))) {
    const [sql, one] = table(genes, name, made)
    made.push(one)
    statements.push(sql)
    if (genes.chance(2)) statements.push(index(genes, one, statements.length))
  }
  const [first] = made
  const [column] = first?.columns[0] ?? ["a"]
  if (first !== undefined && genes.chance(2)) {
    statements.push(
      `CREATE VIEW "a view" AS SELECT ${quote(column)} FROM ${quote(first.name)} WHERE ${quote(column)} IS NOT NULL`
    )
  }
  return `${statements.join(";\n")};\n`
}

const live = it.layer(layer)

live("a schema of what both have is the same after the way there and back", () =>
  Effect.gen(function*() {
    const families = yield* Families
    const result = yield* Arbitrary.checkEffect(
      Arbitrary.schema(Schema.Array(Schema.Int).check(Schema.isMinLength(30))),
      (list) =>
        Effect.gen(function*() {
          const sql = schema(new Genes(list))
          const before = yield* load("sqlite", sql)
          const there = yield* translated(before)
          const back = yield* translated(there.catalog)
          const left = [...there.notes, ...back.notes].filter(({ effect }) => effect === "left out")
          if (hash(back.catalog) === hash(before) && left.length === 0) return true
          const shown = [sql, there.sql, back.sql, ...left.map(({ object, why }) => `${object}: ${why}`)]
          return yield* Effect.fail([...shown, yield* print(before)].join("\n---\n"))
        }).pipe(Effect.provideService(Families, families)),
      { runs: 12, seed: it.seed }
    )
    expect(Arbitrary.formatCheckFailure(result)).toBeUndefined()
  }))
