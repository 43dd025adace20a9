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
import { type Plan, statementsOf } from "../Plan.ts"
import { affinityOf } from "./Affinity.ts"
import { quoteObstacles } from "./DoubleQuotes.ts"
import { IndexState } from "./kinds/index.ts"
import { main, objectId } from "./kinds/names.ts"
import { definitionOf } from "./kinds/table/creation.ts"
import { aliasOf } from "./kinds/table/rebuild.ts"
import { columnDefinition, constraintDefinition, isColumn } from "./kinds/table/state.ts"
import type { ColumnDefinition, ConstraintDefinition, KeyPart } from "./sql/Definition.ts"
import { foldName, quoteIdentifier } from "./sql/Identifier.ts"
import { namesIn } from "./sql/Spelling.ts"
import { droppedTable, wordsOf } from "./sql/Words.ts"

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
  readonly nameAfter: string
  readonly before: ReadonlyArray<CatalogObject>
  readonly after: ReadonlyArray<CatalogObject>
  readonly strictFrom: boolean
  readonly strictTo: boolean
  readonly withoutRowidFrom: boolean
  readonly withoutRowidTo: boolean
  /** Its rows are copied into a new one. */
  readonly remade: boolean
  /** The column that will be the rowid under another name. */
  readonly alias: string | undefined
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
  const gone = new Set(former.values())
  const dropped = new Set(
    plan.steps.flatMap(statementsOf).flatMap((sql) => droppedTable(wordsOf(sql)) ?? []).map(foldName)
  )
  const [partsBefore, partsAfter] = [partsIndex(from), partsIndex(to)]
  return [...to.objects.values()].filter(({ kind }) => kind === "table").flatMap((table): ReadonlyArray<Kept> => {
    // what has its name from a table that was renamed is new
    const was = from.objects.get(former.get(table.id) ?? (gone.has(table.id) ? "" : table.id))
    if (was === undefined || was.kind !== "table") return []
    const before = partsBefore.get(was.id) ?? []
    const [oldName = "", newName = ""] = [was.name[1], table.name[1]]
    return [{
      name: oldName,
      nameAfter: newName,
      before,
      after: partsAfter.get(table.id) ?? [],
      strictFrom: was.state["strict"] === true,
      strictTo: table.state["strict"] === true,
      withoutRowidFrom: was.state["withoutRowid"] === true,
      withoutRowidTo: table.state["withoutRowid"] === true,
      remade: dropped.has(foldName(newName)),
      alias: aliasOf(definitionOf(table, partsAfter.get(table.id) ?? [])),
      nameNow: (column) => {
        const ids = [newName, oldName].map((name) => objectId("column", [main, name, column]))
        const renamed = ids.flatMap((one) => former.get(one) ?? [])[0]
        const id = renamed ?? objectId("column", [main, oldName, column])
        // as is a column
        return renamed === undefined && gone.has(id) ? undefined : from.objects.get(id)?.name.at(-1)
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

/** True where the column holds the values after the plan that it held before. */
const keepsItsValues = (table: Kept, name: string): boolean => {
  const [was, is] = [columnNamed(table.before, table.nameNow(name) ?? ""), columnNamed(table.after, name)]
  return was !== undefined && is !== undefined && is.generated === undefined &&
    affinityOf(was.type, table.strictFrom) === affinityOf(is.type, table.strictTo)
}

/** True where it compares them as it did, too. */
const comparesAsBefore = (table: Kept, name: string): boolean =>
  keepsItsValues(table, name) &&
  columnNamed(table.before, table.nameNow(name) ?? "")?.collate === columnNamed(table.after, name)?.collate

/** True where an expression over the table can be asked before the plan as it is written. */
const canBeAsked = (table: Kept, expression: string): boolean =>
  namesIn(expression).filter((name) => columnNamed(table.after, name) !== undefined)
    .every((name) => foldName(table.nameNow(name) ?? "") === name && comparesAsBefore(table, name))

const columnProbes = (table: Kept): ReadonlyArray<Probe> =>
  table.after.filter(isColumn).map(columnDefinition).flatMap((column): ReadonlyArray<Probe> => {
    const display = `${table.name}.${column.name}`
    const now = table.nameNow(column.name)
    const was = now === undefined ? undefined : columnNamed(table.before, now)
    const from = `FROM main.${quoteIdentifier(table.name)}`
    if (column.generated !== undefined) return []
    if (now === undefined || was === undefined) {
      const isAlias = foldName(table.alias ?? "") === foldName(column.name)
      return column.notNull === true && column.default === undefined && !isAlias
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
    if (now === undefined || !(column === undefined ? canBeAsked(table, now) : keepsItsValues(table, column))) {
      return undefined
    }
    // the column may compare otherwise after the plan
    const compared = collate ??
      (column === undefined ? undefined : columnNamed(table.after, column)?.collate ?? "BINARY")
    return `${column === undefined ? `(${now})` : quoteIdentifier(now)}${
      compared === undefined ? "" : ` COLLATE ${quoteIdentifier(compared)}`
    }`
  })
  const known = parts.filter((part) => part !== undefined)
  if (known.length === 0 || known.length < parts.length || !canBeAsked(table, where ?? "")) return []
  const conditions = [...known.map((part) => `${part} IS NOT NULL`), ...(where === undefined ? [] : [`(${where})`])]
  return [{
    sql: `SELECT coalesce(sum(n), 0) AS n FROM (SELECT count(*) AS n FROM main.${quoteIdentifier(table.name)} WHERE ${
      conditions.join(" AND ")
    } GROUP BY ${known.join(", ")} HAVING count(*) > 1)`,
    problem: (n) => `${what} is to be unique, and ${rows(n)} of ${table.name} share their values with others`,
    next: correct
  }]
}

/** A rule that is there can be broken too: checks may have been off, and libSQL's ALTER COLUMN looks at no row. */
const keptCheckProbe = (table: Kept, constraint: ConstraintDefinition): ReadonlyArray<Probe> =>
  !table.remade || constraint.kind !== "check" ? [] : checkProbe(
    table,
    constraint.expression,
    (n) =>
      `${rows(n)} of ${table.name} break${
        n === 1 ? "s" : ""
      } the check (${constraint.expression}), which the table has already, and cannot be copied`
  )

/** A check of what is renamed, new or of another type is asked in other words than it is written in. */
const checkProbe = (table: Kept, expression: string, problem: Probe["problem"]): ReadonlyArray<Probe> =>
  canBeAsked(table, expression)
    ? [{
      sql: `SELECT count(*) AS n FROM main.${quoteIdentifier(table.name)} WHERE NOT (${expression})`,
      problem,
      next: correct
    }]
    : []

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
    case "check":
      return checkProbe(
        table,
        constraint.expression,
        (n) => `the check${name} (${constraint.expression}) does not hold for ${rows(n)} of ${table.name}`
      )
    case "foreign key": {
      const child = constraint.columns.flatMap((column) => table.nameNow(column) ?? [])
      if (
        child.length < constraint.columns.length || !constraint.columns.every((name) => comparesAsBefore(table, name))
      ) {
        return []
      }
      const parent = kept.find(({ nameAfter }) => foldName(nameAfter) === foldName(constraint.table))
      const isNull = child.map((column) => `child.${quoteIdentifier(column)} IS NOT NULL`)
      const names = constraint.referenced ?? primaryKeyOf(to, constraint.table)
      const referenced = names.flatMap((column) => parent?.nameNow(column) ?? [])
      const isAsBefore = names.every((name) => parent === undefined || comparesAsBefore(parent, name))
      if (parent !== undefined && (referenced.length !== child.length || !isAsBefore)) return []
      const missing = parent === undefined ? [] : [
        `NOT EXISTS (SELECT 1 FROM main.${quoteIdentifier(parent.name)} AS parent WHERE ${
          child.map((column, i) => `parent.${quoteIdentifier(referenced[i] ?? "")} = child.${quoteIdentifier(column)}`)
            .join(" AND ")
        })`
      ]
      return [{
        sql: `SELECT count(*) AS n FROM main.${quoteIdentifier(table.name)} AS child WHERE ${
          [...isNull, ...missing].join(" AND ")
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
          ? keptCheckProbe(table, constraint)
          : constraintProbes(table, constraint, change.to, kept)
      }
      if (part.kind !== "index" || !Schema.is(IndexState)(part.state)) return []
      const { columns, unique, where } = part.state
      const was = change.from.objects.get(part.id)?.state
      const isKept = was?.["unique"] === true && canonicalJson([was["columns"], was["where"], was["table"]]) ===
          canonicalJson([[...columns], where, part.state.table])
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
  return [...found, ...yield* quoteObstacles(session, change.plan)]
})
