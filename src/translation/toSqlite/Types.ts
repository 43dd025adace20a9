/** Types of PostgreSQL as SQLite tables declare them (PostgreSQL manual, 8; SQLite, "Datatypes In SQLite"). */
import type { Catalog, CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier } from "../../postgres/Identifier.ts"
import type { DomainConstraintState } from "../../postgres/kinds/domain-constraint.ts"
import { isDomainConstraint } from "../../postgres/kinds/domain-constraint.ts"

/** What values of a type are, as far as expressions have to know. */
export type Nature = "text" | "integer" | "number" | "boolean" | "time" | "other"

/** A type of SQLite, and what is to be said of it. */
export interface TypeTranslation {
  readonly type: string
  readonly nature: Nature
  readonly collate?: string
  readonly why?: string
  readonly next?: string
  /** What an enumerated type allows. */
  readonly labels?: ReadonlyArray<string>
  /** The domains that the type is, the nearest first. */
  readonly domains?: ReadonlyArray<CatalogObject>
}

const asText = (what: string, next?: string): TypeTranslation => ({
  type: "TEXT",
  nature: "other",
  why: `SQLite has no ${what}: it is kept as text, and its operators and indexes are not there.`,
  ...(next === undefined ? {} : { next })
})

const unchecked = "SQLite does not check the length."

const known: ReadonlyMap<string, TypeTranslation> = new Map(
  Object.entries<TypeTranslation>({
    bigint: { type: "INTEGER", nature: "integer" },
    integer: { type: "INT", nature: "integer" },
    smallint: { type: "SMALLINT", nature: "integer" },
    text: { type: "TEXT", nature: "text" },
    name: { type: "TEXT", nature: "text" },
    citext: {
      type: "TEXT",
      nature: "text",
      collate: "NOCASE",
      why: "NOCASE knows upper and lower case of the letters of ASCII only."
    },
    "double precision": { type: "REAL", nature: "number" },
    real: { type: "REAL", nature: "number" },
    boolean: { type: "BOOLEAN", nature: "boolean" },
    date: { type: "DATE", nature: "time" },
    "timestamp without time zone": { type: "DATETIME", nature: "time" },
    "time without time zone": { type: "TIME", nature: "time" },
    "timestamp with time zone": {
      type: "TEXT",
      nature: "time",
      why: "SQLite has no time zones: it is kept as text.",
      next: "Write all times in UTC, as CURRENT_TIMESTAMP does, so that they compare as they should."
    },
    "time with time zone": asText("time with time zone"),
    interval: asText("interval", "Keep seconds in an INTEGER where they are computed with."),
    bytea: { type: "BLOB", nature: "other" },
    uuid: { type: "UUID", nature: "text" },
    json: asText("json", "SQLite's JSON functions read text; CHECK (json_valid(…)) checks it."),
    jsonb: asText("jsonb", "SQLite's JSON functions read text; CHECK (json_valid(…)) checks it."),
    tsvector: asText("tsvector", "SQLite's full text search is a virtual table of FTS5."),
    money: asText("money", "Keep cents in an INTEGER.")
  })
)

/** The name of a type without its modifier and its array bounds, and these. */
const parsed = (type: string) => {
  const isArray = type.endsWith("]")
  const plain = type.replace(/(?:\[\])+$/, "")
  const modifier = /\((.*?)\)/.exec(plain)?.[1]
  return { isArray, modifier, base: plain.replace(/\(.*?\)/, "") }
}

const typeNames = (object: CatalogObject): ReadonlyArray<string> => {
  const [schema = "", name = ""] = object.name
  return [`${quoteIdentifier(schema)}.${quoteIdentifier(name)}`]
}

/** The types that a schema declares, by their names as PostgreSQL prints them. */
export const declaredTypes = (catalog: Catalog): ReadonlyMap<string, CatalogObject> =>
  new Map(
    [...catalog.objects.values()]
      .filter(({ kind }) => ["enum", "domain", "composite type", "range type", "base type"].includes(kind))
      .flatMap((object) => typeNames(object).map((name) => [name, object] as const))
  )

/** The type of a column as SQLite declares it. */
export const sqliteType = (type: string, declared: ReadonlyMap<string, CatalogObject>): TypeTranslation => {
  const { base, isArray, modifier } = parsed(type)
  if (isArray) return asText("arrays", "Keep JSON there, or a table of its own.")
  const object = declared.get(base)
  if (object?.kind === "enum") {
    const labels = object.state["labels"]
    return { type: "TEXT", nature: "text", labels: Array.isArray(labels) ? labels.map(String) : [] }
  }
  if (object?.kind === "domain") {
    const below = sqliteType(String(object.state["type"]), declared)
    return { ...below, domains: [object, ...below.domains ?? []] }
  }
  switch (base) {
    case "character varying":
      return modifier === undefined
        ? { type: "VARCHAR", nature: "text" }
        : { type: `VARCHAR(${modifier})`, nature: "text", why: unchecked }
    case "character":
      return { type: `CHAR(${modifier ?? "1"})`, nature: "text", why: unchecked }
    case "numeric":
      return {
        type: modifier === undefined ? "NUMERIC" : `NUMERIC(${modifier})`,
        nature: "number",
        why: "SQLite keeps fractions as binary floating point numbers, of about 15 digits, and does not round them."
      }
    default:
      break
  }
  const bare = base.slice(base.lastIndexOf(".") + 1)
  return known.get(base) ?? (bare === "citext" ? known.get(bare) : undefined) ?? asText(`type ${type}`)
}

/** The checks of a domain. */
export const domainChecks = (
  parts: ReadonlyArray<CatalogObject>
): ReadonlyArray<CatalogObject<DomainConstraintState>> => parts.filter(isDomainConstraint)
