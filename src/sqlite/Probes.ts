/**
 * What only the rows of the target can tell: whether a plan's new rules hold for them. Asked before anything runs, so that
 * everything that stands in the way is told at once, with numbers.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { canonicalJson, type Catalog, type CatalogObject, type ObjectId, partsIndex } from "../Catalog.ts"
import type { Obstacle, PlannedChange } from "../Dialect.ts"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import type { Plan } from "../Plan.ts"
import { IndexState } from "./kinds/index.ts"
import { main, objectId } from "./kinds/names.ts"
import { columnDefinition, constraintDefinition, isColumn } from "./kinds/table/state.ts"
import type { ColumnDefinition, ConstraintDefinition, KeyPart } from "./sql/Definition.ts"
import { foldName, quoteIdentifier } from "./sql/Identifier.ts"
import { namesIn } from "./sql/Spelling.ts"

/** A question whose answer is a number of rows, and what is wrong where that is not zero. */
interface Probe {
  readonly sql: string
  readonly problem: (rows: number) => string
  readonly next: string
}

/** A table that stays, with its columns as they are and as they will be. */
interface Kept {
  /** As the database calls it now. */
  readonly name: string
  readonly before: ReadonlyArray<CatalogObject>
  readonly after: ReadonlyArray<CatalogObject>
  readonly strictFrom: boolean
  readonly strictTo: boolean
  /** What a column of the table after the plan is called now; undefined for a new one. */
  readonly nameNow: (column: string) => string | undefined
}

const rows = (n: number): string => n === 1 ? "1 row" : `${n} rows`

const correct = "Correct these rows and run the plan again. Nothing was changed."

/** What things were called before the plan's renames, by what they are called after them. */
const formerIds = (plan: Plan): ReadonlyMap<ObjectId, ObjectId> =>
  new Map(
    plan.steps.flatMap(({ object, operation, renamed_from: from }) =>
      operation === "rename" && object !== undefined && from !== undefined ? [[object, from] as const] : []
    )
  )

const keptTables = ({ from, plan, to }: PlannedChange): ReadonlyArray<Kept> => {
  const former = formerIds(plan)
  const [partsBefore, partsAfter] = [partsIndex(from), partsIndex(to)]
  return [...to.objects.values()].filter(({ kind }) => kind === "table").flatMap((table): ReadonlyArray<Kept> => {
    const was = from.objects.get(former.get(table.id) ?? table.id)
    if (was === undefined || was.kind !== "table") return []
    const before = partsBefore.get(was.id) ?? []
    const [oldName = "", newName = ""] = [was.name[1], table.name[1]]
    return [{
      name: oldName,
      before,
      after: partsAfter.get(table.id) ?? [],
      strictFrom: was.state["strict"] === true,
      strictTo: table.state["strict"] === true,
      nameNow: (column) => {
        const ids = [newName, oldName].map((name) => objectId("column", [main, name, column]))
        const id = ids.flatMap((one) => former.get(one) ?? [])[0] ?? objectId("column", [main, oldName, column])
        return from.objects.get(id)?.name.at(-1)
      }
    }]
  })
}

const columnNamed = (parts: ReadonlyArray<CatalogObject>, name: string): ColumnDefinition | undefined =>
  parts.filter(isColumn).map(columnDefinition).find((column) => foldName(column.name) === foldName(name))

/** What a STRICT column of the type refuses to store (SQLite, "STRICT Tables", 2). */
const refusedBy = (type: string, column: string): string | undefined => {
  switch (type.toUpperCase()) {
    case "INT":
    case "INTEGER":
      return `typeof(${column}) NOT IN ('integer', 'null') AND NOT (typeof(${column}) = 'real' AND CAST(${column} AS INTEGER) = ${column}) AND NOT (typeof(${column}) = 'text' AND CAST(CAST(${column} AS INTEGER) AS TEXT) = ${column})`
    case "REAL":
      return `typeof(${column}) = 'blob' OR typeof(${column}) = 'text' AND typeof(${column} + 0.0) <> 'real' OR typeof(${column}) = 'text' AND ${column} GLOB '*[^-+0-9.eE]*'`
    case "TEXT":
      return `typeof(${column}) = 'blob'`
    case "BLOB":
      return `typeof(${column}) NOT IN ('blob', 'null')`
    default:
      return undefined
  }
}

const columnProbes = (table: Kept): ReadonlyArray<Probe> =>
  table.after.filter(isColumn).map(columnDefinition).flatMap((column): ReadonlyArray<Probe> => {
    const display = `${table.name}.${column.name}`
    const now = table.nameNow(column.name)
    const was = now === undefined ? undefined : columnNamed(table.before, now)
    const from = `FROM main.${quoteIdentifier(table.name)}`
    if (column.generated !== undefined) return []
    if (now === undefined || was === undefined) {
      return column.notNull === true && column.default === undefined
        ? [{
          sql: `SELECT count(*) AS n ${from}`,
          problem: (n) => `${display} is new, NOT NULL and without a default, and ${table.name} has ${rows(n)}`,
          next: "Give the column a default, or let it be NULL. Nothing was changed."
        }]
        : []
    }
    const name = quoteIdentifier(now)
    const refused = table.strictTo && (!table.strictFrom || was.type !== column.type)
      ? refusedBy(column.type ?? "", name)
      : undefined
    return [
      ...(column.notNull === true && was.notNull !== true
        ? [{
          sql: `SELECT count(*) AS n ${from} WHERE ${name} IS NULL`,
          problem: (n: number) => `${display} is to be NOT NULL, and is NULL in ${rows(n)}`,
          next: correct
        }]
        : []),
      ...(refused === undefined ? [] : [{
        sql: `SELECT count(*) AS n ${from} WHERE ${refused}`,
        problem: (n: number) =>
          `the table ${table.name} is to be STRICT, and ${display} holds no ${column.type} in ${rows(n)}`,
        next: correct
      }])
    ]
  })

/** Which rows a key would refuse: those that are equal in it, none of its columns being NULL. */
const keyProbe = (
  table: Kept,
  columns: ReadonlyArray<KeyPart>,
  what: string,
  where: string | undefined
): ReadonlyArray<Probe> => {
  const parts = columns.map(({ collate, column, expression }) => {
    const now = column === undefined ? expression : table.nameNow(column)
    if (now === undefined) return undefined
    return `${column === undefined ? `(${now})` : quoteIdentifier(now)}${
      collate === undefined ? "" : ` COLLATE ${quoteIdentifier(collate)}`
    }`
  })
  const known = parts.filter((part) => part !== undefined)
  if (known.length === 0 || known.length < parts.length) return []
  const conditions = [...known.map((part) => `${part} IS NOT NULL`), ...(where === undefined ? [] : [`(${where})`])]
  return [{
    sql: `SELECT coalesce(sum(n), 0) AS n FROM (SELECT count(*) AS n FROM main.${quoteIdentifier(table.name)} WHERE ${
      conditions.join(" AND ")
    } GROUP BY ${known.join(", ")} HAVING count(*) > 1)`,
    problem: (n) => `${what} is to be unique, and ${rows(n)} of ${table.name} share their values with others`,
    next: correct
  }]
}

const constraintProbes = (
  table: Kept,
  constraint: ConstraintDefinition,
  { from, to }: Pick<PlannedChange, "from" | "to">
): ReadonlyArray<Probe> => {
  const name = constraint.name === undefined ? "" : ` ${constraint.name}`
  switch (constraint.kind) {
    case "primary key":
    case "unique":
      return keyProbe(
        table,
        constraint.columns,
        `the ${constraint.kind}${
          name === ""
            ? ` (${constraint.columns.map(({ column, expression }) => column ?? expression).join(", ")})`
            : name
        } of ${table.name}`,
        undefined
      )
    case "check": {
      const columns = namesIn(constraint.expression).filter((column) => columnNamed(table.after, column) !== undefined)
      // a check of what is renamed or new is asked in other words than it is written in
      return columns.every((column) => foldName(table.nameNow(column) ?? "") === column)
        ? [{
          sql: `SELECT count(*) AS n FROM main.${quoteIdentifier(table.name)} WHERE NOT (${constraint.expression})`,
          problem: (n) => `the check${name} (${constraint.expression}) does not hold for ${rows(n)} of ${table.name}`,
          next: correct
        }]
        : []
    }
    case "foreign key": {
      const child = constraint.columns.flatMap((column) => table.nameNow(column) ?? [])
      if (child.length < constraint.columns.length) return []
      const parentNow = from.objects.get(objectId("table", [main, constraint.table]))
      const isNull = child.map((column) => `child.${quoteIdentifier(column)} IS NOT NULL`)
      const referenced = constraint.referenced ?? primaryKeyOf(to, constraint.table)
      if (parentNow !== undefined && referenced.length !== child.length) return []
      const missing = parentNow === undefined ? [] : [
        `NOT EXISTS (SELECT 1 FROM main.${quoteIdentifier(parentNow.name[1] ?? "")} AS parent WHERE ${
          child.map((column, i) => `parent.${quoteIdentifier(referenced[i] ?? "")} = child.${quoteIdentifier(column)}`)
            .join(" AND ")
        })`
      ]
      return [{
        sql: `SELECT count(*) AS n FROM main.${quoteIdentifier(table.name)} AS child WHERE ${
          [...isNull, ...missing].join(" AND ")
        }`,
        problem: (n) =>
          `the foreign key${name} (${constraint.columns.join(", ")}) does not hold: ${
            rows(n)
          } of ${table.name} refer to what ${constraint.table} does not have`,
        next: correct
      }]
    }
  }
}

const primaryKeyOf = (catalog: Catalog, table: string): ReadonlyArray<string> =>
  (partsIndex(catalog).get(objectId("table", [main, table])) ?? []).flatMap((part) => {
    const constraint = constraintDefinition(part)
    return constraint?.kind === "primary key" ? constraint.columns.flatMap(({ column }) => column ?? []) : []
  })

const essence = ({ name: _, ...constraint }: ConstraintDefinition): string => canonicalJson({ ...constraint })

const probesOf = (table: Kept, change: PlannedChange): ReadonlyArray<Probe> => {
  const there = new Set(table.before.flatMap((part) => {
    const constraint = constraintDefinition(part)
    return constraint === undefined ? [] : [essence(constraint)]
  }))
  return [
    ...columnProbes(table),
    ...table.after.flatMap((part) => {
      const constraint = constraintDefinition(part)
      if (constraint !== undefined) {
        return there.has(essence(constraint)) ? [] : constraintProbes(table, constraint, change)
      }
      if (part.kind !== "index" || change.from.objects.has(part.id) || !Schema.is(IndexState)(part.state)) return []
      const { columns, unique, where } = part.state
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
  for (const { next, problem, sql } of keptTables(change).flatMap((table) => probesOf(table, change))) {
    // what cannot be asked so is found when the plan runs, and undone
    const [row] = yield* Effect.orElseSucceed(session.query(sql), () => [])
    const n = Number(row?.["n"] ?? 0)
    if (n > 0) found.push({ problem: problem(n), next })
  }
  return found
})
