/** Identity columns (PostgreSQL manual, CREATE TABLE: GENERATED AS IDENTITY): the clause and how it changes. */
import * as Schema from "effect/Schema"
import { canonicalJson } from "../../Catalog.ts"
import { quoteIdentifier, quoteLiteral } from "../Identifier.ts"
import type { Statement } from "./Kind.ts"
import { displayName, sqlName } from "./names.ts"

/** How values are generated, and the options of the sequence behind, each only where PostgreSQL would not choose it. Numbers are text: they are 64 bits wide. */
export const IdentityState = Schema.Struct({
  generation: Schema.Literals(["always", "by default"]),
  sequence_schema: Schema.optionalKey(Schema.String),
  sequence_name: Schema.optionalKey(Schema.String),
  start: Schema.optionalKey(Schema.String),
  increment: Schema.optionalKey(Schema.String),
  min: Schema.optionalKey(Schema.String),
  max: Schema.optionalKey(Schema.String),
  cache: Schema.optionalKey(Schema.String),
  cycle: Schema.optionalKey(Schema.Literal(true)),
  /** Where it is not that of the table; never before PostgreSQL 15. */
  persistence: Schema.optionalKey(Schema.Literals(["logged", "unlogged"]))
})
/** How values are generated, and the options of the sequence behind, each only where PostgreSQL would not choose it. */
export type IdentityState = typeof IdentityState.Type

const generation = (state: IdentityState): string => state.generation.toUpperCase()

const options = (state: IdentityState): ReadonlyArray<string> => [
  ...(state.increment === undefined ? [] : [`INCREMENT BY ${state.increment}`]),
  ...(state.min === undefined ? [] : [`MINVALUE ${state.min}`]),
  ...(state.max === undefined ? [] : [`MAXVALUE ${state.max}`]),
  ...(state.start === undefined ? [] : [`START WITH ${state.start}`]),
  ...(state.cache === undefined ? [] : [`CACHE ${state.cache}`]),
  ...(state.cycle ? ["CYCLE"] : [])
]

/** Where it starts: where nothing else is said, with its least value, or its greatest where it descends. */
const startOf = (state: IdentityState): string =>
  state.start ?? ((state.increment ?? "1").startsWith("-") ? state.max ?? "-1" : state.min ?? "1")

const sequenceName = ([schema = "", table = "", column = ""]: ReadonlyArray<string>, state: IdentityState): string =>
  sqlName([state.sequence_schema ?? schema, state.sequence_name ?? `${table}_${column}_seq`])

/** `GENERATED … AS IDENTITY (…)` for the column with these name parts. */
export const identityClause = (column: ReadonlyArray<string>, state: IdentityState): string => {
  const named = state.sequence_name !== undefined || state.sequence_schema !== undefined
  const list = [...(named ? [`SEQUENCE NAME ${sequenceName(column, state)}`] : []), ...options(state)]
  return `GENERATED ${generation(state)} AS IDENTITY${list.length === 0 ? "" : ` (${list.join(" ")})`}`
}

/** Makes the sequence of an identity column logged or unlogged. */
export const identityPersistence = (
  column: ReadonlyArray<string>,
  state: IdentityState,
  persistence: "logged" | "unlogged"
): Statement => ({
  sql: `ALTER SEQUENCE ${sequenceName(column, state)} SET ${persistence.toUpperCase()}`,
  description: `Make the sequence of identity column ${displayName(column[0] ?? "", column[1] ?? "")}.${
    quoteIdentifier(column[2] ?? "")
  } ${persistence}`
})

/**
 * Statements that change a column's identity. What adds one also sets the sequence to go on after the largest value that
 * the column holds, so that new rows do not collide with old ones. `ofTable` is the persistence of the table, in the end.
 */
export const identityAlterations = (
  column: ReadonlyArray<string>,
  from: IdentityState | undefined,
  to: IdentityState | undefined,
  ofTable: "logged" | "unlogged"
): { readonly drop: ReadonlyArray<Statement>; readonly add: ReadonlyArray<Statement> } => {
  const [schema = "", tableName = "", name = ""] = column
  const table = sqlName([schema, tableName])
  const alter = `ALTER TABLE ${table} ALTER COLUMN ${quoteIdentifier(name)}`
  const display = `${displayName(schema, tableName)}.${quoteIdentifier(name)}`
  if (from === undefined && to === undefined || canonicalJson(from) === canonicalJson(to)) return { drop: [], add: [] }
  if (to === undefined) {
    return { drop: [{ sql: `${alter} DROP IDENTITY`, description: `Make ${display} no identity column` }], add: [] }
  }
  if (from === undefined) {
    const up = !(to.increment ?? "1").startsWith("-")
    return {
      drop: [],
      add: [
        { sql: `${alter} ADD ${identityClause(column, to)}`, description: `Make ${display} an identity column` },
        {
          sql: `SELECT setval(${quoteLiteral(sequenceName(column, to))}, ${up ? "max" : "min"}(${
            quoteIdentifier(name)
          })) FROM ${table} HAVING ${up ? "max" : "min"}(${quoteIdentifier(name)}) IS NOT NULL`,
          description: `Let the identity of ${display} go on after its largest value`
        },
        ...(to.persistence === undefined ? [] : [identityPersistence(column, to, to.persistence)])
      ]
    }
  }
  const up = !(to.increment ?? "1").startsWith("-")
  const changes = [
    ...(from.generation === to.generation ? [] : [`SET GENERATED ${generation(to)}`]),
    ...(from.increment === to.increment ? [] : [`SET INCREMENT BY ${to.increment ?? 1}`]),
    ...(from.min === to.min ? [] : [to.min === undefined ? "SET NO MINVALUE" : `SET MINVALUE ${to.min}`]),
    ...(from.max === to.max ? [] : [to.max === undefined ? "SET NO MAXVALUE" : `SET MAXVALUE ${to.max}`]),
    ...(startOf(from) === startOf(to) ? [] : [`SET START WITH ${startOf(to)}`]),
    ...(from.cache === to.cache ? [] : [`SET CACHE ${to.cache ?? 1}`]),
    ...(from.cycle === to.cycle ? [] : [to.cycle ? "SET CYCLE" : "SET NO CYCLE"])
  ]
  const renamed = sequenceName(column, from) === sequenceName(column, to)
    ? []
    : from.sequence_schema === to.sequence_schema
    ? [{
      sql: `ALTER SEQUENCE ${sequenceName(column, from)} RENAME TO ${
        quoteIdentifier(to.sequence_name ?? `${tableName}_${name}_seq`)
      }`,
      description: `Rename the sequence of identity column ${display}`
    }]
    : undefined
  if (renamed === undefined) {
    const again = identityAlterations(column, undefined, to, ofTable)
    return { drop: identityAlterations(column, from, undefined, ofTable).drop, add: again.add }
  }
  return {
    drop: [],
    add: [
      ...renamed,
      ...(up && to.min !== undefined && from.min !== to.min
        ? [{
          sql: `SELECT setval(${quoteLiteral(sequenceName(column, to))}, ${to.min}, false) FROM ${
            sequenceName(column, to)
          } WHERE last_value < ${to.min}`,
          description: `Move the identity of ${display} up to its new least value`
        }]
        : []),
      ...(changes.length === 0
        ? []
        : [{ sql: `${alter} ${changes.join(" ")}`, description: `Change identity of ${display}` }]),
      ...(from.persistence === to.persistence ? [] : [identityPersistence(column, to, to.persistence ?? ofTable)])
    ]
  }
}
