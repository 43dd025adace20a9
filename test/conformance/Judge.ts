/**
 * The judge that owes nothing to Lockplane: what `pg_dump --schema-only` prints of two databases, compared as sets of
 * its entries. Their order is pg_dump's business; the order of columns is not.
 */

/** Options under which dumps of two databases can be compared. */
export const dumpOptions: ReadonlyArray<string> = ["--schema-only"]

/** An entry of a dump: its header (what it is, of which schema) and its SQL. */
interface Entry {
  readonly header: string
  readonly sql: string
}

const settings = /^(SET \w+ = .*;|SELECT pg_catalog\.set_config\(.*|\\(un)?restrict .*)$/gm

/** Lockplane keeps no connections of subscriptions (docs/decisions/0006-subscriptions-without-connections.md). */
const connection = /(?<=^CREATE SUBSCRIPTION .* CONNECTION )'(?:[^']|'')*'/m

/** Storage parameters are printed in the order in which they were set. */
const storageParameters = /(?<=\b(?:WITH|SET) \()\w[^()]*(?=\))/g
const inOrder = (list: string): string => list.split(", ").toSorted().join(", ")

/** So are the options of foreign tables and of their columns. */
const foreignOptions = /(?<=\bOPTIONS \()[^]*?'(?=\s*\))/g
const optionsInOrder = (list: string): string =>
  `\n    ${(list.match(/[\w"]+ '(?:[^']|'')*'/g) ?? []).toSorted().join(",\n    ")}`

/** What is granted by another than the owner stands between a pair of statements that act as that role. */
const asAnother = /SET SESSION AUTHORIZATION [^]*?RESET SESSION AUTHORIZATION;/g

/** The entries of one access control list in any order, which says nothing. */
const grantsInOrder = (sql: string): string =>
  [...sql.matchAll(asAnother)].map(([block]) => block).concat(sql.replaceAll(asAnother, "").split("\n"))
    .filter((line) => line.trim() !== "").toSorted().join("\n")

const entriesOf = (dump: string): ReadonlyArray<Entry> =>
  dump.split(/^--\n-- (?=Name: )/m).slice(1).map((entry) => {
    const [header = "", ...rest] = entry.split("\n--\n")
    const sql = rest.join("\n--\n").replace(/--\n-- PostgreSQL database dump complete\n[^]*$/, "").replace(settings, "")
      .replace(connection, "''").trim()
    const isList = / Type: (DEFAULT )?ACL;/.test(header)
    return {
      header,
      sql: isList
        ? grantsInOrder(sql)
        : sql.replaceAll(storageParameters, inOrder).replaceAll(foreignOptions, optionsInOrder)
    }
  })

const textOf = ({ header, sql }: Entry): string => `-- ${header}\n${sql}`

/** The lines of a table's definition in any order: what is left where only the order of columns differs. */
const unordered = (entry: Entry): string =>
  /; Type: (TABLE|FOREIGN TABLE);/.test(entry.header)
    ? textOf({ ...entry, sql: entry.sql.split("\n").map((line) => line.replace(/,$/, "")).toSorted().join("\n") })
    : textOf(entry)

const difference = (
  left: ReadonlyArray<Entry>,
  right: ReadonlyArray<Entry>,
  key: (entry: Entry) => string
): ReadonlyArray<Entry> => {
  const count = new Map<string, number>()
  for (const entry of right) count.set(key(entry), (count.get(key(entry)) ?? 0) + 1)
  return left.filter((entry) => {
    const there = count.get(key(entry)) ?? 0
    count.set(key(entry), there - 1)
    return there <= 0
  })
}

/** What the judge found. */
export interface Verdict {
  /** Entries that only the wanted database has, and those that only the migrated one has. */
  readonly missing: ReadonlyArray<string>
  readonly extra: ReadonlyArray<string>
  /** Tables (`schema.name`, unquoted) that differ in nothing but the order of their columns. */
  readonly reordered: ReadonlyArray<string>
}

/** Compares the dump of a migrated database with that of the wanted one. */
export const compare = (wanted: string, migrated: string): Verdict => {
  if (wanted === migrated) return { missing: [], extra: [], reordered: [] }
  const [left, right] = [entriesOf(wanted), entriesOf(migrated)]
  const missing = difference(left, right, unordered)
  const extra = difference(right, left, unordered)
  const known = new Set(missing)
  const reordered = difference(left, right, textOf).filter((entry) => !known.has(entry)).flatMap(({ header }) => {
    const [, name, schema] = /^Name: (.*); Type: .*; Schema: (.*); Owner: .*$/.exec(header) ?? []
    return name === undefined || schema === undefined ? [] : [`${schema}.${name}`]
  })
  return { missing: missing.map(textOf), extra: extra.map(textOf), reordered }
}
