/**
 * Rows, and what must become of them: a migration must end in the rows that a database of the wanted schema gets when each
 * kept column of each kept table is copied into it by hand. Done by the runtime's SQLite, not by the engine that migrates.
 */
import { Database } from "../../runtimes/Sqlite.ts"

const quote = (name: string): string => `"${name.replaceAll("\"", "\"\"")}"`
const literal = (name: string): string => `'${name.replaceAll("'", "''")}'`

interface Column {
  readonly name: string
  readonly generated: boolean
  /** What a new row gets differs from one moment to the next. */
  readonly fleeting: boolean
}

interface Table {
  readonly name: string
  readonly virtual: boolean
  /** A name of the rowid that no column has; undefined where there is none. */
  readonly rowid: string | undefined
  /** The column that is the rowid. */
  readonly alias: string | undefined
  readonly columns: ReadonlyArray<Column>
}

const use = <A>(
  path: string,
  options: { readonly readonly?: true },
  run: (database: Database) => A
): A => {
  const database = new Database(path, options)
  try {
    return run(database)
  } finally {
    database.close()
  }
}

const all = (database: Database, sql: string): ReadonlyArray<Readonly<Record<string, unknown>>> => database.all(sql)

const tablesOf = (database: Database): ReadonlyArray<Table> =>
  all(
    database,
    "SELECT name, type, wr FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') AND name <> 'lockplane_ledger' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
  ).map(({ name, type, wr }) => {
    const found = all(database, `SELECT * FROM pragma_table_xinfo(${literal(String(name))}) ORDER BY cid`)
    const columns = found.filter(({ hidden }) => hidden !== 1).map(({ dflt_value, hidden, name }): Column => ({
      name: String(name),
      generated: hidden === 2 || hidden === 3,
      fleeting: /current_|now|random/i.test(String(dflt_value))
    }))
    const keys = found.filter(({ pk }) => Number(pk) > 0)
    // an INTEGER PRIMARY KEY has no index of its own
    const isIndexed = all(database, `SELECT 1 FROM pragma_index_list(${literal(String(name))}) WHERE origin = 'pk'`)
      .length > 0
    const [key] = keys
    const alias = wr !== 1 && keys.length === 1 && !isIndexed && /^integer$/i.test(String(key?.["type"]))
      ? String(key?.["name"])
      : undefined
    const taken = new Set(found.map(({ name }) => String(name).toLowerCase()))
    return {
      name: String(name),
      virtual: type === "virtual",
      rowid: wr === 1 || type === "virtual" ? undefined : ["rowid", "_rowid_", "oid"].find((word) => !taken.has(word)),
      alias,
      columns
    }
  })

/** The rows of a table, each its rowid and the values of its columns, with their types, by the columns' names in lower case. */
type TableRows = ReadonlyArray<ReadonlyMap<string, string>>

const rowsOf = (database: Database, table: Table): TableRows => {
  const parts = [
    ...(table.rowid === undefined ? [] : [["rowid", table.rowid] as const]),
    ...table.columns.map(({ name }) => [`column ${name.toLowerCase()}`, quote(name)] as const)
  ]
  const list = parts.map(([, sql], i) => `typeof(${sql}) || ' ' || quote(${sql}) AS c${i}`)
  return all(database, `SELECT ${list.length === 0 ? "1" : list.join(", ")} FROM ${quote(table.name)}`).map((row) =>
    new Map(parts.map(([name], i) => [name, String(row[`c${i}`])]))
  )
}

/** All that a database file holds, in one text: two files that hold the same have the same. */
export const content = (path: string): string =>
  use(path, { readonly: true }, (database) => {
    const schema = all(
      database,
      "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name <> 'lockplane_ledger' ORDER BY type, name"
    )
    const stored = all(
      database,
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND name <> 'lockplane_ledger' ORDER BY name"
    )
      .map(({ name }) => {
        const columns = all(database, `SELECT name FROM pragma_table_xinfo(${literal(String(name))}) WHERE hidden = 0`)
        const list = columns.map((column) => `quote(${quote(String(column["name"]))})`).join(" || ',' || ")
        return [name, all(database, `SELECT ${list} AS row FROM ${quote(String(name))}`).map(({ row }) => row)]
      })
    const numbers = ["user_version", "application_id"].map((pragma) => all(database, `PRAGMA ${pragma}`))
    return JSON.stringify([schema, stored, numbers])
  })

/** How many rows the ordinary tables hold together. */
export const count = (path: string): number =>
  use(path, { readonly: true }, (database) =>
    tablesOf(database).filter(({ virtual }) => !virtual).reduce(
      (sum, { name }) => sum + Number(all(database, `SELECT count(*) AS n FROM ${quote(name)}`)[0]?.["n"]),
      0
    ))

/** What keeps its rows under another name: from the name after to the name before, both in lower case; undefined for what is new. */
export interface FormerNames {
  readonly table: (name: string) => string | undefined
  readonly column: (table: string, name: string) => string | undefined
}

/** How many rows refer to nothing; undefined where a foreign key refers to no key, and SQLite does not say. */
const checked = (path: string): ReadonlyArray<number | undefined> =>
  use(path, { readonly: true }, (database) =>
    tablesOf(database).map(({ name }) => {
      try {
        return all(database, `SELECT 1 FROM pragma_foreign_key_check(${literal(name)})`).length
      } catch {
        return undefined
      }
    }))

/** How many rows refer to nothing. A table with a foreign key that refers to no key is passed over. */
export const orphans = (path: string): number => checked(path).reduce<number>((sum, rows) => sum + (rows ?? 0), 0)

/** True where a foreign key refers to no key, so that nothing can be said of rows. */
export const isUnsure = (path: string): boolean => checked(path).includes(undefined)

/** What SQLite finds wrong with the file; empty where that is nothing. */
export const faults = (path: string): ReadonlyArray<string> =>
  use(
    path,
    { readonly: true },
    (database) =>
      all(database, "PRAGMA integrity_check").map((row) => String(row["integrity_check"])).filter((text) =>
        text !== "ok"
      )
  )

/** Why rows do not fit a schema. */
export class DoesNotFit extends Error {}

/** The rows of every table as they must be. */
export type Expected = ReadonlyMap<string, { readonly rows: TableRows; readonly fleeting: ReadonlySet<string> }>

const dropTriggers = (database: Database): void => {
  for (const { name } of all(database, "SELECT name FROM sqlite_schema WHERE type = 'trigger'")) {
    database.run(`DROP TRIGGER ${quote(String(name))}`)
  }
}

/**
 * Copies what is kept of the rows of one file into another, an empty one of the wanted schema, and gives what that holds
 * then. Throws {@link DoesNotFit} where the rows break the wanted schema.
 */
export const transfer = (from: string, to: string, former: FormerNames): Expected => {
  const isClean = orphans(from) === 0
  const expected = use(to, {}, (database) => {
    database.run("PRAGMA foreign_keys = OFF")
    dropTriggers(database)
    database.all("ATTACH ? AS was", from)
    const before = new Map(use(from, { readonly: true }, tablesOf).map((table) => [table.name.toLowerCase(), table]))
    const expected = new Map<string, { readonly rows: TableRows; readonly fleeting: ReadonlySet<string> }>()
    for (const table of tablesOf(database).filter(({ virtual }) => !virtual)) {
      const key = table.name.toLowerCase()
      const old = before.get(former.table(key) ?? "")
      const kept = old === undefined || old.virtual ? [] : table.columns.flatMap(({ generated, name }) => {
        const was = old.columns.find((column) => column.name.toLowerCase() === former.column(key, name.toLowerCase()))
        return was === undefined || generated ? [] : [[name, was.name] as const]
      })
      if (old !== undefined && !old.virtual) {
        const withRowid = table.rowid !== undefined && old.rowid !== undefined &&
          !kept.some(([name]) => name === table.alias)
        const into = [...(withRowid ? [table.rowid] : []), ...kept.map(([name]) => quote(name))]
        const select = [...(withRowid ? [old.rowid] : []), ...kept.map(([, name]) => quote(name))]
        const alias = kept.find(([name]) => name === table.alias)?.[1]
        if (
          alias !== undefined &&
          all(database, `SELECT 1 FROM was.${quote(old.name)} WHERE ${quote(alias)} IS NULL LIMIT 1`).length > 0
        ) throw new DoesNotFit(`${old.name}.${alias} is NULL, and would become a number`)
        try {
          if (into.length > 0) {
            const source = `SELECT ${select.join(", ")} FROM was.${quote(old.name)}`
            database.run(`INSERT OR ABORT INTO main.${quote(table.name)} (${into.join(", ")}) ${source}`)
          } else if (all(database, `SELECT 1 FROM was.${quote(old.name)} LIMIT 1`).length > 0) {
            throw new DoesNotFit(`nothing of the rows of ${old.name} is kept`)
          }
        } catch (error) {
          throw error instanceof DoesNotFit ? error : new DoesNotFit(`${table.name}: ${String(error)}`)
        }
      }
      const isNew = (name: string): boolean => !kept.some(([column]) => column === name)
      const masked = table.columns.filter(({ fleeting, name }) => fleeting && isNew(name))
      const fleeting = table.columns.filter((column) =>
        masked.includes(column) || masked.length > 0 && column.generated
      )
      expected.set(key, {
        rows: rowsOf(database, table),
        fleeting: new Set(fleeting.map(({ name }) => `column ${name.toLowerCase()}`))
      })
    }
    return expected
  })
  const left = orphans(to)
  if (isClean && left > 0) throw new DoesNotFit(`${left} rows refer to nothing`)
  return expected
}

const lines = (rows: TableRows, except: ReadonlySet<string>): ReadonlyArray<string> =>
  rows.map((row) =>
    [...row].filter(([name]) => !except.has(name)).toSorted(([a], [b]) => a < b ? -1 : 1).map(([name, value]) =>
      `${name} ${value}`
    ).join(", ")
  ).toSorted()

/** What is wrong with the rows of a file, in words; empty where they are as they must be. */
export const wrong = (expected: Expected, path: string): ReadonlyArray<string> =>
  use(path, { readonly: true }, (database) =>
    tablesOf(database).filter(({ virtual }) => !virtual).flatMap((table) => {
      const wanted = expected.get(table.name.toLowerCase())
      if (wanted === undefined) return [`table ${table.name} was not expected`]
      const [should, is] = [lines(wanted.rows, wanted.fleeting), lines(rowsOf(database, table), wanted.fleeting)]
      if (should.length !== is.length) return [`table ${table.name} has ${is.length} rows, not ${should.length}`]
      const at = should.findIndex((line, i) => line !== is[i])
      return at < 0 ? [] : [`table ${table.name} holds (${is[at]}), not (${should[at]})`]
    }))

/** What AUTOINCREMENT has counted, by the table in lower case. */
export const sequences = (path: string): ReadonlyMap<string, number> =>
  use(
    path,
    { readonly: true },
    (database) =>
      all(database, "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").length === 0
        ? new Map()
        : new Map(
          all(database, "SELECT name, seq FROM sqlite_sequence").map((
            { name, seq }
          ) => [String(name).toLowerCase(), Number(seq)])
        )
  )

/** What virtual tables store, by the statement that made each. */
export const stored = (path: string): ReadonlyMap<string, string> =>
  use(path, { readonly: true }, (database) => {
    const virtual = all(database, "SELECT name, sql FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%'")
    const shadows = all(
      database,
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow' ORDER BY name"
    )
      .map(({ name }) => String(name))
    return new Map(virtual.map(({ name, sql }) => [
      String(sql),
      JSON.stringify(
        shadows.filter((shadow) => shadow.startsWith(`${String(name)}_`)).map((shadow) => {
          const columns = all(database, `SELECT name FROM pragma_table_info(${literal(shadow)})`)
          const list = columns.map((column) => `quote(${quote(String(column["name"]))})`).join(" || ',' || ")
          return [
            shadow,
            all(database, `SELECT ${list} AS row FROM ${quote(shadow)}`).map(({ row }) => String(row)).toSorted()
          ]
        })
      )
    ]))
  })
