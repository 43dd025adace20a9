/**
 * Subscriptions on the embedded engine, which has no library to talk to publishers and therefore creates none: they are
 * put into its catalog as they are, disabled and without a connection. All other statements work on them.
 */
import { quoteLiteral } from "./Identifier.ts"

const identifier = `"(?:[^"]|"")*"|[^\\s",()]+`

/** What {@link createSubscription} in kinds/subscription.ts writes. */
const creation = new RegExp(
  `^CREATE SUBSCRIPTION (${identifier}) CONNECTION '' PUBLICATION ((?:${identifier})(?:, (?:${identifier}))*) ` +
    `WITH \\(connect = false((?:, \\w+ = (?:'(?:[^']|'')*'|\\w+))*)\\)`,
  "gm"
)

const unquoted = (name: string): string => name.startsWith("\"") ? name.slice(1, -1).replaceAll("\"\"", "\"") : name

const listed = (names: string): ReadonlyArray<string> =>
  [...names.matchAll(new RegExp(identifier, "g"))].map(([name]) => unquoted(name))

const streamingCodes: Readonly<Record<string, string>> = { off: "f", on: "t", parallel: "p" }

const row = (name: string, publications: string, given: string): string => {
  const options = new Map(
    [...given.matchAll(/, (\w+) = (?:'((?:[^']|'')*)'|(\w+))/g)].map(([, option = "", text, word = ""]) =>
      [option, text?.replaceAll("''", "'") ?? word] as const
    )
  )
  const flag = (option: string, otherwise: string): string => options.get(option) ?? otherwise
  const slot = options.get("slot_name") ?? unquoted(name)
  const columns: ReadonlyArray<readonly [column: string, value: string]> = [
    ["oid", "pg_catalog.pg_nextoid('pg_catalog.pg_subscription', 'oid', 'pg_catalog.pg_subscription_oid_index')"],
    ["subdbid", "(SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())"],
    ["subskiplsn", "'0/0'"],
    ["subname", quoteLiteral(unquoted(name))],
    ["subowner", "(SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = current_user)"],
    ["subenabled", "false"],
    ["subbinary", flag("binary", "false")],
    ["substream", quoteLiteral(streamingCodes[flag("streaming", "parallel")] ?? "p")],
    ["subtwophasestate", flag("two_phase", "false") === "true" ? "'p'" : "'d'"],
    ["subdisableonerr", flag("disable_on_error", "false")],
    ["subpasswordrequired", flag("password_required", "true")],
    ["subrunasowner", flag("run_as_owner", "false")],
    ["subfailover", flag("failover", "false")],
    ["subconninfo", "''"],
    ["subslotname", slot === "NONE" ? "NULL" : quoteLiteral(slot)],
    ["subsynccommit", quoteLiteral(flag("synchronous_commit", "off"))],
    ["subpublications", `ARRAY[${listed(publications).map(quoteLiteral).join(", ")}]::pg_catalog.text[]`],
    ["suborigin", quoteLiteral(flag("origin", "any"))]
  ]
  return `INSERT INTO pg_catalog.pg_subscription (${columns.map(([column]) => column).join(", ")}) SELECT ${
    columns.map(([, value]) => value).join(", ")
  }`
}

/** The script with every creation of a subscription, as Lockplane writes it, replaced by one that the embedded engine can do. */
export const withStoodInSubscriptions = (script: string): string =>
  script.includes("CREATE SUBSCRIPTION ")
    ? script.replace(creation, (_, name: string, publications: string, given: string) => row(name, publications, given))
    : script
