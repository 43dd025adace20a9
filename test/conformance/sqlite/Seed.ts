/** Rows for schemas that come without any: a few for each table, as far as its constraints let themselves be guessed. */
import { Database } from "../../runtimes/Sqlite.ts"

/** How many rows every table is offered, and how often each is tried in another way. */
const [offered, attempts] = [4, 24]

const quote = (name: string): string => `"${name.replaceAll("\"", "\"\"")}"`
const literal = (name: string): string => `'${name.replaceAll("'", "''")}'`

type Row = Readonly<Record<string, unknown>>

/** Values for a column by its declared type, as SQL; those that come first fit best. */
const values = (type: string, row: number, strict: boolean): ReadonlyArray<string> => {
  const text = [`'v${row}'`, `'it''s ${row}'`, `'${row}'`, "''"]
  const whole = [`${row}`, `${row * 1000}`, `-${row}`, `900719925474099${row}`]
  const blob = [`x'0${row}ff00'`]
  if (/INT/.test(type)) return strict ? whole : [...whole, `'word ${row}'`, `${row}.5`]
  if (/CHAR|CLOB|TEXT/.test(type)) return strict ? text : [...text, ...blob]
  if (/REAL|FLOA|DOUB/.test(type)) return strict ? [`${row}.5`, `${row}`] : [`${row}.5`, `${row}`, `'word ${row}'`]
  if (type === "BLOB") return strict ? blob : [...blob, ...text]
  if (/DATE|TIME/.test(type)) return [`'2020-01-0${row} 00:00:00'`, `${row}`, "'never'"]
  return type === "" || type === "ANY"
    ? [`${row}`, `'v${row}'`, ...blob, `${row}.5`]
    : [`${row}`, `'v${row}'`, `${row}.25`]
}

/** Constants in the text of a table: what checks compare with. */
const constantsIn = (
  sql: string
): ReadonlyArray<string> => [...new Set(sql.match(/'(?:[^']|'')*'|\b\d+(?:\.\d+)?\b/g) ?? [])]

const seedTable = (
  database: Database,
  { name, sql, strict }: { readonly name: string; readonly sql: string; readonly strict: boolean }
): void => {
  const all = (sql: string): ReadonlyArray<Row> => database.all(sql)
  const columns = all(`SELECT * FROM pragma_table_xinfo(${literal(name)}) WHERE hidden = 0 ORDER BY cid`)
  const references = all(`SELECT * FROM pragma_foreign_key_list(${literal(name)})`)
  const constants = constantsIn(sql)
  let dice = 7
  const pick = <A>(list: ReadonlyArray<A>): A | undefined => {
    dice = (dice * 1103515245 + 12345) % 2147483648
    return list[(dice >> 8) % Math.max(1, list.length)]
  }
  const parentOf = new Map(references.map((reference) => {
    const parent = String(reference["table"])
    const keys = all(`SELECT name FROM pragma_table_info(${literal(parent)}) WHERE pk > 0 ORDER BY pk`)
    const to = String(reference["to"] ?? keys[Number(reference["seq"])]?.["name"] ?? "rowid")
    return [String(reference["from"]).toLowerCase(), [parent, to] as const]
  }))
  for (let row = 1; row <= offered; row++) {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const chosen = columns.flatMap((column, number): ReadonlyArray<readonly [string, string]> => {
        const own = String(column["name"])
        const parent = parentOf.get(own.toLowerCase())
        const mayBeNull = column["notnull"] === 0 && Number(column["pk"]) === 0
        if (mayBeNull && (row === 3 && attempt < 4 || attempt > 16)) return [[own, "NULL"]]
        // the last row takes the defaults
        if (column["dflt_value"] !== null && row === offered) return []
        if (parent !== undefined) {
          const [table, to] = parent
          return [[own, `(SELECT ${quote(to)} FROM ${quote(table)} LIMIT 1 OFFSET ${attempt === 0 ? row - 1 : 0})`]]
        }
        const fitting = values(String(column["type"]).toUpperCase(), row, strict)
        // values that only their table takes come up too
        const isOdd = (name.length + row + number) % 5 === 0
        const value = attempt === 0 && !isOdd ? fitting[0] : pick([...fitting, ...constants])
        return [[own, value ?? "NULL"]]
      })
      try {
        const list = chosen.map(([column]) => quote(column)).join(", ")
        database.run(
          chosen.length === 0
            ? `INSERT INTO ${quote(name)} DEFAULT VALUES`
            : `INSERT INTO ${quote(name)} (${list}) VALUES (${chosen.map(([, value]) => value).join(", ")})`
        )
        break
      } catch {
        // another way then
      }
    }
  }
}

/** Puts rows into the tables of a file, as far as they take any. Foreign keys hold. */
export const seed = (path: string): void => {
  const database = new Database(path)
  try {
    const all = (sql: string): ReadonlyArray<Row> => database.all(sql)
    database.run("PRAGMA foreign_keys = ON; BEGIN")
    const triggers = all("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    for (const { name } of triggers) database.run(`DROP TRIGGER ${quote(String(name))}`)
    const tables = all(
      `SELECT l.name, l.type, l.strict, s.sql FROM pragma_table_list AS l JOIN sqlite_schema AS s ON s.name = l.name
       WHERE l.schema = 'main' AND l.type IN ('table', 'virtual') AND l.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY s.rowid`
    ).map(({ name, sql, strict, type }) => ({
      name: String(name),
      sql: String(sql),
      strict: strict === 1,
      virtual: type === "virtual"
    }))
    const isEmpty = ({ name }: { readonly name: string }): boolean =>
      all(`SELECT 1 FROM ${quote(name)} LIMIT 1`).length === 0
    const ordinary = tables.filter(({ virtual }) => !virtual)
    // parents may come after their children
    for (let round = 0; round < 3; round++) ordinary.filter(isEmpty).forEach((table) => seedTable(database, table))
    for (const table of tables.filter(({ sql, virtual }) => virtual && !/content\s*=/i.test(sql))) {
      seedTable(database, table)
    }
    // a gap, so that rowids are no mere numbers of rows, and AUTOINCREMENT has counted further than its table
    for (const { name } of ordinary) {
      try {
        database.run(`DELETE FROM ${quote(name)} WHERE rowid = (SELECT max(rowid) FROM ${quote(name)}) AND rowid > 3`)
      } catch {
        // it has no rowid, or others refer to the row
      }
    }
    for (const { sql } of triggers) database.run(String(sql))
    try {
      database.run("COMMIT")
    } catch {
      // a deferred foreign key does not hold: no rows then
    }
  } finally {
    database.close()
  }
}
