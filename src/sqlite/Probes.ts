/**
 * What only the rows of the target can tell: whether a plan's new rules hold for them. Asked before anything runs, so that
 * everything that stands in the way is told at once, with numbers.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { canonicalJson, type Catalog, type CatalogObject, partsIndex } from "../Catalog.ts"
import type { Obstacle, PlannedChange } from "../Dialect.ts"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { affinityOf } from "./Affinity.ts"
import { collationObstacles } from "./Collations.ts"
import { quoteObstacles } from "./DoubleQuotes.ts"
import { columnNamed, columnsAmong, isAsBefore, type Kept, keptTables } from "./KeptTables.ts"
import { IndexState } from "./kinds/index.ts"
import { main, objectId } from "./kinds/names.ts"
import { columnDefinition, constraintDefinition, isColumn } from "./kinds/table/state.ts"
import { rowsAfter, storedAs } from "./RowsAfter.ts"
import type { ColumnDefinition, ConstraintDefinition, KeyPart } from "./sql/Definition.ts"
import { foldName, quoteIdentifier } from "./sql/Identifier.ts"
import { namesIn } from "./sql/Spelling.ts"

/** A question whose answer is a number of rows, and what is wrong where that is not zero. */
interface Probe {
  readonly sql: string
  readonly problem: (rows: number) => string
  readonly next: string
}

const rows = (n: number): string => n === 1 ? "1 row" : `${n} rows`

const correct = "Correct these rows and run the plan again."

/** The values that a STRICT column of a type takes besides NULL (SQLite, "STRICT Tables", 2); undefined for those that take all. */
const takenBy: ReadonlyMap<string, string> = new Map([
  ["INT", "integer"],
  ["INTEGER", "integer"],
  ["REAL", "real"],
  ["TEXT", "text"],
  ["BLOB", "blob"]
])

/** The condition for a value that SQLite cannot store as one of the type. */
const refusedBy = (type: string, value: string): string | undefined => {
  const taken = takenBy.get(type.toUpperCase())
  if (taken === undefined) return undefined
  const { holds, value: stored } = storedAs(value, affinityOf(type))
  return `NOT (typeof(${value}) = 'null' OR ${
    holds === undefined ? "" : `${holds} AND `
  }typeof(${stored}) = '${taken}')`
}

/**
 * True for a column that holds no NULL: by NOT NULL, or as a part of the primary key of a table that is STRICT or WITHOUT
 * ROWID, or as the rowid itself, which a NULL would become a number in.
 */
const refusesNull = (
  column: ColumnDefinition,
  parts: ReadonlyArray<CatalogObject>,
  strict: boolean,
  withoutRowid: boolean
): boolean =>
  column.notNull === true || parts.some((part) => {
    const key = constraintDefinition(part)
    if (key?.kind !== "primary key") return false
    const isRowid = key.columns.length === 1 && key.noAlias !== true && column.type?.toUpperCase() === "INTEGER"
    return (strict || withoutRowid || isRowid) &&
      key.columns.some((part) => part.column !== undefined && foldName(part.column) === foldName(column.name))
  })

/** A computed column is asked as it will be computed. */
const computedProbes = (table: Kept, column: ColumnDefinition): ReadonlyArray<Probe> => {
  const was = columnNamed(table.before, table.nameNow(column.name) ?? "")
  const from = rowsAfter(table, [column.name], "keys")
  return column.notNull !== true || from === undefined || was?.notNull === true && isAsBefore(table, column.name) ?
    [] :
    [{
      sql: `SELECT count(*) AS n FROM ${from} WHERE ${quoteIdentifier(column.name)} IS NULL`,
      problem: (n) => `${table.name}.${column.name} is to be NOT NULL, and would be NULL in ${rows(n)}`,
      next: correct
    }]
}

const columnProbes = (table: Kept): ReadonlyArray<Probe> =>
  table.after.filter(isColumn).map(columnDefinition).flatMap((column): ReadonlyArray<Probe> => {
    const display = `${table.name}.${column.name}`
    const now = table.nameNow(column.name)
    const was = now === undefined ? undefined : columnNamed(table.before, now)
    const from = `FROM main.${quoteIdentifier(table.name)}`
    if (column.generated !== undefined) return computedProbes(table, column)
    const isAlias = foldName(table.alias ?? "") === foldName(column.name)
    if (now === undefined || was === undefined) {
      return column.notNull === true && column.default === undefined && !isAlias
        ? [{
          sql: `SELECT count(*) AS n ${from}`,
          problem: (n) => `${display} is new, NOT NULL and without a default, and ${table.name} has ${rows(n)}`,
          next: "Give the column a default, or let it be NULL."
        }]
        : []
    }
    const name = quoteIdentifier(now)
    const becomesRowid = isAlias && foldName(table.aliasFrom ?? "") !== foldName(now)
    const refused = becomesRowid || table.strictTo && (!table.strictFrom || was.type !== column.type)
      ? refusedBy(column.type ?? "", name)
      : undefined
    const isNew = !refusesNull(was, table.before, table.strictFrom, table.withoutRowidFrom)
    return [
      ...(refusesNull(column, table.after, table.strictTo, table.withoutRowidTo) && (isNew || table.remade)
        ? [{
          // SQLite does not look whether a column IS NULL that is NOT NULL
          sql: `SELECT count(*) AS n ${from} WHERE typeof(${name}) = 'null'`,
          problem: (n: number) =>
            isNew
              ? `${display} is to be NOT NULL, and is NULL in ${rows(n)}`
              : `${display} is NOT NULL already, and yet NULL in ${rows(n)}, which cannot be copied`,
          next: correct
        }]
        : []),
      ...(refused === undefined ? [] : [{
        sql: `SELECT count(*) AS n ${from} WHERE ${refused}`,
        problem: (n: number) =>
          becomesRowid
            ? `${display} is to be the rowid of ${table.name}, and is no whole number in ${rows(n)}`
            : `the table ${table.name} is to be STRICT, and ${display} holds no ${column.type} in ${rows(n)}`,
        next: correct
      }])
    ]
  })

const namesOfKey = (columns: ReadonlyArray<KeyPart>, where: string | undefined): ReadonlyArray<string> => [
  ...columns.flatMap(({ column, expression }) => column ?? namesIn(expression ?? "")),
  ...namesIn(where ?? "")
]

/** Which rows a key would refuse: those that are equal in it, none of its columns being NULL. */
const keyProbe = (
  table: Kept,
  columns: ReadonlyArray<KeyPart>,
  what: string,
  where: string | undefined
): ReadonlyArray<Probe> => {
  const isPlain = where === undefined && columns.every(({ column }) => column !== undefined)
  const from = rowsAfter(table, namesOfKey(columns, where), isPlain ? "keys" : "expressions")
  if (from === undefined) return []
  const parts = columns.map(({ collate, column, expression }) =>
    `${column === undefined ? `(${expression})` : quoteIdentifier(column)}${
      collate === undefined ? "" : ` COLLATE ${quoteIdentifier(collate)}`
    }`
  )
  const conditions = [...parts.map((part) => `${part} IS NOT NULL`), ...(where === undefined ? [] : [`(${where})`])]
  return [{
    sql: `SELECT coalesce(sum(n), 0) AS n FROM (SELECT count(*) AS n FROM ${from} WHERE ${
      conditions.join(" AND ")
    } GROUP BY ${parts.join(", ")} HAVING count(*) > 1)`,
    problem: (n) => `${what} is to be unique, and ${rows(n)} of ${table.name} share their values with others`,
    next: correct
  }]
}

const checkProbe = (table: Kept, expression: string, problem: Probe["problem"]): ReadonlyArray<Probe> => {
  const from = rowsAfter(table, namesIn(expression), "expressions")
  return from === undefined
    ? []
    : [{ sql: `SELECT count(*) AS n FROM ${from} WHERE NOT (${expression})`, problem, next: correct }]
}

/** True where what is over these columns has the same to say of every row as before. */
const areAsBefore = (table: Kept, names: ReadonlyArray<string>): boolean =>
  columnsAmong(table, names).every(({ name }) => isAsBefore(table, name))

/**
 * A check that is there can be broken too: checks may have been off, and libSQL's ALTER COLUMN looks at no row. A key that is
 * there is another one where its columns compare or store otherwise.
 */
const keptConstraintProbes = (table: Kept, constraint: ConstraintDefinition): ReadonlyArray<Probe> => {
  switch (constraint.kind) {
    case "check":
      return !table.remade ? [] : checkProbe(
        table,
        constraint.expression,
        (n) =>
          areAsBefore(table, namesIn(constraint.expression))
            ? `${rows(n)} of ${table.name} break${
              n === 1 ? "s" : ""
            } the check (${constraint.expression}), which the table has already, and cannot be copied`
            : `the check (${constraint.expression}) does not hold for ${
              rows(n)
            } of ${table.name} as they would be stored`
      )
    case "primary key":
    case "unique":
      return areAsBefore(table, namesOfKey(constraint.columns, undefined)) ? [] : keyConstraintProbe(table, constraint)
    case "foreign key":
      return []
  }
}

const keyConstraintProbe = (
  table: Kept,
  { columns, kind, name }: Extract<ConstraintDefinition, { readonly kind: "primary key" | "unique" }>
): ReadonlyArray<Probe> =>
  keyProbe(
    table,
    columns,
    `the ${kind} ${
      name ?? `(${columns.map(({ column, expression }) => column ?? expression).join(", ")})`
    } of ${table.name}`,
    undefined
  )

const constraintProbes = (
  table: Kept,
  constraint: ConstraintDefinition,
  to: Catalog,
  kept: ReadonlyArray<Kept>
): ReadonlyArray<Probe> => {
  const name = constraint.name === undefined ? "" : ` ${constraint.name}`
  switch (constraint.kind) {
    case "primary key":
    case "unique":
      return keyConstraintProbe(table, constraint)
    case "check":
      return checkProbe(
        table,
        constraint.expression,
        (n) => `the check${name} (${constraint.expression}) does not hold for ${rows(n)} of ${table.name}`
      )
    case "foreign key": {
      const from = rowsAfter(table, constraint.columns, "keys")
      const parent = kept.find(({ nameAfter }) => foldName(nameAfter) === foldName(constraint.table))
      const names = constraint.referenced ?? primaryKeyOf(to, constraint.table)
      const referenced = names.flatMap((column) => parent?.nameNow(column) ?? [])
      // asked by its index, so by what it holds now
      const isKept = parent === undefined ||
        referenced.length === constraint.columns.length && names.every((name) => isAsBefore(parent, name))
      if (from === undefined || !isKept) return []
      const child = constraint.columns.map((column) => `child.${quoteIdentifier(column)}`)
      const missing = parent === undefined ? [] : [
        `NOT EXISTS (SELECT 1 FROM main.${quoteIdentifier(parent.name)} AS parent WHERE ${
          child.map((column, i) =>
            `parent.${quoteIdentifier(referenced[i] ?? "")} = ${asReferenced(column, parent, referenced[i])}`
          ).join(" AND ")
        })`
      ]
      return [{
        sql: `SELECT count(*) AS n FROM (SELECT * FROM ${from}) AS child WHERE ${
          [...child.map((column) => `${column} IS NOT NULL`), ...missing].join(" AND ")
        }`,
        problem: (n) =>
          `the foreign key${name} (${constraint.columns.join(", ")}) does not hold: ${rows(n)} of ${table.name} refer${
            n === 1 ? "s" : ""
          } to what ${constraint.table} does not have`,
        next: correct
      }]
    }
  }
}

/** A child's value as it is looked for in the parent: with the affinity of the parent's column, so that its index serves (SQLite, "Foreign Key Support", 3). */
const asReferenced = (value: string, parent: Kept, column: string | undefined): string => {
  const referenced = column === undefined ? undefined : columnNamed(parent.before, column)
  switch (referenced === undefined ? undefined : affinityOf(referenced.type, parent.strictFrom)) {
    case "TEXT":
      return `CASE WHEN typeof(${value}) IN ('integer', 'real') THEN CAST(${value} AS TEXT) ELSE +${value} END`
    case "NONE":
      return `+${value}`
    default:
      return value
  }
}

const primaryKeyOf = (catalog: Catalog, table: string): ReadonlyArray<string> =>
  (partsIndex(catalog).get(objectId("table", [main, table])) ?? []).flatMap((part) => {
    const constraint = constraintDefinition(part)
    return constraint?.kind === "primary key" ? constraint.columns.flatMap(({ column }) => column ?? []) : []
  })

const essence = ({ name: _, ...constraint }: ConstraintDefinition): string =>
  canonicalJson(
    constraint.kind !== "foreign key" ? { ...constraint } : {
      ...constraint,
      table: foldName(constraint.table),
      columns: constraint.columns.map(foldName),
      ...(constraint.referenced === undefined ? {} : { referenced: constraint.referenced.map(foldName) })
    }
  )

/** A constraint after the plan in the names that are there before it: a foreign key follows what it names. */
const asBefore = (
  table: Kept,
  constraint: ConstraintDefinition,
  kept: ReadonlyArray<Kept>
): ConstraintDefinition => {
  if (constraint.kind !== "foreign key") return constraint
  const parent = kept.find(({ nameAfter }) => foldName(nameAfter) === foldName(constraint.table))
  return {
    ...constraint,
    table: parent?.name ?? constraint.table,
    columns: constraint.columns.map((column) => table.nameNow(column) ?? column),
    ...(constraint.referenced === undefined
      ? {}
      : { referenced: constraint.referenced.map((column) => parent?.nameNow(column) ?? column) })
  }
}

const probesOf = (table: Kept, change: PlannedChange, kept: ReadonlyArray<Kept>): ReadonlyArray<Probe> => {
  const there = new Set(table.before.flatMap((part) => {
    const constraint = constraintDefinition(part)
    return constraint === undefined ? [] : [essence(constraint)]
  }))
  return [
    ...columnProbes(table),
    ...table.after.flatMap((part) => {
      const constraint = constraintDefinition(part)
      if (constraint !== undefined) {
        return there.has(essence(asBefore(table, constraint, kept)))
          ? keptConstraintProbes(table, constraint)
          : constraintProbes(table, constraint, change.to, kept)
      }
      if (part.kind !== "index" || !Schema.is(IndexState)(part.state)) return []
      const { columns, unique, where } = part.state
      const was = change.from.objects.get(part.id)?.state
      const isKept = was?.["unique"] === true && canonicalJson([was["columns"], was["where"], was["table"]]) ===
          canonicalJson([[...columns], where, part.state.table]) &&
        areAsBefore(table, namesOfKey(columns, where))
      if (isKept) return []
      return unique === true ? keyProbe(table, columns, `the index ${part.name.at(-1)}`, where) : []
    })
  ]
}

/** What stands in the way of a plan in the rows of its target. */
export const obstacles = Effect.fn("Probes.obstacles")(function*(
  session: Session,
  change: PlannedChange
): Effect.fn.Return<ReadonlyArray<Obstacle>, DatabaseError> {
  const found: Array<Obstacle> = []
  const kept = keptTables(change)
  for (const { next, problem, sql } of kept.flatMap((table) => probesOf(table, change, kept))) {
    // what cannot be asked so is found when the plan runs, and undone
    const [row] = yield* Effect.orElseSucceed(session.query(sql), () => [])
    const n = Number(row?.["n"] ?? 0)
    if (n > 0) found.push({ problem: problem(n), next })
  }
  return [
    ...found,
    ...yield* quoteObstacles(session, change.plan),
    ...yield* collationObstacles(session, change.plan)
  ]
})
