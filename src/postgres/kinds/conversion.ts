/** Encoding conversions (PostgreSQL manual, CREATE CONVERSION). PostgreSQL cannot alter one. */
import * as Schema from "effect/Schema"
import { quoteLiteral } from "../Identifier.ts"
import { userObject, userSchema } from "./catalogSql.ts"
import { byKeyword, displayObject } from "./keyword.ts"
import { type Kind, replace } from "./Kind.ts"
import { sqlName } from "./names.ts"
import { inSchema } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

/** The clauses of `CREATE CONVERSION`; the function's name is SQL. */
export const ConversionState = Schema.Struct({
  source: Schema.String,
  destination: Schema.String,
  function: Schema.String,
  default: Schema.optionalKey(Schema.Literal(true))
})
/** The clauses of `CREATE CONVERSION`; the function's name is SQL. */
export type ConversionState = typeof ConversionState.Type

/** The kind `conversion`. */
export const conversion: Kind<ConversionState> = {
  kind: "conversion",
  section: "conversions",
  catalog: "pg_conversion",
  trace: rowsIn("pg_conversion"),
  dropLoses: "Clients that need it cannot connect with their encoding.",
  isDefinition: true,
  state: ConversionState,
  query: () => `
    select c.oid, array[n.nspname, c.conname] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'source', pg_encoding_to_char(c.conforencoding),
        'destination', pg_encoding_to_char(c.contoencoding),
        'function', c.conproc::text,
        'default', nullif(c.condefault, false))) as state
    from pg_conversion c join pg_namespace n on n.oid = c.connamespace
    where ${userSchema("n")} and ${userObject("pg_conversion", "c.oid")}`,
  ...byKeyword,
  renaming: inSchema("CONVERSION"),
  claims: ({ name, state }) =>
    state.default === true ? [`default conversion in ${name[0]} from ${state.source} to ${state.destination}`] : [],
  create: (object) => {
    const { default: isDefault, destination, function: name, source } = object.state
    return [{
      sql: `CREATE ${isDefault === true ? "DEFAULT " : ""}CONVERSION ${sqlName(object.name)} FOR ${
        quoteLiteral(source)
      } TO ${quoteLiteral(destination)} FROM ${name}`,
      description: `Create ${displayObject(object)}`
    }]
  },
  alter: () => replace
}
