/** Foreign-data wrappers that no extension brings along (PostgreSQL manual, CREATE FOREIGN DATA WRAPPER). */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { userObject } from "./catalogSql.ts"
import {
  ForeignOptions,
  isSecretOption,
  lostSecrets,
  openOptionsSql,
  optionsChange,
  optionsClause,
  OwnSecrets,
  secretNamesSql,
  withoutSecrets
} from "./foreignOptions.ts"
import { inPlace, type Kind } from "./Kind.ts"
import { sqlName } from "./names.ts"
import { inDatabase } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

/** The functions of a foreign-data wrapper, as SQL names them, and its options. */
export const WrapperState = Schema.Struct({
  handler: Schema.optionalKey(Schema.String),
  validator: Schema.optionalKey(Schema.String),
  options: ForeignOptions,
  own: OwnSecrets
})
/** The functions of a foreign-data wrapper, as SQL names them, and its options. */
export type WrapperState = typeof WrapperState.Type

const display = (object: CatalogObject): string => sqlName(object.name)

const functionClause = (word: "HANDLER" | "VALIDATOR", name: string | undefined): string =>
  name === undefined ? ` NO ${word}` : ` ${word} ${name}`

/** A function's qualified name as SQL, or null for none. */
const functionName = (oid: string): string =>
  `(select format('%I.%I', fn.nspname, f.proname) from pg_proc f join pg_namespace fn on fn.oid = f.pronamespace
         where f.oid = ${oid})`

/** The kind `foreign-data wrapper`. */
export const foreignDataWrapper: Kind<WrapperState> = {
  kind: "foreign-data wrapper",
  section: "foreign_data_wrappers",
  catalog: "pg_foreign_data_wrapper",
  trace: rowsIn("pg_foreign_data_wrapper"),
  dropLoses: "Statements that name it fail.",
  state: WrapperState,
  query: () => `
    select w.oid, array[w.fdwname] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'handler', ${functionName("w.fdwhandler")},
        'validator', ${functionName("w.fdwvalidator")},
        'options', ${openOptionsSql("w.fdwoptions", isSecretOption)},
        'own', nullif(jsonb_strip_nulls(jsonb_build_object(
          'secrets', ${secretNamesSql("w.fdwoptions", isSecretOption)})), '{}'))) as state
    from pg_foreign_data_wrapper w
    where ${userObject("pg_foreign_data_wrapper", "w.oid")}`,
  claims: (object) => [`foreign-data wrapper ${display(object)}`],
  create: (object) => {
    const { handler, options, own, validator } = object.state
    return [{
      sql: `CREATE FOREIGN DATA WRAPPER ${display(object)}${
        handler === undefined ? "" : functionClause("HANDLER", handler)
      }${validator === undefined ? "" : functionClause("VALIDATOR", validator)}${optionsClause(options)}`,
      description: `Create foreign-data wrapper ${display(object)}${withoutSecrets(own?.secrets)}`
    }]
  },
  drop: (object, context) => [{
    sql: `DROP FOREIGN DATA WRAPPER ${display(object)}`,
    description: `Drop foreign-data wrapper ${display(object)}`,
    hazards: lostSecrets(object, context.creates(object.id), `foreign-data wrapper ${display(object)}`)
  }],
  alter: (from, to) => {
    const options = optionsChange(from.state.options, to.state.options)
    const clauses = [
      ...(from.state.handler === to.state.handler ? [] : [functionClause("HANDLER", to.state.handler)]),
      ...(from.state.validator === to.state.validator ? [] : [functionClause("VALIDATOR", to.state.validator)]),
      ...(options === undefined ? [] : [` ${options}`])
    ]
    return inPlace(
      clauses.length === 0 ? [] : [{
        sql: `ALTER FOREIGN DATA WRAPPER ${display(to)}${clauses.join("")}`,
        description: `Change foreign-data wrapper ${display(to)}`
      }]
    )
  },
  commentTarget: (object) => `FOREIGN DATA WRAPPER ${display(object)}`,
  renaming: inDatabase("FOREIGN DATA WRAPPER"),
  describe: (object) => `foreign-data wrapper ${display(object)}`
}
