/**
 * The judge that owes nothing to Lockplane: what another build of SQLite (the runtime's own) says of two database files, compared as
 * sets of facts. The facts are those of SQLite's pragmas, and the words of each statement that it keeps, in a form in which
 * spelling, and the place where a constraint is written, do not matter.
 */
import { Database, type Row } from "../../runtimes/Sqlite.ts"

/** What a database file holds, as facts in words. */
export interface Reading {
  readonly facts: ReadonlyArray<string>
  /** The columns of each table in order, under its name in lower case. */
  readonly columns: ReadonlyMap<string, ReadonlyArray<string>>
}

const token =
  /--[^\n]*|\/\*[^]*?(?:\*\/|$)|x'[0-9a-f]*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|(?:\d[\d_]*)?\.?\d+(?:e[+-]?\d+)?|[\p{L}_$][\p{L}\p{N}_$]*|\|\||->>|->|<=|>=|<>|!=|==|<<|>>|[^\s]/giu

const spellings: Readonly<Record<string, string>> = { "!=": "<>", "==": "=" }

/** The words of a statement: names and keywords in lower case and without quotes. */
const wordsOf = (sql: string): ReadonlyArray<string> =>
  (sql.match(token) ?? []).filter((word) => !/^(--|\/\*)/.test(word)).map((word) => {
    const quote = word[0] ?? ""
    if (quote === "'") return word
    if (word.length > 1 && (quote === "\"" || quote === "`" || quote === "[")) {
      return word.slice(1, -1).replaceAll(`${quote}${quote}`, quote).toLowerCase()
    }
    const plain = word.toLowerCase()
    return spellings[plain] ?? plain
  })

/** What says the same whether it is there or not, and lists of columns, which the pragmas tell, wherever they are written. */
const silent: ReadonlyArray<readonly [RegExp, string]> = [
  [/ foreign key \( [^)]* \)/g, " "],
  [/ (primary key|unique) \( ((?:[^()]|\( [^()]* \))*?)( autoincrement)? \)/g, " $1 $3"],
  [/ generated always as /g, " as "],
  [/ on conflict abort /g, " "],
  [/ on (delete|update) no action /g, " "],
  [/ not deferrable( initially (deferred|immediate))? /g, " "],
  [/ deferrable initially immediate /g, " "],
  [/ deferrable (?!initially)/g, " "],
  [/ virtual(?= [,)]| not| check| unique| references)/g, " "],
  [/(?<! not| set| default) null(?= )/g, " "],
  [/ [,()](?= )/g, " "]
]

const tableWords = (sql: string): string => {
  const start = sql.indexOf("(")
  let text = ` ${wordsOf(sql.slice(start)).join(" ")} `
  for (const [pattern, instead] of silent) text = text.replaceAll(pattern, instead)
  return text.split(/ +/).toSorted().join(" ").trim()
}

/** A trigger that does not say when fires before. */
const triggerWords = (sql: string): string =>
  wordsOf(sql).join(" ").replace(/^(create trigger .*?) before (insert|update|delete) /, "$1 $2 ")
    .replace(/ for each row (?=when|begin)/, " ")

const literal = (name: string): string => `'${name.replaceAll("'", "''")}'`

const lower = (value: unknown): string => String(value ?? "").toLowerCase()

/** Reads a database file. */
export const read = (path: string): Reading => {
  const database = new Database(path, { readonly: true })
  try {
    const rows = (sql: string): ReadonlyArray<Row> => database.all(sql)
    const facts: Array<string> = []
    const columns = new Map<string, ReadonlyArray<string>>()
    const tables = rows(
      "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = 'main' AND name <> 'lockplane_ledger' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    )
    const shadows = new Set(tables.filter(({ type }) => type === "shadow").map(({ name }) => name))
    for (const { name, strict, type, wr } of tables) {
      if (shadows.has(name ?? "")) continue
      facts.push(`${type} ${name}${wr === 1 ? " WITHOUT ROWID" : ""}${strict === 1 ? " STRICT" : ""}`)
      if (type !== "table") continue
      const of = literal(String(name))
      const found = rows(`SELECT * FROM pragma_table_xinfo(${of}) ORDER BY cid`)
      columns.set(lower(name), found.map((column) => lower(column["name"])))
      for (const { dflt_value, hidden, name: column, notnull, pk, type } of found) {
        const value = dflt_value === null ? "none" : wordsOf(String(dflt_value)).join(" ")
        facts.push(
          `column ${name}.${column} ${lower(type)} hidden ${hidden} not null ${notnull} key ${pk} default ${value}`
        )
      }
      for (const [, parts] of Map.groupBy(rows(`SELECT * FROM pragma_foreign_key_list(${of})`), ({ id }) => id)) {
        const [{ match, on_delete, on_update, table } = {}] = parts
        const pairs = parts.map(({ from, to }) => `${lower(from)}=${lower(to)}`).join()
        facts.push(`foreign key ${name} -> ${lower(table)} ${pairs} ${on_update} ${on_delete} ${lower(match)}`)
      }
      for (const { name: index, origin, partial, unique } of rows(`SELECT * FROM pragma_index_list(${of})`)) {
        const parts = rows(`SELECT * FROM pragma_index_xinfo(${literal(String(index))}) WHERE key ORDER BY seqno`)
          .map(({ coll, desc, name }) => `${name === null ? "an expression" : lower(name)} ${lower(coll)} ${desc}`)
        facts.push(
          `index ${name} ${origin === "c" ? index : origin} unique ${unique} partial ${partial}: ${parts.join()}`
        )
      }
    }
    for (const { name, sql, tbl_name, type } of rows("SELECT * FROM sqlite_schema WHERE sql IS NOT NULL")) {
      if (
        /^(sqlite_|lockplane_ledger$)/i.test(String(name)) || shadows.has(name ?? "") || shadows.has(tbl_name ?? "")
      ) continue
      const isTable = type === "table" && !/^create\s+virtual/i.test(String(sql))
      facts.push(
        `text of ${type} ${name}: ${
          isTable
            ? tableWords(String(sql))
            : type === "trigger"
            ? triggerWords(String(sql))
            : wordsOf(String(sql)).join(" ")
        }`
      )
    }
    return { facts: facts.toSorted(), columns }
  } finally {
    database.close()
  }
}

/** What differs between two readings. */
export interface Verdict {
  readonly missing: ReadonlyArray<string>
  readonly extra: ReadonlyArray<string>
  /** Tables that have the same columns in another order. */
  readonly reordered: ReadonlyArray<string>
}

const without = (facts: ReadonlyArray<string>, others: ReadonlyArray<string>): ReadonlyArray<string> => {
  const count = new Map<string, number>()
  for (const other of others) count.set(other, (count.get(other) ?? 0) + 1)
  return facts.filter((fact) => {
    const there = count.get(fact) ?? 0
    count.set(fact, there - 1)
    return there <= 0
  })
}

/** Compares a migrated database with the wanted one. */
export const compare = (wanted: Reading, found: Reading): Verdict => ({
  missing: without(wanted.facts, found.facts),
  extra: without(found.facts, wanted.facts),
  reordered: [...wanted.columns].flatMap(([table, columns]) => {
    const there = found.columns.get(table)
    return there === undefined || there.join("\0") === columns.join("\0") ? [] : [table]
  })
})
