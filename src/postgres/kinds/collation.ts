/**
 * Collations (PostgreSQL manual 23.2.2, CREATE COLLATION). The version of the library that sorts is the server's and never
 * compared. PostgreSQL cannot alter a definition: the old collation waits aside until columns are moved to the new one.
 */
import * as Schema from "effect/Schema"
import { quoteIdentifier, quoteLiteral } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { byKeyword, displayObject, sqlObject } from "./keyword.ts"
import { asideName, type Kind, replace } from "./Kind.ts"
import { schemaAndName, sqlName } from "./names.ts"
import { inSchema } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

/** The options of `CREATE COLLATION`. */
export const CollationState = Schema.Struct({
  provider: Schema.Literals(["libc", "icu", "builtin"]),
  /** For libc where `lc_collate` and `lc_ctype` are the same. */
  locale: Schema.optionalKey(Schema.String),
  lc_collate: Schema.optionalKey(Schema.String),
  lc_ctype: Schema.optionalKey(Schema.String),
  rules: Schema.optionalKey(Schema.String),
  deterministic: Schema.optionalKey(Schema.Literal(false))
})
/** The options of `CREATE COLLATION`. */
export type CollationState = typeof CollationState.Type

/** The column that holds the locale of providers other than libc. */
const localeColumn = (major: number): string =>
  major >= 17 ? "colllocale" : major >= 15 ? "colliculocale" : "collcollate"

/** The kind `collation`. */
export const collation: Kind<CollationState> = {
  kind: "collation",
  section: "collations",
  catalog: "pg_collation",
  trace: rowsIn("pg_collation"),
  dropLoses: "Statements that name it fail.",
  state: CollationState,
  query: (major) => `
    select c.oid, array[n.nspname, c.collname] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'provider', case c.collprovider when 'c' then 'libc' when 'i' then 'icu' else 'builtin' end,
        'locale', case when c.collprovider <> 'c' then c.${localeColumn(major)}
          when c.collcollate = c.collctype then c.collcollate end,
        'lc_collate', case when c.collprovider = 'c' and c.collcollate <> c.collctype then c.collcollate end,
        'lc_ctype', case when c.collprovider = 'c' and c.collcollate <> c.collctype then c.collctype end,
        'rules', ${major >= 16 ? "c.collicurules" : "null"},
        'deterministic', case when not c.collisdeterministic then false end)) as state
    from pg_collation c join pg_namespace n on n.oid = c.collnamespace
    where c.collencoding in (-1, (select b.encoding from pg_database b where b.datname = current_database()))
      and ${userSchema("n")} and ${userObject("pg_collation", "c.oid")}`,
  ...byKeyword,
  renaming: inSchema("COLLATION"),
  create: (object) => {
    const { deterministic, provider, ...names } = object.state
    const options = [
      `provider = ${provider}`,
      ...(deterministic === undefined ? [] : ["deterministic = false"]),
      ...Object.entries(names).map(([name, value]) => `${name} = ${quoteLiteral(value)}`).sort()
    ]
    return [{
      sql: `CREATE ${sqlObject(object)} (${options.join(", ")})`,
      description: `Create ${displayObject(object)}`
    }]
  },
  alter: () => replace,
  aside: (object) => {
    const [schema, name] = schemaAndName(object.name)
    const old = asideName(name)
    return {
      rename: [{
        sql: `ALTER ${sqlObject(object)} RENAME TO ${quoteIdentifier(old)}`,
        description: `Set ${displayObject(object)} aside`
      }],
      drop: [{
        sql: `DROP COLLATION ${sqlName([schema, old])}`,
        description: `Drop the old ${displayObject(object)}`
      }]
    }
  },
  requires: ({ state }) => [
    ...(state.provider === "builtin" ? [{ feature: "the collation provider builtin", since: 17 }] : []),
    ...(state.rules === undefined ? [] : [{ feature: "collation rules", since: 16 }])
  ]
}
