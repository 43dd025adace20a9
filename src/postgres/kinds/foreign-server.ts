/** Foreign servers (PostgreSQL manual, CREATE SERVER). Their type and wrapper cannot be altered: another one makes a new server. */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier, quoteLiteral } from "../Identifier.ts"
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
import { inPlace, type Kind, replace } from "./Kind.ts"
import { sqlName } from "./names.ts"
import { inDatabase } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

/** A foreign server. */
export const ServerState = Schema.Struct({
  /** The name of its foreign-data wrapper. */
  wrapper: Schema.String,
  type: Schema.optionalKey(Schema.String),
  version: Schema.optionalKey(Schema.String),
  options: ForeignOptions,
  own: OwnSecrets
})
/** A foreign server. */
export type ServerState = typeof ServerState.Type

const display = (object: CatalogObject): string => sqlName(object.name)

/** The kind `foreign server`. */
export const foreignServer: Kind<ServerState> = {
  kind: "foreign server",
  section: "foreign_servers",
  catalog: "pg_foreign_server",
  trace: rowsIn("pg_foreign_server"),
  dropLoses: "Statements that name it fail.",
  state: ServerState,
  query: () => `
    select s.oid, array[s.srvname] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'wrapper', w.fdwname,
        'type', s.srvtype,
        'version', s.srvversion,
        'options', ${openOptionsSql("s.srvoptions", isSecretOption)},
        'own', nullif(jsonb_strip_nulls(jsonb_build_object(
          'secrets', ${secretNamesSql("s.srvoptions", isSecretOption)})), '{}'))) as state
    from pg_foreign_server s join pg_foreign_data_wrapper w on w.oid = s.srvfdw
    where ${userObject("pg_foreign_server", "s.oid")}`,
  claims: (object) => [`foreign server ${display(object)}`],
  create: (object) => {
    const { options, own, type, version, wrapper } = object.state
    return [{
      sql: `CREATE SERVER ${display(object)}${type === undefined ? "" : ` TYPE ${quoteLiteral(type)}`}${
        version === undefined ? "" : ` VERSION ${quoteLiteral(version)}`
      } FOREIGN DATA WRAPPER ${quoteIdentifier(wrapper)}${optionsClause(options)}`,
      description: `Create foreign server ${display(object)}${withoutSecrets(own?.secrets)}`
    }]
  },
  drop: (object, context) => [{
    sql: `DROP SERVER ${display(object)}`,
    description: `Drop foreign server ${display(object)}`,
    hazards: lostSecrets(object, context.creates(object.id), `foreign server ${display(object)}`)
  }],
  alter: (from, to) => {
    if (from.state.wrapper !== to.state.wrapper || from.state.type !== to.state.type) return replace
    const { version } = to.state
    const options = optionsChange(from.state.options, to.state.options)
    const clauses = [
      ...(from.state.version === version
        ? []
        : [` VERSION ${version === undefined ? "NULL" : quoteLiteral(version)}`]),
      ...(options === undefined ? [] : [` ${options}`])
    ]
    return inPlace(
      clauses.length === 0 ? [] : [{
        sql: `ALTER SERVER ${display(to)}${clauses.join("")}`,
        description: `Change foreign server ${display(to)}`
      }]
    )
  },
  commentTarget: (object) => `SERVER ${display(object)}`,
  renaming: inDatabase("SERVER"),
  describe: (object) => `foreign server ${display(object)}`
}
