/** From elements to the statements of a schema. What SQLite does not take, tried in memory, is left out. */
import { Database } from "../../runtimes/Sqlite.ts"
import type { Element } from "./Model.ts"

/** A schema, and the names of the tables and columns in it by the numbers of their entries. */
export interface Written {
  readonly statements: ReadonlyArray<string>
  readonly tables: ReadonlyMap<number, string>
  readonly columns: ReadonlyMap<number, readonly [table: string, column: string]>
}

const quote = (name: string): string =>
  /^[a-z]\w*$/i.test(name) && !keywords.has(name) ? name : `"${name.replaceAll("\"", "\"\"")}"`
const keywords = new Set(["order", "select", "group", "check", "table", "Default", "values"])

const tableNames = ["users", "Orders", "order", "odd name", "quo\"te", "naïve", "Logs", "select", "t", "group"]
const columnNames = ["id", "name", "Email", "order", "odd col", "check", "größe", "body", "n", "x'y", "rowid", "values"]
const types = [
  "TEXT",
  "INTEGER",
  "INT",
  "REAL",
  "BLOB",
  "NUMERIC",
  "VARCHAR(20)",
  "",
  "DECIMAL(10, 2)",
  "bool",
  "datetime",
  "ANY"
]
const strictTypes = ["TEXT", "INTEGER", "INT", "REAL", "BLOB", "ANY"]
const defaults = [
  "",
  "",
  "",
  "",
  "NULL",
  "0",
  "-1",
  "1.5",
  "'x'",
  "'it''s'",
  "x'00ff'",
  "TRUE",
  "CURRENT_TIMESTAMP",
  "(1 + 2)",
  "(lower('ABC'))",
  "1e3",
  "+5",
  "''",
  "( 'in' || 'side' )"
]
const collations = ["", "", "", "", "", "NOCASE", "RTRIM", "BINARY"]
const conflicts = [
  "",
  "",
  "",
  "",
  "",
  "ON CONFLICT REPLACE",
  "ON CONFLICT IGNORE",
  "ON CONFLICT FAIL",
  "ON CONFLICT ABORT"
]
const actions = [
  "",
  "",
  "ON DELETE CASCADE",
  "ON DELETE SET NULL ON UPDATE CASCADE",
  "ON UPDATE RESTRICT",
  "ON DELETE SET DEFAULT"
]
const deferrals = ["", "", "", "DEFERRABLE INITIALLY DEFERRED", "NOT DEFERRABLE"]

/** A table while it is put together. */
interface Table {
  readonly number: number
  readonly name: string
  readonly strict: boolean
  readonly withoutRowid: boolean
  readonly columns: Array<
    { readonly number: number; readonly name: string; readonly text: string; readonly plain: string }
  >
  readonly constraints: Array<{ readonly text: string; readonly at?: string; readonly inline?: string }>
}

const choice = <A>(list: readonly [A, ...ReadonlyArray<A>] | ReadonlyArray<A>, gene: number | undefined): A => {
  const found = list[(gene ?? 0) % list.length]
  if (found === undefined) throw new Error("a choice among nothing")
  return found
}

const free = (wanted: string, taken: Iterable<string>): string => {
  const others = new Set([...taken].map((name) => name.toLowerCase()))
  let name = wanted
  for (let n = 2; others.has(name.toLowerCase()); n++) name = `${wanted}${n}`
  return name
}

const words = (...parts: ReadonlyArray<string>): string => parts.filter((part) => part !== "").join(" ")

const addColumn = (table: Table, { genes, number }: Element): void => {
  const [, at, type, value, other, extra, more] = genes
  const name = free(choice(columnNames, at), table.columns.map((column) => column.name))
  const declared = table.strict ? choice(strictTypes, type) : choice(types, type)
  const collation = choice(collations, other)
  const collate = collation === "" ? "" : `COLLATE ${collation}`
  const earlier = table.columns[(extra ?? 0) % Math.max(1, table.columns.length)]
  if ((extra ?? 0) % 7 === 6 && earlier !== undefined) {
    const of = quote(earlier.name)
    const expression = choice([
      `${of} || '!'`,
      `length(${of})`,
      `coalesce(${of}, 0)`,
      `CASE WHEN ${of} IS NULL THEN 1 ELSE 2 END`
    ], more)
    const stored = choice(["STORED", "VIRTUAL", ""], value)
    table.columns.push({
      number,
      name,
      plain: words(quote(name), declared),
      text: words(
        quote(name),
        declared,
        collate,
        `${(more ?? 0) % 2 === 0 ? "AS" : "GENERATED ALWAYS AS"} (${expression})`,
        stored
      )
    })
    return
  }
  const text = choice(defaults, value)
  table.columns.push({
    number,
    name,
    plain: words(quote(name), declared),
    text: words(
      quote(name),
      declared,
      (extra ?? 0) % 3 === 1
        ? words("NOT NULL", (more ?? 0) % 9 === 8 ? "ON CONFLICT REPLACE" : "")
        : (extra ?? 0) % 11 === 5
        ? "NULL"
        : "",
      text === "" ? "" : `DEFAULT ${text}`,
      collate
    )
  })
}

const named = (gene: number | undefined, name: string): string =>
  (gene ?? 0) % 3 === 1 ? `CONSTRAINT ${quote(name)} ` : ""

const columnAt = (table: Table, gene: number | undefined): string | undefined =>
  table.columns[(gene ?? 0) % Math.max(1, table.columns.length)]?.name

const addKey = (table: Table, { genes, kind }: Element): void => {
  const [, first, second, shape, name, conflict, order] = genes
  const [one, other] = [columnAt(table, first), columnAt(table, second)]
  if (one === undefined || other === undefined) return
  const what = kind === "unique" ? "UNIQUE" : "PRIMARY KEY"
  const label = named(name, `${kind} ${one}`)
  const onConflict = choice(conflicts, conflict)
  const direction = choice(["", "", "", "DESC", "COLLATE NOCASE"], order)
  const columns = (shape ?? 0) % 3 === 0 || one === other ? [one] : [one, other]
  const list = columns.map((column, i) => words(quote(column), i === 0 ? direction : "")).join(", ")
  const text = `${label}${what} (${list}) ${onConflict}`
  if (columns.length > 1 || direction.startsWith("COLLATE")) return void table.constraints.push({ text })
  const counts = kind === "primary key" && (shape ?? 0) % 4 === 3 ? "AUTOINCREMENT" : ""
  const inline = words(`${label}${what}`, kind === "primary key" ? direction : "", onConflict, counts)
  table.constraints.push((name ?? 0) % 2 === 0 ? { text, at: one, inline } : { text })
}

const addCheck = (table: Table, { genes }: Element): void => {
  const [, first, second, shape, name] = genes
  const [one, other] = [columnAt(table, first), columnAt(table, second)]
  if (one === undefined || other === undefined) return
  const [a, b] = [quote(one), quote(other)]
  const expression = choice(
    [
      `${a} IS NOT NULL OR ${b} IS NULL`,
      `length(${a}) < 50`,
      `${a} <> 'bad'`,
      `${a} IN (1, 2, 3, 'v1', 'v2')`,
      `typeof(${a}) <> 'blob'`,
      `${a} IS NULL OR NOT (${a} = 'x' AND ${b} == 1)`
    ],
    shape
  )
  const text = `${named(name, `check ${one}`)}CHECK (${expression})`
  table.constraints.push((name ?? 0) % 2 === 0 ? { text, at: one, inline: text } : { text })
}

const addForeignKey = (table: Table, tables: ReadonlyArray<Table>, { genes }: Element): void => {
  const [, first, parent, target, action, deferral, name] = genes
  const referenced = tables[(parent ?? 0) % tables.length]
  const [one, to] = [columnAt(table, first), referenced === undefined ? undefined : columnAt(referenced, target)]
  if (one === undefined || referenced === undefined || to === undefined) return
  const rest = words(
    `REFERENCES ${quote(referenced.name)}`,
    (target ?? 0) % 4 === 3 ? "" : `(${quote(to)})`,
    choice(actions, action),
    choice(deferrals, deferral)
  )
  // what is referred to is a key in most cases
  if ((target ?? 0) % 4 < 3) referenced.constraints.push({ text: `UNIQUE (${quote(to)})` })
  const label = named(name, `${one} of ${referenced.name}`)
  const text = `${label}FOREIGN KEY (${quote(one)}) ${rest}`
  table.constraints.push((name ?? 0) % 2 === 0 ? { text, at: one, inline: `${label}${rest}` } : { text })
}

const textOf = (table: Table, full: ReadonlySet<unknown>): string => {
  const used = table.constraints.filter((constraint) => full.has(constraint))
  const lines = [
    ...table.columns.map((column) =>
      words(
        full.has(column) ? column.text : column.plain,
        ...used.filter(({ at }) => at === column.name).map(({ inline }) => inline ?? "")
      )
    ),
    ...used.filter(({ at }) => at === undefined).map(({ text }) => text)
  ]
  const options = [...(full.has("without rowid") ? ["WITHOUT ROWID"] : []), ...(table.strict ? ["STRICT"] : [])]
  return `CREATE TABLE ${quote(table.name)} (${lines.join(", ")}) ${options.join(", ")}`.trim()
}

const viewQuery = (from: string, columns: ReadonlyArray<string>, other: string, gene: number | undefined): string => {
  const [first = "1", second = first] = columns.map(quote)
  return choice(
    [
      `SELECT ${first} FROM ${from}`,
      `SELECT * FROM ${from}`,
      `SELECT ${first} AS "A b", count(*) AS n FROM ${from} GROUP BY ${first}`,
      `SELECT a.${first}, b.${second} AS other FROM ${from} AS a LEFT JOIN ${from} b ON a.${first} = b.${second}`,
      `WITH c AS (SELECT ${second} AS v FROM ${from} WHERE ${first} IS NOT NULL) SELECT v FROM c UNION ALL SELECT 'none'`,
      `SELECT ${first}, EXISTS (SELECT 1 FROM ${other}) AS e FROM ${from} ORDER BY 1 LIMIT 5`
    ],
    gene
  )
}

/** Writes a schema. */
export const write = (elements: ReadonlyArray<Element>): Written => {
  const of = (...kinds: ReadonlyArray<Element["kind"]>) => elements.filter(({ kind }) => kinds.includes(kind))
  const tables: Array<Table> = []
  for (const { genes: [name, , options, second], number } of of("table")) {
    const table: Table = {
      number,
      name: free(choice(tableNames, name), tables.map(({ name }) => name)),
      strict: (options ?? 0) % 5 === 4,
      withoutRowid: (options ?? 0) % 6 === 5,
      columns: [],
      constraints: []
    }
    addColumn(table, {
      kind: "column",
      number: number + 0.5,
      genes: [0, second ?? 0, second ?? 0, 0, 0, 0, 0, 0, 0, 0]
    })
    tables.push(table)
  }
  const tableOf = ({ genes: [at] }: Element): Table | undefined => tables[(at ?? 0) % Math.max(1, tables.length)]
  const each = (found: ReadonlyArray<Element>, use: (table: Table, element: Element) => void): void =>
    found.forEach((element) => {
      const table = tableOf(element)
      if (table !== undefined) use(table, element)
    })
  each(of("column"), addColumn)
  each(of("primary key", "unique"), addKey)
  each(of("check"), addCheck)
  each(of("foreign key"), (table, element) => addForeignKey(table, tables, element))

  const database = new Database(":memory:")
  const works = (sql: string): boolean => {
    try {
      database.run(sql)
      return true
    } catch {
      return false
    }
  }
  const statements: Array<string> = []
  const made: Array<Table> = []
  try {
    for (const table of tables) {
      const full = new Set<unknown>()
      const drop = `DROP TABLE ${quote(table.name)}`
      for (const part of [...table.columns, ...table.constraints, ...(table.withoutRowid ? ["without rowid"] : [])]) {
        full.add(part)
        if (works(textOf(table, full))) database.run(drop)
        else full.delete(part)
      }
      if (works(textOf(table, full))) {
        statements.push(textOf(table, full))
        made.push(table)
      }
    }
    const relations: Array<
      { readonly name: string; readonly columns: ReadonlyArray<string>; readonly isView: boolean }
    > = made
      .map(({ columns, name }) => ({ name, columns: columns.map(({ name }) => name), isView: false }))
    const names = (): ReadonlyArray<string> =>
      database.all("SELECT name FROM sqlite_schema").map(({ name }) => String(name))
    const later = ["virtual table", "view", "index", "trigger"] as const
    for (const { genes, kind } of later.flatMap((kind) => of(kind))) {
      const [at, second, shape, unique, extra, more] = genes
      const among = kind === "index" ? relations.filter(({ isView }) => !isView) : relations
      const relation = among[(at ?? 0) % Math.max(1, among.length)]
      if (kind === "virtual table") {
        const name = free(choice(["search", "Find me"], at), names())
        const sql = `CREATE VIRTUAL TABLE ${quote(name)} USING fts5(${
          choice(["a", "a, b", "title, body, prefix='2 3'"], second)
        })`
        if (works(sql)) statements.push(sql)
        continue
      }
      if (relation === undefined) continue
      const { columns, isView, name: from } = relation
      const pick = (gene: number | undefined): string =>
        quote(columns[(gene ?? 0) % Math.max(1, columns.length)] ?? "rowid")
      const other = choice(relations, second).name
      if (kind === "view") {
        const name = free(choice(["seen", "All of it", "View2", "desc"], more), names())
        const query = viewQuery(quote(from), columns, quote(other), shape)
        const sql = `CREATE VIEW ${quote(name)} AS ${query}`
        if (!works(sql)) continue
        if (works(`SELECT * FROM ${quote(name)} LIMIT 0`)) {
          const found = database.all(`SELECT name FROM pragma_table_info('${name.replaceAll("'", "''")}')`)
          statements.push(sql)
          relations.push({ name, columns: found.map(({ name }) => String(name)), isView: true })
        } else database.run(`DROP VIEW ${quote(name)}`)
      } else if (kind === "index") {
        const name = free(choice(["by_it", "Index 1", "i", "where"], more), names())
        const part = choice(
          [
            pick(second),
            `${pick(second)} DESC`,
            `lower(${pick(second)})`,
            `${pick(second)} COLLATE NOCASE, ${pick(extra)}`,
            `(${pick(second)} || 'x')`
          ],
          shape
        )
        const where = (extra ?? 0) % 4 === 3 ? ` WHERE ${pick(extra)} IS NOT NULL` : ""
        const sql = `CREATE ${(unique ?? 0) % 4 === 3 ? "UNIQUE " : ""}INDEX ${quote(name)} ON ${
          quote(from)
        } (${part})${where}`
        if (works(sql)) statements.push(sql)
      } else {
        const name = free(choice(["noted", "On change", "trg"], more), names())
        const event = choice(["INSERT", "UPDATE", "DELETE", `UPDATE OF ${pick(second)}`], shape)
        const row = event === "DELETE" ? "old" : "new"
        const target = choice(relations.filter(({ isView }) => !isView), second)
        const column = quote(target.columns[(extra ?? 0) % target.columns.length] ?? "rowid")
        const body = choice(
          [
            `SELECT ${row}.${pick(extra)};`,
            `INSERT INTO ${quote(target.name)} (${column}) VALUES (${row}.${pick(extra)});`,
            `UPDATE ${quote(target.name)} SET ${column} = 'changed' WHERE ${column} = ${row}.${pick(extra)};`,
            `DELETE FROM ${quote(target.name)} WHERE ${column} IS ${row}.${pick(extra)}; SELECT 1;`,
            `SELECT RAISE(ABORT, 'no; never') WHERE ${row}.${pick(extra)} = 'forbidden';`
          ],
          unique
        )
        const when = (extra ?? 0) % 3 === 2 ? ` WHEN ${row}.${pick(extra)} IS NOT NULL` : ""
        const timing = isView ? "INSTEAD OF" : choice(["AFTER", "BEFORE", ""], at)
        const sql = `CREATE TRIGGER ${quote(name)} ${timing} ${event} ON ${quote(from)}${
          (more ?? 0) % 2 === 0 ? " FOR EACH ROW" : ""
        }${when} BEGIN ${body} END`
        if (!works(sql)) continue
        const first = quote(columns[0] ?? "rowid")
        const uses = [
          `DELETE FROM ${quote(from)} WHERE 0`,
          `INSERT INTO ${quote(from)} (${first}) SELECT NULL WHERE 0`,
          `UPDATE ${quote(from)} SET ${pick(second)} = NULL WHERE 0`
        ]
        const tried = uses.find((use) => use.startsWith(event.slice(0, 6)))
        if (tried === undefined || works(tried)) statements.push(sql)
        else database.run(`DROP TRIGGER ${quote(name)}`)
      }
    }
  } finally {
    database.close()
  }
  return {
    statements,
    tables: new Map(made.map(({ name, number }) => [number, name])),
    columns: new Map(
      made.flatMap(({ columns, name }) =>
        columns.map((column) => [column.number, [name, column.name] as const] as const)
      )
    )
  }
}
