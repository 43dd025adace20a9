/**
 * A schema as the files of a folder: one for each table, with all that is part of it, and one for each family of other
 * objects. Loaded together they give the same schema again. Pure.
 */
import * as Result from "effect/Result"
import type { Catalog, CatalogObject } from "../Catalog.ts"
import type { ObjectKind } from "../Dialect.ts"
import { statementsOf, type Step } from "../Plan.ts"
import type { PlanRefused } from "../Planner.ts"
import { creation } from "../SchemaSql.ts"

/** A file of the folder: its name, and its text. */
export interface SchemaFile {
  readonly name: string
  readonly text: string
}

/** The kinds with a file for each object. */
const apart: Readonly<Record<string, string>> = {
  table: "Table",
  "foreign table": "Foreign table",
  "virtual table": "Virtual table"
}

/** The files of other objects, with what is in them; kinds that are not here are in the last. */
const families: ReadonlyArray<readonly [name: string, title: string, kinds: ReadonlyArray<string>]> = [
  ["schemas", "Schemas", ["schema"]],
  ["extensions", "Extensions", ["extension"]],
  ["types", "Types", ["enum", "domain", "composite type", "range type", "base type", "shell type"]],
  ["sequences", "Sequences", ["sequence"]],
  ["functions", "Functions and procedures", ["function", "procedure", "aggregate", "language"]],
  ["views", "Views", ["view", "materialized view"]],
  ["event_triggers", "Event triggers", ["event trigger"]],
  ["foreign_data", "Foreign data", ["foreign-data wrapper", "foreign server", "user mapping"]],
  ["replication", "Replication", ["publication", "subscription"]],
  ["privileges", "Privileges", ["default privileges", "grant", "owner"]],
  ["other", "Other objects", []]
]

/** What comes first in the file of a table; the order of the steps decides the rest. */
const ranks: ReadonlyMap<string, number> = new Map(
  ["sequence", "table", "foreign table", "column", "default", "sequence owner", "comment", "constraint"]
    .map((kind, rank) => [kind, rank])
)

const extension = ".lp.sql"

/** A name as that of a file, on every system. */
const fileName = (name: ReadonlyArray<string>): string => {
  const parts = name[0] === "public" || name[0] === "main" ? name.slice(1) : name
  return parts.map((part) => part.replaceAll(/[^\p{L}\p{N}_-]/gu, "_")).join(".")
}

/** The object whose file a part, or a sequence that belongs to a column, stands in. */
const rootOf = (catalog: Catalog, object: CatalogObject): CatalogObject => {
  const parent = object.parent === undefined ? undefined : catalog.objects.get(object.parent)
  if (parent !== undefined) return rootOf(catalog, parent)
  const owned = catalog.objects.get(`sequence owner ${object.id.slice("sequence ".length)}`)
  if (object.kind !== "sequence" || owned === undefined) return object
  const { table } = owned.state
  const name = Array.isArray(table) ? table : []
  return [...catalog.objects.values()].find(({ kind, name: [schema, relation] }) =>
    Object.hasOwn(apart, kind) && schema === name[0] && relation === name[1]
  ) ?? object
}

/** Gives each file a name that no other has, whatever the case of its letters. */
const namer = (): (wanted: string) => string => {
  const given = new Set<string>()
  return (wanted) => {
    for (let i = 1;; i++) {
      const name = i === 1 ? wanted : `${wanted}-${i}`
      if (given.has(name.toLowerCase())) continue
      given.add(name.toLowerCase())
      return `${name}${extension}`
    }
  }
}

/**
 * The files of a schema, in the order of their names. Fails with {@link PlanRefused} where the schema holds what a database
 * of that major version cannot have.
 */
export const schemaFiles = (
  catalog: Catalog,
  options: { readonly kindOf: (kind: string) => ObjectKind; readonly serverMajor: number }
): Result.Result<ReadonlyArray<SchemaFile>, PlanRefused> =>
  Result.map(creation(catalog, options), (steps) => {
    const nameOf = namer()
    const files = new Map<string, { readonly name: string; readonly title: string; readonly steps: Array<Step> }>()
    const put = (key: string, name: string, title: string, step: Step): void => {
      const file = files.get(key)
      if (file === undefined) files.set(key, { name: nameOf(name), title, steps: [step] })
      else file.steps.push(step)
    }
    const roots = steps.map((step) => {
      const object = catalog.objects.get(step.object ?? "")
      return { step, root: object === undefined ? undefined : rootOf(catalog, object) }
    })
    // families first: their names do not depend on what tables are called
    for (const { root, step } of roots) {
      if (root !== undefined && Object.hasOwn(apart, root.kind)) continue
      const [name, title] = families.find(([, , kinds]) => kinds.includes(root?.kind ?? "")) ??
        ["other", "Other objects"] as const
      put(name, name, title, step)
    }
    for (const { root, step } of roots) {
      const title = apart[root?.kind ?? ""]
      if (root === undefined || title === undefined) continue
      put(
        root.id,
        fileName(root.name),
        `${title} ${options.kindOf(root.kind).describe(root).slice(title.length + 1)}`,
        step
      )
    }
    const rank = ({ object = "" }: Step): number => ranks.get(catalog.objects.get(object)?.kind ?? "") ?? ranks.size
    return [...files].map(([key, { name, steps, title }]) => ({
      name,
      text: [
        `-- ${title}\n`,
        ...(catalog.objects.has(key) ? steps.toSorted((a, b) => rank(a) - rank(b)) : steps)
          .flatMap(statementsOf).map((sql) => `${sql};\n`)
      ].join("\n")
    })).toSorted((a, b) => a.name < b.name ? -1 : 1)
  })
