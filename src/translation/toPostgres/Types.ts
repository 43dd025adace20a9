/** Types that SQLite tables declare, as PostgreSQL has them (SQLite, "Datatypes In SQLite"; PostgreSQL manual, 8). */
import { affinityOf } from "../../sqlite/Affinity.ts"

/** A type of PostgreSQL, and what is to be said of it. */
export interface TypeTranslation {
  readonly type: string
  readonly why?: string
  readonly next?: string
}

const lengthIsChecked = {
  why: "SQLite stores text of any length there, and PostgreSQL refuses what is longer than declared.",
  next: "Declare it as TEXT to keep what it does."
}

const isPadded = {
  why: "PostgreSQL fills character(n) with blanks and refuses longer text.",
  next: "Declare it as TEXT to keep what it does."
}

const isNoCounter = {
  why: "SQLite counts in INTEGER PRIMARY KEY alone: SERIAL means nothing to it.",
  next: "Was the schema written for PostgreSQL? Then it needs no translation."
}

/** Types by their names; `length` where a number in parentheses is kept. */
const known: ReadonlyMap<string, TypeTranslation & { readonly modifier?: 1 | 2 }> = new Map(
  Object.entries<TypeTranslation & { readonly modifier?: 1 | 2 }>({
    INTEGER: { type: "bigint" },
    INT: { type: "integer" },
    INT4: { type: "integer" },
    MEDIUMINT: { type: "integer" },
    SMALLINT: { type: "smallint" },
    INT2: { type: "smallint" },
    TINYINT: { type: "smallint" },
    BIGINT: { type: "bigint" },
    INT8: { type: "bigint" },
    "UNSIGNED BIG INT": { type: "bigint" },
    "BIG INT": { type: "bigint" },
    TEXT: { type: "text" },
    CLOB: { type: "text" },
    STRING: {
      type: "text",
      why: "SQLite takes STRING for a number type: text that looks like a number is stored as one."
    },
    VARCHAR: { type: "character varying", modifier: 1 },
    NVARCHAR: { type: "character varying", modifier: 1 },
    "CHARACTER VARYING": { type: "character varying", modifier: 1 },
    "VARYING CHARACTER": { type: "character varying", modifier: 1 },
    CHAR: { type: "character", modifier: 1 },
    NCHAR: { type: "character", modifier: 1 },
    CHARACTER: { type: "character", modifier: 1 },
    "NATIVE CHARACTER": { type: "character", modifier: 1 },
    REAL: { type: "double precision" },
    FLOAT: { type: "double precision" },
    DOUBLE: { type: "double precision" },
    "DOUBLE PRECISION": { type: "double precision" },
    NUMERIC: { type: "numeric", modifier: 2 },
    DECIMAL: { type: "numeric", modifier: 2 },
    BOOLEAN: { type: "boolean" },
    BOOL: { type: "boolean" },
    DATE: { type: "date" },
    TIME: { type: "time without time zone" },
    DATETIME: { type: "timestamp without time zone" },
    TIMESTAMP: { type: "timestamp without time zone" },
    TIMESTAMPTZ: { type: "timestamp with time zone" },
    "TIMESTAMP WITH TIME ZONE": { type: "timestamp with time zone" },
    BLOB: { type: "bytea" },
    BINARY: { type: "bytea" },
    VARBINARY: { type: "bytea" },
    BYTEA: { type: "bytea" },
    JSON: { type: "jsonb" },
    JSONB: { type: "jsonb" },
    UUID: { type: "uuid" },
    SERIAL: { type: "integer", ...isNoCounter },
    BIGSERIAL: { type: "bigint", ...isNoCounter }
  })
)

const ofAffinity = {
  INTEGER: "bigint",
  TEXT: "text",
  REAL: "double precision",
  NUMERIC: "numeric",
  NONE: "bytea"
} as const

/** The type of a column as PostgreSQL has it. Of a type that is not known, the affinity decides. */
export const postgresType = (declared: string | undefined, strict: boolean): TypeTranslation => {
  const [, name = "", modifier] = /^([^(]*?)\s*(?:\(([^)]*)\))?$/.exec((declared ?? "").trim()) ??
    ["", declared ?? ""]
  const base = name.toUpperCase()
  if (base === "" || base === "ANY" && strict) {
    return {
      type: "text",
      why: "It has no type and can hold values of every kind.",
      next: "Declare the type of what is stored there, or move it to text."
    }
  }
  const found = known.get(base)
  if (found === undefined) {
    const type = ofAffinity[affinityOf(declared, strict)]
    return {
      type,
      why: `PostgreSQL has no type ${declared}; SQLite treats it as ${affinityOf(declared, strict)}.`,
      next: "Declare one that says what is stored there."
    }
  }
  const numbers = (modifier ?? "").split(",").map((number) => number.trim()).filter((number) => /^\d+$/.test(number))
  const wanted = numbers.slice(0, found.modifier ?? 0)
  const { modifier: _, ...plain } = found
  // character alone is character(1)
  if (wanted.length === 0) return found.type === "character" ? { type: "text" } : plain
  const note = found.type === "character" ? isPadded : found.modifier === 1 ? lengthIsChecked : {}
  return { ...plain, ...note, type: `${found.type}(${wanted.join(",")})` }
}
