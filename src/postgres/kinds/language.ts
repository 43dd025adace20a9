/** Procedural languages that no extension brings (PostgreSQL manual, CREATE LANGUAGE). Everything changes in place. */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { userObject } from "./catalogSql.ts"
import { byKeyword, displayObject } from "./keyword.ts"
import { inPlace, type Kind } from "./Kind.ts"
import { sqlName } from "./names.ts"
import { inDatabase } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

/** The clauses of `CREATE LANGUAGE`; names of functions are SQL. */
export const LanguageState = Schema.Struct({
  trusted: Schema.optionalKey(Schema.Literal(true)),
  handler: Schema.String,
  inline: Schema.optionalKey(Schema.String),
  validator: Schema.optionalKey(Schema.String)
})
/** The clauses of `CREATE LANGUAGE`; names of functions are SQL. */
export type LanguageState = typeof LanguageState.Type

const define = (object: CatalogObject<LanguageState>, create: string): string => {
  const { handler, inline, trusted, validator } = object.state
  return `${create}${trusted === true ? " TRUSTED" : ""} LANGUAGE ${sqlName(object.name)} HANDLER ${handler}${
    inline === undefined ? "" : ` INLINE ${inline}`
  }${validator === undefined ? "" : ` VALIDATOR ${validator}`}`
}

/** The kind `language`. */
export const language: Kind<LanguageState> = {
  kind: "language",
  section: "languages",
  catalog: "pg_language",
  trace: rowsIn("pg_language"),
  dropLoses: "Statements that name it fail.",
  state: LanguageState,
  query: () => `
    select l.oid, array[l.lanname] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'trusted', nullif(l.lanpltrusted, false),
        'handler', l.lanplcallfoid::regproc::text,
        'inline', case when l.laninline <> 0 then l.laninline::regproc::text end,
        'validator', case when l.lanvalidator <> 0 then l.lanvalidator::regproc::text end)) as state
    from pg_language l
    where l.lanispl and ${userObject("pg_language", "l.oid")}`,
  ...byKeyword,
  renaming: inDatabase("LANGUAGE"),
  create: (object) => [{ sql: define(object, "CREATE"), description: `Create ${displayObject(object)}` }],
  alter: (_from, to) => inPlace([{ sql: define(to, "CREATE OR REPLACE"), description: `Change ${displayObject(to)}` }])
}
