/**
 * Options of foreign-data wrappers and of what is made with them (PostgreSQL manual, `CREATE FOREIGN DATA WRAPPER` ff.):
 * `name=value` as the catalogs hold them, sorted by name. Values that are secrets are never read: only their names are.
 */
import * as Schema from "effect/Schema"
import { type CatalogObject, compareText } from "../../Catalog.ts"
import type { Hazard } from "../../Dialect.ts"
import { quoteIdentifier, quoteLiteral } from "../Identifier.ts"

/** Options as `name=value`, sorted; absent where there are none. */
export const ForeignOptions: Schema.optionalKey<Schema.$Array<Schema.String>> = Schema.optionalKey(
  Schema.Array(Schema.String)
)

/** Names of options whose values are secrets, sorted: neither compared nor hashed, since only the names are ever read. */
export const OwnSecrets: Schema.optionalKey<
  Schema.Struct<{
    readonly secrets: Schema.optionalKey<Schema.$Array<Schema.String>>
    readonly hidden: Schema.optionalKey<Schema.Literal<true>>
  }>
> = Schema.optionalKey(Schema.Struct({
  secrets: Schema.optionalKey(Schema.Array(Schema.String)),
  /** The role that reads may not see the options. */
  hidden: Schema.optionalKey(Schema.Literal(true))
}))

/** The options of a user mapping that hold no secret; a mapping is made to hold secrets, so all others are taken for such. */
const openOptions = [
  "user",
  "username",
  "user_name",
  "password_required",
  "sslmode",
  "sslcert",
  "sslkey",
  "sslrootcert"
]

/** What tells by its name that an option of a wrapper or server holds a secret: `api_key`, but not the `api_key_id` that names one. */
const secretName = "password|passwd|passphrase|secret|token|credential|api_?key|access_?key|private_?key"
const notSecretName = "(_id|_required)$"

/** A condition on `option_name` that holds for the secrets among the options of a wrapper or server. */
export const isSecretOption = `(option_name ~* '${secretName}' and option_name !~* '${notSecretName}')`

/** The same for the options of a user mapping. */
export const isSecretOfMapping = `(lower(option_name) not in (${openOptions.map(quoteLiteral).join(", ")}))`

/** True for an option of a wrapper or server whose value is a secret, by its name. */
export const namesSecret = (option: string): boolean =>
  new RegExp(secretName, "i").test(option) && !new RegExp(notSecretName, "i").test(option)

/** True for an option of a user mapping whose value is a secret, by its name. */
export const namesSecretOfMapping = (option: string): boolean => !openOptions.includes(option.toLowerCase())

/** The options in this `text[]` of a catalog as a JSON array of `name=value`, or null; without those for which `secret` holds. */
export const openOptionsSql = (options: string, secret: string = "false"): string =>
  `(select jsonb_agg(option_name || '=' || option_value order by option_name collate "C")
         from pg_options_to_table(${options}) where not ${secret})`

/** The names of the options for which `secret` holds as a JSON array, or null. */
export const secretNamesSql = (options: string, secret: string): string =>
  `(select jsonb_agg(option_name order by option_name collate "C") from pg_options_to_table(${options}) where ${secret})`

const split = (option: string): readonly [name: string, value: string] => {
  const at = option.indexOf("=")
  return [option.slice(0, at), option.slice(at + 1)]
}

const assignment = ([name, value]: readonly [name: string, value: string]): string =>
  `${quoteIdentifier(name)} ${quoteLiteral(value)}`

/** The `OPTIONS ( … )` clause that gives these options, with a blank before it; empty where there are none. */
export const optionsClause = (options: ReadonlyArray<string> = []): string =>
  options.length === 0 ? "" : ` OPTIONS (${options.map(split).map(assignment).join(", ")})`

/** The `OPTIONS (ADD … SET … DROP …)` clause that leads from one list of options to another; undefined where they are equal. */
export const optionsChange = (
  from: ReadonlyArray<string> = [],
  to: ReadonlyArray<string> = []
): string | undefined => {
  const before = new Map(from.map(split))
  const after = new Map(to.map(split))
  const actions = [
    ...[...before.keys()].filter((name) => !after.has(name)).toSorted(compareText).map((name) =>
      `DROP ${quoteIdentifier(name)}`
    ),
    ...[...after].filter(([name, value]) => before.get(name) !== value).map((option) =>
      `${before.has(option[0]) ? "SET" : "ADD"} ${assignment(option)}`
    )
  ]
  return actions.length === 0 ? undefined : `OPTIONS (${actions.join(", ")})`
}

/** What a description says of secrets that the statement leaves out: they are the user's to set. */
export const withoutSecrets = (secrets: ReadonlyArray<string> = []): string =>
  secrets.length === 0 ? "" : ` without ${secrets.map(quoteIdentifier).join(", ")}, which is left for you to set`

/** What the drop of an object whose options held secrets loses where the plan makes it again. */
export const lostSecrets = (
  { state: { own } }: CatalogObject<{ readonly own?: typeof OwnSecrets.Type }>,
  madeAgain: boolean,
  display: string
): ReadonlyArray<Hazard> => {
  if (!madeAgain || own === undefined) return []
  const what = own.hidden === true ? "the options that you may not see" : (own.secrets ?? []).join(", ")
  return [{
    code: "attached_lost",
    message: `The values of ${what} go with ${display}; Lockplane does not read secrets and cannot set them again.`
  }]
}
