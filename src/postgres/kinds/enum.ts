/** Enumerated types (PostgreSQL manual 8.7). Labels are added in place; removing or re-ordering them makes a new type. */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import type { Renaming } from "../../Dialect.ts"
import { quoteIdentifier, quoteLiteral } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { asideName, inPlace, type Kind, replace, type Statement } from "./Kind.ts"
import { displayName, objectId, schemaAndName, sqlName } from "./names.ts"
import { inSchema } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

/** The labels of an enumerated type, in sort order. */
export const EnumState = Schema.Struct({ labels: Schema.Array(Schema.String) })
/** The labels of an enumerated type, in sort order. */
export type EnumState = typeof EnumState.Type

const display = (object: CatalogObject): string => displayName(...schemaAndName(object.name))

/** Statements that add the labels of `to` that `from` lacks, or undefined where the kept labels changed their order. */
const addLabels = (
  from: CatalogObject<EnumState>,
  to: CatalogObject<EnumState>
): ReadonlyArray<Statement> | undefined => {
  const kept = to.state.labels.filter((label) => from.state.labels.includes(label))
  if (kept.length !== from.state.labels.length || kept.some((label, i) => label !== from.state.labels[i])) {
    return undefined
  }
  const statements: Array<Statement> = []
  let previous: string | undefined
  for (const label of to.state.labels) {
    if (!from.state.labels.includes(label)) {
      const place = previous !== undefined
        ? ` AFTER ${quoteLiteral(previous)}`
        : from.state.labels[0] !== undefined
        ? ` BEFORE ${quoteLiteral(from.state.labels[0])}`
        : ""
      statements.push({
        sql: `ALTER TYPE ${sqlName(to.name)} ADD VALUE ${quoteLiteral(label)}${place}`,
        description: `Add value ${quoteLiteral(label)} to enum ${display(to)}`,
        visibleAfterCommit: true
      })
    }
    previous = label
  }
  return statements
}

/** How a label gets another name (PostgreSQL manual, ALTER TYPE). */
export const labelRenaming: Renaming = {
  rename: ({ name }, to) =>
    `ALTER TYPE ${sqlName(name.slice(0, 2))} RENAME VALUE ${quoteLiteral(name[2] ?? "")} TO ${quoteLiteral(to)}`,
  users: "statements"
}

/** The kind `enum`. */
export const enumeration: Kind<EnumState> = {
  kind: "enum",
  section: "enums",
  catalog: "pg_type",
  trace: rowsIn("pg_type", "typtype", "e"),
  dropLoses: "Statements that name the type fail.",
  state: EnumState,
  query: () => `
    select t.oid, array[n.nspname, t.typname] as name,
      json_build_array(json_build_array('pg_type', t.typarray, 0)) as addresses,
      jsonb_build_object('labels', coalesce(
        (select jsonb_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid), '[]')) as state,
      (select json_agg(e.oid::text order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid) as members
    from pg_type t join pg_namespace n on n.oid = t.typnamespace
    where t.typtype = 'e' and ${userSchema("n")} and ${userObject("pg_type", "t.oid")}`,
  claims: (object) => [`type ${sqlName(object.name)}`],
  create: (object) => [{
    sql: `CREATE TYPE ${sqlName(object.name)} AS ENUM (${object.state.labels.map(quoteLiteral).join(", ")})`,
    description: `Create enum ${display(object)}`
  }],
  drop: (object) => [{ sql: `DROP TYPE ${sqlName(object.name)}`, description: `Drop enum ${display(object)}` }],
  alter: (from, to) => {
    const statements = addLabels(from, to)
    return statements === undefined ? replace : inPlace(statements)
  },
  aside: (object) => {
    const [schema, name] = schemaAndName(object.name)
    const old = asideName(name)
    return {
      rename: [{
        sql: `ALTER TYPE ${sqlName(object.name)} RENAME TO ${quoteIdentifier(old)}`,
        description: `Set enum ${display(object)} aside`
      }],
      drop: [{ sql: `DROP TYPE ${sqlName([schema, old])}`, description: `Drop the old enum ${display(object)}` }]
    }
  },
  commentTarget: (object) => `TYPE ${sqlName(object.name)}`,
  members: ({ id, name, state }) =>
    state.labels.map((label) => ({
      kind: "enum label",
      id: objectId("enum label", [...name, label]),
      name: [...name, label],
      parent: id,
      state: {}
    })),
  renaming: inSchema("TYPE", { users: "statements" }),
  describe: (object) => `enum ${display(object)}`
}
