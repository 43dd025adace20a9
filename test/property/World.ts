/** What a schema that is being written has so far, for later elements to name, and how they choose among it. */
import { quoteIdentifier } from "../../src/postgres/Identifier.ts"

/** What decides which expressions can be written over a type. */
export type Family =
  | "number"
  | "text"
  | "boolean"
  | "time"
  | "uuid"
  | "json"
  | "array"
  | "range"
  | "enum"
  | "other"

/** A data type. */
export interface Type {
  readonly sql: string
  readonly family: Family
  /** Expressions that columns of the type can have as default. */
  readonly defaults: ReadonlyArray<string>
}

/** A column of a relation; `sql` is its quoted name. */
export interface Column {
  readonly sql: string
  readonly type: Type
  readonly generated: boolean
}

/** A relation; `sql` is its qualified name. Its columns grow while the schema is written. */
export interface Relation {
  readonly kind: "table" | "partitioned table" | "view" | "materialized view"
  readonly schema: string
  readonly sql: string
  readonly columns: Array<Column>
  /** How a partitioned table is divided, by the type of its first column. */
  readonly strategy?: "RANGE" | "LIST" | "HASH"
}

/** A primary key or unique constraint. */
export interface Key {
  readonly relation: Relation
  readonly columns: ReadonlyArray<Column>
}

/** A function of one argument that expressions can call. */
export interface Callable {
  readonly sql: string
  readonly family: "number" | "text"
}

const built = (family: Family, defaults: ReadonlyArray<string>, ...names: ReadonlyArray<string>): ReadonlyArray<Type> =>
  names.map((sql) => ({ sql, family, defaults }))

/** The data types that every schema has. */
const builtin: ReadonlyArray<Type> = [
  ...built(
    "number",
    ["0", "42", "-1", "1 + 2", "(random() * 10)::int"],
    "integer",
    "bigint",
    "numeric(10,2)",
    "smallint",
    "double precision"
  ),
  ...built(
    "text",
    ["''", "'it''s'", "E'a\\nb\\\\c'", "CURRENT_USER", "lower('X')"],
    "text",
    "character varying(20)",
    "varchar"
  ),
  // no default that is longer: it would fail as soon as it is used
  ...built("text", ["''", "'a''b'", "E'\\n\\\\c'", "'x'", "lower('X')"], "character(3)"),
  ...built("boolean", ["true", "false"], "boolean"),
  ...built("time", ["now()", "CURRENT_TIMESTAMP"], "timestamp with time zone", "timestamp(3)", "date"),
  ...built("uuid", ["gen_random_uuid()", "'00000000-0000-0000-0000-000000000000'"], "uuid"),
  ...built("json", ["'{}'", "'{\"a\": [1, null]}'"], "jsonb", "json"),
  ...built("array", ["'{}'", "ARRAY[]::integer[]"], "integer[]"),
  ...built("array", ["'{}'", "'{a,\"b c\"}'"], "text[]"),
  ...built("range", ["'empty'", "'[1,5)'"], "int4range"),
  ...built("other", ["'1 day'"], "interval"),
  ...built("other", ["'10.0.0.1'"], "inet"),
  ...built("other", ["B'1010'"], "bit(4)"),
  ...built("other", ["'\\x00'"], "bytea"),
  ...built("other", [], "tsvector", "point")
]

const names = [
  "a",
  "b",
  "users",
  "Order",
  "select",
  "Mixed Case",
  "x$1",
  "über",
  "wi\"th",
  "constructor",
  "__proto__",
  "a.b",
  "c;d",
  "user",
  "it's",
  "a_rather_long_name_that_comes_close_to_what_postgresql_can_keep"
]

const scrambled = (text: string): number => {
  let hash = 0x811c9dc5
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  hash ^= hash >>> 15
  return Math.imul(hash, 0x2c1b3c6d) >>> 0
}

/** Reads the genes of an element, one choice after the other. */
export class Genes {
  #at = 0
  readonly #genes: ReadonlyArray<number>
  constructor(genes: ReadonlyArray<number>) {
    this.#genes = genes
  }
  next(): number {
    return this.#genes[this.#at++ % this.#genes.length] ?? 0
  }
  /** One of a list: the first, where the gene is 0. */
  of<A>(list: readonly [A, ...ReadonlyArray<A>]): A {
    return list[this.next() % list.length] ?? list[0]
  }
  /** True in one case of so many, never where the gene is 0. */
  oneIn(cases: number): boolean {
    return this.next() % cases === cases - 1
  }
  /** A quoted name. */
  name(): string {
    return quoteIdentifier(names[this.next() % names.length] ?? "a")
  }
  /** One of a list that can be empty; which one does not depend on what else is in it. */
  choose<A>(list: ReadonlyArray<A>, key: (item: A) => string): A | undefined {
    const gene = this.next()
    let best: A | undefined
    let highest = -1
    for (const item of list) {
      const rank = scrambled(`${gene} ${key(item)}`)
      if (rank > highest) [best, highest] = [item, rank]
    }
    return best
  }
}

/** What is there so far. */
export class World {
  readonly schemas: Array<string> = ["public"]
  readonly types: Array<Type> = [...builtin]
  /** Composite types, with their attributes as columns. */
  readonly composites: Array<{ readonly sql: string; readonly columns: ReadonlyArray<Column> }> = []
  readonly sequences: Array<string> = []
  readonly callables: Array<Callable> = []
  readonly triggerFunctions: Array<string> = ["pg_catalog.suppress_redundant_updates_trigger"]
  readonly relations: Array<Relation> = []
  readonly keys: Array<Key> = []
  /** What COMMENT ON can say before IS. */
  readonly commentable: Array<string> = []

  /** A qualified name for a new object. */
  name(genes: Genes): { readonly schema: string; readonly sql: string } {
    const schema = genes.choose(this.schemas, (schema) => schema) ?? "public"
    return { schema, sql: `${schema}.${genes.name()}` }
  }
  relation(genes: Genes, ...kinds: ReadonlyArray<Relation["kind"]>): Relation | undefined {
    return genes.choose(this.relations.filter(({ kind }) => kinds.includes(kind)), ({ sql }) => sql)
  }
  column(genes: Genes, relation: Relation, ...families: ReadonlyArray<Family>): Column | undefined {
    return genes.choose(
      relation.columns.filter(({ type }) => families.length === 0 || families.includes(type.family)),
      ({ sql }) => sql
    )
  }
  type(genes: Genes): Type {
    const own = this.types.slice(builtin.length)
    const type = genes.oneIn(3) ? genes.choose(own, ({ sql }) => sql) : undefined
    return type ?? builtin[genes.next() % builtin.length] ?? { sql: "integer", family: "number", defaults: [] }
  }
  callable(genes: Genes, family: Callable["family"]): Callable | undefined {
    return genes.choose(this.callables.filter((callable) => callable.family === family), ({ sql }) => sql)
  }

  /** A condition on a column; `prefix` stands before its name. */
  condition(genes: Genes, { sql, type }: Column, prefix = ""): string {
    const column = `${prefix}${sql}`
    switch (type.family) {
      case "number": {
        const callable = genes.oneIn(3) ? this.callable(genes, "number") : undefined
        if (callable !== undefined) return `${callable.sql}(${column}::integer) > 0`
        return genes.of([
          `${column} > 0`,
          `${column} BETWEEN 1 AND 10`,
          `${column} IN (1, 2, 3)`,
          `${column} <> 5 OR ${column} IS NULL`
        ])
      }
      case "text":
        return genes.of([
          `${column} <> ''`,
          `length(${column}) > 3`,
          `${column} ~ '^[a-z]''?'`,
          `${column} LIKE 'a\\_%' ESCAPE '\\'`
        ])
      case "boolean":
        return genes.of([`${column}`, `NOT ${column}`, `${column} IS TRUE`])
      case "enum":
        return `${column} IS DISTINCT FROM ${genes.of(["NULL", ...type.defaults])}`
      case "json":
        return `(${column}::jsonb ->> 'k') IS NOT NULL`
      case "array":
        return `cardinality(${column}) < 4`
      default:
        return `${column} IS NOT NULL`
    }
  }

  /** An immutable expression over a column, and its type. */
  expression(genes: Genes, { sql, type }: Column): { readonly sql: string; readonly type: string } {
    switch (type.family) {
      case "number": {
        const callable = genes.oneIn(3) ? this.callable(genes, "number") : undefined
        if (callable !== undefined) return { sql: `${callable.sql}(${sql}::integer)`, type: "integer" }
        return {
          sql: genes.of([`(${sql} + 1)::integer`, `(${sql} * 2)::integer`, `(CASE WHEN ${sql} > 1 THEN 1 ELSE 0 END)`]),
          type: "integer"
        }
      }
      case "text": {
        const callable = genes.oneIn(3) ? this.callable(genes, "text") : undefined
        if (callable !== undefined) return { sql: `${callable.sql}(${sql}::text)`, type: "text" }
        return {
          sql: genes.of([`lower(${sql})`, `(${sql}::text || 'x'::text)`, `COALESCE(${sql}::text, ''::text)`]),
          type: "text"
        }
      }
      case "boolean":
        return { sql: `(NOT ${sql})`, type: "boolean" }
      case "json":
        return { sql: `(${sql}::jsonb ->> 'k')`, type: "text" }
      case "array":
        return { sql: `cardinality(${sql})`, type: "integer" }
      default:
        return { sql: `(${sql} IS NULL)`, type: "boolean" }
    }
  }

  /** The built-in type of that name. */
  builtin(sql: string): Type {
    return builtin.find((type) => type.sql === sql) ?? { sql, family: "other", defaults: [] }
  }
}
