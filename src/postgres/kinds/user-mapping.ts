/**
 * User mappings (PostgreSQL manual, CREATE USER MAPPING). Of their options, those are compared that say who the user is and hold no
 * secret; passwords and the like are never read, and are left for the user to set. Who may not see the options
 * of a mapping (`pg_user_mappings`) can still read that it is there.
 */
import * as Schema from "effect/Schema"
import type { CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import {
  ForeignOptions,
  isSecretOfMapping,
  lostSecrets,
  openOptionsSql,
  optionsChange,
  optionsClause,
  OwnSecrets,
  secretNamesSql,
  withoutSecrets
} from "./foreignOptions.ts"
import { inPlace, type Kind } from "./Kind.ts"
import { rowsIn } from "./trace.ts"

/** The options of a user mapping that hold no secret. */
export const UserMappingState = Schema.Struct({ options: ForeignOptions, own: OwnSecrets })
/** The options of a user mapping that hold no secret. */
export type UserMappingState = typeof UserMappingState.Type

type Mapping = CatalogObject<UserMappingState>

/** What stands for PUBLIC in names of user mappings: no role can be called so. */
export const everyone = "public"

const role = ({ name: [, role = ""] }: CatalogObject): string => role === everyone ? "PUBLIC" : quoteIdentifier(role)

const mapping = (object: CatalogObject): string =>
  `USER MAPPING FOR ${role(object)} SERVER ${quoteIdentifier(object.name[0] ?? "")}`

const display = (object: CatalogObject): string =>
  `user mapping of ${role(object)} on foreign server ${quoteIdentifier(object.name[0] ?? "")}`

const isHidden = (object: Mapping): boolean => object.state.own?.hidden === true

/** Whether the role that reads may see the options, as the view `pg_user_mappings` has it. */
const visible = `((select r.rolsuper from pg_roles r where r.rolname = current_user)
        or pg_has_role(s.srvowner, 'USAGE') and (m.umuser = 0 or m.usename = current_user)
        or m.usename = current_user and has_server_privilege(s.oid, 'USAGE'))`

/** The kind `user mapping`. */
export const userMapping: Kind<UserMappingState> = {
  kind: "user mapping",
  section: "user_mappings",
  catalog: "pg_user_mapping",
  trace: rowsIn("pg_foreign_server"),
  dropLoses: "Statements of the role that read or write foreign tables of the server fail.",
  state: UserMappingState,
  // the view: only superusers may read the table
  query: () => `
    select m.umid as oid, array[m.srvname, case m.umuser when 0 then '${everyone}' else m.usename end] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'options', ${openOptionsSql("m.umoptions", isSecretOfMapping)},
        'own', nullif(jsonb_strip_nulls(jsonb_build_object(
          'secrets', ${secretNamesSql("m.umoptions", isSecretOfMapping)},
          'hidden', case when not ${visible} then true end)), '{}'))) as state
    from pg_user_mappings m join pg_foreign_server s on s.oid = m.srvid
    where m.umid::bigint >= 16384`,
  create: (object) => [{
    sql: `CREATE ${mapping(object)}${optionsClause(object.state.options)}`,
    description: `Create ${display(object)}${
      isHidden(object)
        ? " without its options, which you may not see"
        : withoutSecrets(object.state.own?.secrets)
    }`
  }],
  drop: (object, context) => [{
    sql: `DROP ${mapping(object)}`,
    description: `Drop ${display(object)}`,
    hazards: lostSecrets(object, context.creates(object.id), display(object))
  }],
  refuses: (from: Mapping, to: Mapping) =>
    (isHidden(from) || isHidden(to)) && optionsChange(from.state.options, to.state.options) !== undefined
      ? `the options of ${display(to)} cannot be compared: whoever reads the database may not see them. ` +
        "Connect as a superuser, or leave the options out of the schema."
      : undefined,
  alter: (from, to) => {
    const options = optionsChange(from.state.options, to.state.options)
    return inPlace(
      options === undefined ? [] : [{
        sql: `ALTER ${mapping(to)} ${options}`,
        description: `Change options of ${display(to)}`
      }]
    )
  },
  describe: display
}
