/** Varied CREATE TABLE statements. */
import { expression, gap, type Genes, someColumns, written } from "./Genes.ts"

const types = [
  "",
  "INTEGER",
  "integer",
  "TEXT",
  "text",
  "varchar (10)",
  "decimal( 10 ,2)",
  "double  precision",
  "\"my type\"",
  "[odd]",
  "unsigned big int",
  "character/* */varying(+5)",
  "any",
  "Real",
  "BLOB",
  "temp if no",
  "text generated always"
] as const

const conflict = (genes: Genes): string =>
  genes.pick(["", "", "", " ON CONFLICT replace", " on  conflict ABORT", " ON CONFLICT IGNORE"])

const action = (genes: Genes): string => genes.pick(["cascade", "SET NULL", "set  default", "RESTRICT", "no action"])

const reference = (genes: Genes): string => {
  const clauses = genes.some(4, () =>
    genes.pick([
      ` on delete ${action(genes)}`,
      ` ON UPDATE ${action(genes)}`,
      " MATCH full",
      " match SIMPLE",
      " ON INSERT cascade"
    ]))
  const deferral = genes.pick([
    "",
    "",
    " deferrable",
    " DEFERRABLE INITIALLY DEFERRED",
    " not deferrable initially deferred",
    " deferrable initially immediate"
  ])
  return clauses.join("") + deferral
}

const constant = (genes: Genes): string =>
  genes.pick([
    "1",
    "-5",
    "+ 1.5",
    "'x'",
    "NULL",
    "true",
    "Current_Timestamp",
    "word",
    "\"true\"",
    "x'ab'",
    "(1 + 2)",
    "( 'a'||'b' )",
    "(random())",
    "0xFF",
    "- 1"
  ])

const columnConstraint = (
  genes: Genes,
  columns: readonly [string, ...ReadonlyArray<string>],
  keyed: { is: boolean }
): string => {
  const name = genes.chance(5) ? `constraint ${genes.pick(["c1", "\"c 2\"", "[key]", "c1 CONSTRAINT c3"])} ` : ""
  switch (genes.below(9)) {
    case 0:
      return `${name}not null${conflict(genes)}`
    case 1:
      return `${name}default ${constant(genes)}`
    case 2:
      return `${name}collate ${genes.pick(["nocase", "BINARY", "\"rtrim\""])}`
    case 3:
      return `${name}unique${conflict(genes)}`
    case 4:
      return `${name}check${gap(genes)}(${expression(genes, columns, 2)})`
    case 5:
      return `${name}references ${genes.pick(["other", "\"Other\"", "[t]"])}${
        genes.pick(["", "(id)", " ( \"i d\" )"])
      }${reference(genes)}`
    case 6:
      return `${name}null`
    case 7:
      if (keyed.is) return "null"
      keyed.is = true
      return `${name}primary key${genes.pick(["", " asc", " DESC"])}${conflict(genes)}`
    default:
      return name === "" ? "null" : name
  }
}

const listOf = (genes: Genes, columns: readonly [string, ...ReadonlyArray<string>]): string => {
  const count = 1 + genes.below(Math.min(3, columns.length))
  const from = genes.below(columns.length)
  return Array.from({ length: count }, (_, i) => {
    const name = columns[(from + i) % columns.length] ?? columns[0]
    return written(genes, name) + genes.pick(["", "", " collate nocase", " COLLATE \"rtrim\""]) +
      genes.pick(["", "", " asc", " Desc"])
  }).join(genes.pick([",", " , "]))
}

const tableConstraint = (
  genes: Genes,
  columns: readonly [string, ...ReadonlyArray<string>],
  keyed: { is: boolean }
): string => {
  const name = genes.chance(4) ? `constraint ${genes.pick(["t1", "'t 2'", "[check]", "t1 CONSTRAINT t3"])} ` : ""
  switch (genes.below(4)) {
    case 0:
      return `${name}unique (${listOf(genes, columns)})${conflict(genes)}`
    case 1:
      return `${name}check(${expression(genes, columns, 3)})${conflict(genes)}`
    case 2: {
      const column = written(genes, genes.pick(columns))
      return `${name}foreign key(${column}) references other${genes.pick(["", "(id)"])}${reference(genes)}`
    }
    default:
      if (keyed.is) return `${name}check (1)`
      keyed.is = true
      return `${name}primary key (${listOf(genes, columns)})${conflict(genes)}`
  }
}

/** A CREATE TABLE statement that SQLite mostly takes. */
export const table = (genes: Genes): string => {
  const columns = someColumns(genes)
  const keyed = { is: false }
  const defined = columns.map((column) => {
    const type = genes.pick(types)
    const constraints = genes.some(3, () => columnConstraint(genes, columns, keyed))
    const generated = genes.chance(8)
      ? ` ${genes.pick(["as", "GENERATED always AS"])} (${expression(genes, columns, 1)}) ${
        genes.pick(["", "stored", "VIRTUAL"])
      }`
      : ""
    return [written(genes, column), type, ...constraints].filter((part) => part !== "").join(gap(genes)) + generated
  })
  const constraints = genes.some(3, () => tableConstraint(genes, columns, keyed))
  const body = constraints.length === 0
    ? defined.join(",")
    : `${defined.join(` ,${gap(genes)}`)},${constraints.join(genes.pick([",", " ", gap(genes)]))}`
  const name = genes.pick(["t", "\"t\"", "[T able]", "main.t", "'t'"])
  return `create table ${name}${gap(genes)}(${body})${genes.pick(["", "", " without rowid", " WITHOUT  ROWID"])}`
}
