/** Writes owners and privileges, of roles that every server has. */
import type { Writer } from "./Types.ts"

const roles = ["pg_monitor", "pg_read_all_data", "pg_write_all_data"] as const

/** What can be granted on things of a kind, the kind being the first word that COMMENT ON says of them. */
const privileges: Readonly<Record<string, readonly [string, ...ReadonlyArray<string>]>> = {
  TABLE: ["SELECT", "INSERT, UPDATE", "ALL", "TRIGGER", "REFERENCES"],
  VIEW: ["SELECT", "ALL"],
  MATERIALIZED: ["SELECT"],
  SEQUENCE: ["USAGE", "SELECT, UPDATE"],
  SCHEMA: ["USAGE", "CREATE"],
  TYPE: ["USAGE"],
  DOMAIN: ["USAGE"],
  FUNCTION: ["EXECUTE"],
  PROCEDURE: ["EXECUTE"]
}

/** Another owner of something that is there. */
export const owner: Writer = (genes, world) => {
  const what = genes.choose(
    world.commentable.filter((text) => !/^(COLUMN|CONSTRAINT|TRIGGER|POLICY|INDEX|RULE) /.test(text)),
    (text) => text
  )
  return what === undefined ? [] : [`ALTER ${what} OWNER TO ${genes.of(roles)}`]
}

/** A privilege on something that is there, or on one of its columns; or the loss of one that everybody has. */
export const grant: Writer = (genes, world) => {
  const grantable = world.commentable.filter((text) => Object.hasOwn(privileges, text.split(" ", 1)[0] ?? ""))
  const what = genes.choose(grantable, (text) => text)
  const list = privileges[what?.split(" ", 1)[0] ?? ""]
  if (what === undefined || list === undefined) return []
  const granted = genes.of(list)
  const on = what.replace(/^(MATERIALIZED )?VIEW /, "")
  const role = genes.of([...roles, "PUBLIC"])
  const option = genes.oneIn(5) && role !== "PUBLIC" ? " WITH GRANT OPTION" : ""
  const revokes = genes.oneIn(5) && /^(FUNCTION|PROCEDURE|TYPE|DOMAIN) /.test(what)
  const relation = world.relations.find(({ kind, sql }) =>
    `${kind.replace("partitioned ", "").toUpperCase()} ${sql}` === what
  )
  const column = relation !== undefined && genes.oneIn(3) ? world.column(genes, relation) : undefined
  return [
    revokes
      ? `REVOKE ALL ON ${on} FROM PUBLIC`
      : column === undefined
      ? `GRANT ${granted} ON ${on} TO ${role}${option}`
      : `GRANT SELECT (${column.sql}) ON ${on} TO ${role}${option}`
  ]
}
