/**
 * A table that is made anew with its rows (SQLite, "ALTER TABLE", 7): the new one is created under another name, the rows
 * are copied and compared, the old one is dropped and the new one gets its name. Foreign keys are off in Lockplane's sessions,
 * or the drop would delete the rows of tables that refer to it; what points at the table keeps its name all the while.
 */
import { canonicalJson, type CatalogObject, partsIndex } from "../../../Catalog.ts"
import type { Hazard, PlanContext, Statement } from "../../../Dialect.ts"
import { affinityOf, keepsValues } from "../../Affinity.ts"
import type { ColumnDefinition, ConstraintDefinition } from "../../sql/Definition.ts"
import { foldName, quoteIdentifier, quoteLiteral } from "../../sql/Identifier.ts"
import { displayName, sqlName } from "../names.ts"
import { creationOf, definitionOf } from "./creation.ts"
import { convertedTo, sequenceLost, valuesComputed, valuesConverted, valuesLost } from "./loss.ts"

type Definition = ReturnType<typeof definitionOf>

/** A name that nothing of either schema has. */
const freeName = (wanted: string, { source, target }: PlanContext): string => {
  const taken = new Set(
    [source, target].flatMap(({ objects }) => [...objects.values()].map(({ name }) => foldName(name[1] ?? "")))
  )
  let name = wanted
  while (taken.has(foldName(name))) name = `${name}_`
  return name
}

const find = (columns: ReadonlyArray<ColumnDefinition>, name: string): ColumnDefinition | undefined =>
  columns.find((column) => foldName(column.name) === foldName(name))

const primaryKeyOf = ({ constraints }: Definition) =>
  constraints.find((constraint) => constraint.kind === "primary key")

/** The column that is the rowid under another name (SQLite, "ROWIDs and the INTEGER PRIMARY KEY"). */
export const aliasOf = (table: Definition): string | undefined => {
  const key = primaryKeyOf(table)
  const [part, ...others] = key?.columns ?? []
  if (key === undefined || part?.column === undefined || others.length > 0 || table.withoutRowid || key.noAlias) {
    return undefined
  }
  const column = find(table.columns, part.column)
  return column?.type?.toUpperCase() === "INTEGER" ? column.name : undefined
}

/** A name by which SQLite knows the rowid in both tables; undefined where columns have taken them all. */
const rowidName = (...tables: ReadonlyArray<Definition>): string | undefined =>
  ["rowid", "_rowid_", "oid"].find((name) => tables.every(({ columns }) => find(columns, name) === undefined))

/** How a row of the old table is found in the new one: SQL for each; undefined where nothing tells it from the others. */
const identityOf = (
  from: Definition,
  to: Definition,
  copied: ReadonlyArray<string>,
  rowid: string | undefined
): ReadonlyArray<readonly [old: string, made: string]> | undefined => {
  const isKept = (name: string): boolean => copied.some((column) => foldName(column) === foldName(name))
  if (rowid !== undefined) return [[rowid, rowid]]
  const alias = aliasOf(to)
  if (alias !== undefined && isKept(alias)) return [[quoteIdentifier(alias), quoteIdentifier(alias)]]
  const key = [to, from].flatMap((table) => {
    const columns = primaryKeyOf(table)?.columns ?? []
    const names = columns.flatMap(({ column }) => column ?? [])
    const isExact = names.length > 0 && names.length === columns.length && names.every((name) => {
      const [one, other] = [find(from.columns, name), find(to.columns, name)]
      return isKept(name) && affinityOf(one?.type) === affinityOf(other?.type)
    })
    return isExact && (table.withoutRowid === true || table === to) ? [names] : []
  })[0]
  return key?.map((name) => [quoteIdentifier(name), quoteIdentifier(name)])
}

const phrase = (constraint: ConstraintDefinition): string => {
  const name = constraint.name === undefined ? "" : ` ${quoteIdentifier(constraint.name)}`
  const over = constraint.kind === "check"
    ? ` (${constraint.expression})`
    : ` (${
      constraint.columns.map((part) => typeof part === "string" ? part : part.column ?? part.expression).join(", ")
    })`
  return `${constraint.kind}${name === "" ? over : name}`
}

/** What a constraint asks of rows, whatever its name and whatever happens to those that break it. */
const demand = (constraint: ConstraintDefinition): string => {
  switch (constraint.kind) {
    case "check":
      return `check ${constraint.expression}`
    case "foreign key":
      return canonicalJson([
        ...constraint.columns.map(foldName),
        foldName(constraint.table),
        ...constraint.referenced?.map(foldName) ?? []
      ])
    case "primary key":
    case "unique":
      return `${constraint.kind} ${canonicalJson(constraint.columns.map((part) => ({ ...part })))}`
  }
}

/** True for two constraints of one kind that are over the same, or have one name. */
const isAboutTheSame = (a: ConstraintDefinition, b: ConstraintDefinition): boolean =>
  a.kind === b.kind &&
  (a.kind === "primary key" || demand(a) === demand(b) || a.name !== undefined && a.name === b.name)

/** What is another than before, in words that are the same in every plan. */
const changesBetween = (from: Definition, to: Definition): ReadonlyArray<string> => {
  const listed = (constraints: ReadonlyArray<ConstraintDefinition>) =>
    new Map(constraints.map((constraint) => [canonicalJson({ ...constraint }), constraint]))
  const [before, after] = [listed(from.constraints), listed(to.constraints)]
  const gone = [...before].flatMap(([key, constraint]) => after.has(key) ? [] : [constraint])
  const come = [...after].flatMap(([key, constraint]) => before.has(key) ? [] : [constraint])
  const columns = to.columns.flatMap((column) => {
    const old = find(from.columns, column.name)
    if (old === undefined) return [`add column ${quoteIdentifier(column.name)}`]
    const name = quoteIdentifier(column.name)
    return [
      ...(old.type === column.type
        ? []
        : [`change type of ${name} from ${old.type ?? "none"} to ${column.type ?? "none"}`]),
      ...(old.notNull === column.notNull ? [] : [`change nullability of ${name}`]),
      ...(old.default === column.default ? [] : [`change default of ${name}`]),
      ...(old.collate === column.collate ? [] : [`change collation of ${name}`]),
      ...(canonicalJson({ ...old.generated }) === canonicalJson({ ...column.generated })
        ? []
        : [`change generation of ${name}`])
    ]
  })
  return [
    ...columns,
    ...from.columns.filter(({ name }) => find(to.columns, name) === undefined)
      .map(({ name }) => `drop column ${quoteIdentifier(name)}`),
    ...gone.filter((constraint) => !come.some((other) => isAboutTheSame(constraint, other)))
      .map((constraint) => `drop ${phrase(constraint)}`),
    ...come.map((constraint) =>
      `${gone.some((other) => isAboutTheSame(constraint, other)) ? "change" : "add"} ${phrase(constraint)}`
    ),
    ...(from.strict === to.strict ? [] : [to.strict ? "make it STRICT" : "make it not STRICT"]),
    ...(from.randomRowid === to.randomRowid ? [] : [`make new rowids ${to.randomRowid ? "random" : "count up"}`]),
    ...(from.withoutRowid === to.withoutRowid ? [] : [to.withoutRowid ? "leave out rowids" : "give it rowids"])
  ]
}

/** True where every row of a table with rowids has the same one afterwards. */
const keepsRowids = (from: Definition, to: Definition): boolean => {
  if (to.withoutRowid === true) return false
  const [was, is] = [aliasOf(from), aliasOf(to)]
  const isCopied = is !== undefined && find(from.columns, is) !== undefined
  return isCopied ? was !== undefined && foldName(was) === foldName(is) : rowidName(from, to) !== undefined
}

const hazardsOf = (table: string, from: Definition, to: Definition): ReadonlyArray<Hazard> => {
  const hazards: Array<Hazard> = []
  const add = (code: Hazard["code"], message: string): void => void hazards.push({ code, message })
  for (const column of from.columns) {
    const name = `${table}.${quoteIdentifier(column.name)}`
    const after = find(to.columns, column.name)
    if (after === undefined) {
      if (column.generated === undefined) add("data_loss", valuesLost(table, column.name))
    } else if (after.generated !== undefined && column.generated === undefined) {
      add("data_loss", valuesComputed(table, column.name))
    } else {
      const [was, is] = [affinityOf(column.type, from.strict), affinityOf(after.type, to.strict)]
      const converted = convertedTo({ column, strict: from.strict }, { column: after, strict: to.strict })
      if (converted !== undefined) add("conversion", valuesConverted(table, column.name, converted))
      // the rowid is an integer in every table
      if (
        to.strict === true && (from.strict !== true || was !== is) &&
        foldName(aliasOf(from) ?? "") !== foldName(column.name)
      ) {
        add("may_fail", `The step fails where a value of ${name} is no ${after.type ?? "value of the type"}.`)
      }
      if (after.notNull === true && column.notNull !== true) {
        add("may_fail", `The step fails where ${name} is NULL.`)
      }
    }
  }
  if (primaryKeyOf(from)?.autoincrement === true && primaryKeyOf(to)?.autoincrement !== true) {
    add("data_loss", sequenceLost(table))
  }
  if (from.withoutRowid !== true && !keepsRowids(from, to)) {
    add(
      "breaks_clients",
      `The rows of ${table} get other rowids: whatever refers to them by these finds others, or none.`
    )
  }
  for (const column of to.columns) {
    const isNew = find(from.columns, column.name) === undefined
    // the rowid of a row is there by itself
    const isAlias = foldName(aliasOf(to) ?? "") === foldName(column.name)
    if (
      isNew && !isAlias && column.notNull === true && column.generated === undefined && column.default === undefined
    ) {
      add(
        "fails_with_rows",
        `Column ${table}.${
          quoteIdentifier(column.name)
        } is NOT NULL and has no default: the step fails if the table has rows.`
      )
    }
  }
  const before = new Set(from.constraints.map(demand))
  for (const constraint of to.constraints) {
    if (before.has(demand(constraint))) continue
    add("may_fail", `The step fails where rows of ${table} break the new ${phrase(constraint)}.`)
  }
  add("rewrite", `Table ${table} is written anew. Nobody can write to the database meanwhile.`)
  return hazards
}

/** The name of the only rule of the table that conditions are put into. */
export const verified = "the rows were copied as they were"

/**
 * Statements that fail unless the conditions hold: they are put into a table whose only rule is that. (A temporary one would
 * do, but servers of libSQL have none.)
 */
const verify = (
  table: string,
  conditions: ReadonlyArray<readonly [what: string, condition: string]>
): ReadonlyArray<string> => [
  `CREATE TABLE ${table} (what TEXT, holds INTEGER CONSTRAINT ${quoteIdentifier(verified)} CHECK (holds IS 1))`,
  ...conditions.map(([what, condition]) => `INSERT INTO ${table} VALUES (${quoteLiteral(what)}, ${condition})`),
  `DROP TABLE ${table}`
]

/** The conditions under which the copied rows are the old ones: compared one by one where something tells them apart. */
const comparison = (
  table: string,
  made: string,
  values: ReadonlyArray<string>,
  identity: ReadonlyArray<readonly [string, string]> | undefined
): ReadonlyArray<readonly [what: string, condition: string]> => [
  [`${table}: as many rows as before`, `(SELECT count(*) FROM ${table}) = (SELECT count(*) FROM ${made})`],
  ...(identity === undefined ? [] : chunks(values).map((some) =>
    [
      `${table}: every row as before`,
      `NOT EXISTS (SELECT 1 FROM ${table} AS was LEFT JOIN ${made} AS is_now ON ${
        identity.map(([old, now]) => `is_now.${now} = was.${old}`).join(" AND ")
      } WHERE ${
        [
          `is_now.${identity[0]?.[1]} IS NULL`,
          ...some.map((column) => `was.${column} COLLATE BINARY IS NOT is_now.${column}`)
        ].join(" OR ")
      })`
    ] as const
  ))
]

/** An expression has at most a thousand levels (SQLite, "Limits In SQLite", 5), and each comparison takes two. */
const compared = 250
const chunks = (values: ReadonlyArray<string>): ReadonlyArray<ReadonlyArray<string>> =>
  values.length <= compared ? [values] : [values.slice(0, compared), ...chunks(values.slice(compared))]

/** The counter that AUTOINCREMENT has made for a table goes. */
export const counterDropped = (table: string): string =>
  `DELETE FROM sqlite_sequence WHERE name = ${quoteLiteral(table)}`

/** What AUTOINCREMENT has counted for one table, it has counted for another. */
export const counterCarried = (from: string, to: string): string =>
  `INSERT INTO sqlite_sequence (name, seq) SELECT ${quoteLiteral(to)}, seq FROM sqlite_sequence WHERE name = ${
    quoteLiteral(from)
  }`

/** What AUTOINCREMENT has counted so far, so that no number is given out again (SQLite, "SQLite Autoincrement"). */
const carrySequence = (from: Definition, to: Definition, made: string): ReadonlyArray<string> =>
  primaryKeyOf(from)?.autoincrement !== true || primaryKeyOf(to)?.autoincrement !== true
    ? []
    : [counterDropped(made), counterCarried(from.name, made)]

/** The step that makes a table anew, whatever about it changes, and moves its rows over. */
export const rebuild = (object: CatalogObject, context: PlanContext): Statement => {
  const before = context.source.objects.get(object.id) ?? object
  const from = definitionOf(before, partsIndex(context.source).get(before.id) ?? [])
  const to = definitionOf(object, context.parts(object.id))
  const [old, name] = [sqlName(before), freeName(`lockplane_new_${to.name}`, context)]
  const made = quoteIdentifier(name)
  const copied = to.columns.filter((column) =>
    column.generated === undefined && find(from.columns, column.name) !== undefined
  )
  const alias = aliasOf(to)
  const keepsRowid = from.withoutRowid !== true && to.withoutRowid !== true &&
    (alias === undefined || !copied.some((column) => column.name === alias))
  const rowid = keepsRowid ? rowidName(from, to) : undefined
  const names = copied.map((column) => quoteIdentifier(column.name))
  const columns = [...(rowid === undefined ? [] : [rowid]), ...names]
  const list = columns.join(", ")
  const kept = copied.filter((column) =>
    keepsValues(
      affinityOf(find(from.columns, column.name)?.type, from.strict),
      affinityOf(column.type, to.strict)
    )
  )
  const changes = changesBetween(from, to)
  const copy = columns.length === 0
    ? []
    // the clause overrules the ON CONFLICT of constraints, by which rows would be left out in silence
    : [`INSERT OR ABORT INTO ${made} (${list}) SELECT ${list} FROM ${old}`]
  return {
    sql: [
      creationOf(object, context.parts(object.id), name),
      ...copy,
      ...verify(
        quoteIdentifier(freeName("lockplane_verified", context)),
        comparison(
          old,
          made,
          kept.map((column) => quoteIdentifier(column.name)),
          identityOf(from, to, copied.map((column) => column.name), rowid)
        )
      ),
      ...carrySequence(from, to, name),
      `DROP TABLE ${old}`,
      `ALTER TABLE ${made} RENAME TO ${sqlName(object)}`
    ],
    description: `Rebuild table ${sqlName(object)}${changes.length === 0 ? "" : `: ${changes.join(", ")}`}`,
    hazards: [
      ...(columns.length > 0 ? [] : [{
        code: "fails_with_rows" as const,
        message: `No column of ${displayName(object)} stays, to copy rows by: the step fails if the table has rows.`
      }]),
      ...hazardsOf(displayName(object), from, to)
    ]
  }
}
