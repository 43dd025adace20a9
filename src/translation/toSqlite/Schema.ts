/** A schema of PostgreSQL as one of SQLite, before SQLite has seen it. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import {
  type Catalog,
  type CatalogObject,
  compareText,
  dependenciesOf,
  type ObjectId,
  partsIndex
} from "../../Catalog.ts"
import { isColumn } from "../../postgres/kinds/column/state.ts"
import { objectId } from "../../postgres/kinds/names.ts"
import type { ParserError } from "../../postgres/sql/Parser.ts"
import { all, textsOf } from "../../postgres/sql/ParseTree.ts"
import type { KeyPart } from "../../sqlite/sql/Definition.ts"
import { quoteIdentifier } from "../../sqlite/sql/Identifier.ts"
import { printIndex, printView } from "../../sqlite/sql/Printer.ts"
import { type Creation, creation, type Draft } from "../Creation.ts"
import { changed, leftOut, type Note } from "../Note.ts"
import { relationNames } from "./Names.ts"
import type { Scope } from "./Natures.ts"
import { translateQuery } from "./Query.ts"
import { type Surroundings, translateTable } from "./Tables.ts"
import { readTrees } from "./Trees.ts"
import { declaredTypes, sqliteType } from "./Types.ts"
import { withoutCounterpart } from "./Without.ts"
import { translateExpression } from "./Writer.ts"

const textOf = (object: CatalogObject, key: string): string => String(object.state[key] ?? "")

const plain = ({ name: [schema = "", name = ""] }: CatalogObject): string =>
  schema === "public" ? name : `${schema}.${name}`

/** The table that a partition is attached to. */
const attachedTo = ({ name }: CatalogObject, { objects }: Catalog): string | undefined => {
  const of = objects.get(objectId("partition", name))?.state["of"]
  return Array.isArray(of) ? of.map(String).join(".") : undefined
}

/** Views in an order in which each finds those that it reads. */
const inOrder = (views: ReadonlyArray<CatalogObject>, catalog: Catalog): ReadonlyArray<CatalogObject> => {
  const placed = new Set<ObjectId>()
  const ordered: Array<CatalogObject> = []
  const byId = new Map(views.map((view) => [view.id, view]))
  const place = (view: CatalogObject): void => {
    if (placed.has(view.id)) return
    placed.add(view.id)
    for (const need of dependenciesOf(catalog, view.id)) {
      const other = byId.get(need)
      if (other !== undefined) place(other)
    }
    ordered.push(view)
  }
  for (const view of views) place(view)
  return ordered
}

/** The draft of a schema. Fails where PostgreSQL's parser does not work. */
export const draft = Effect.fn("toSqlite.draft")(function*(
  catalog: Catalog
): Effect.fn.Return<Draft, ParserError> {
  const trees = yield* readTrees(catalog)
  const parts = partsIndex(catalog)
  const objects = [...catalog.objects.values()].toSorted((a, b) => compareText(a.id, b.id))
  const of = (kind: string): ReadonlyArray<CatalogObject> => objects.filter((object) => object.kind === kind)
  const notes: Array<Note> = []
  const partitionOf = new Map(of("table").map((table) => [table.id, attachedTo(table, catalog)] as const))
  const names = relationNames(
    objects.filter(({ id, kind }) => kind === "view" || kind === "table" && partitionOf.get(id) === undefined)
  )
  const around: Surroundings = {
    catalog,
    trees,
    names,
    types: declaredTypes(catalog),
    partsOf: (id) => parts.get(id) ?? []
  }

  const kept = of("table").flatMap((table) => {
    const whole = partitionOf.get(table.id)
    const called = names.of(table.name[0], table.name[1] ?? "")
    if (whole !== undefined) {
      notes.push(
        leftOut(
          `partition ${plain(table)}`,
          "SQLite has no partitions.",
          `Its rows belong into the table ${whole}; what was declared of it alone is not there.`
        )
      )
      return []
    }
    if (called === undefined) return []
    notes.push(...tableNotes(table, called))
    return [{ table, called, translated: translateTable(table, called, around) }]
  })
  const tables = new Map(kept.map((one) => [`${one.table.name[0]}.${one.table.name[1]}`, one]))

  const indexes = of("index").flatMap((object): ReadonlyArray<Creation> => {
    const on = object.state["on"]
    const [schema = "", name = ""] = Array.isArray(on) ? on.map(String) : []
    const table = tables.get(`${schema}.${name}`)
    const shown = `index ${object.name[1]} on ${name}`
    if (table === undefined) {
      if (!partitionOf.has(object.parent ?? "")) notes.push(leftOut(shown, `${name} is not there.`))
      return []
    }
    const tree = trees.index(textOf(object, "definition"))
    const method = tree?.accessMethod ?? "btree"
    if (tree === undefined || !["btree", "hash"].includes(method)) {
      notes.push(leftOut(shown, `SQLite has no indexes of the method ${method}.`, "Index what the queries compare."))
      return []
    }
    if ((tree.indexIncludingParams ?? []).length > 0) {
      notes.push(changed(shown, "SQLite has no INCLUDE.", "Add the columns at the end of an index that is not unique."))
    }
    if (tree.nulls_not_distinct === true) {
      notes.push(changed(shown, "SQLite takes NULLs for distinct: NULLS NOT DISTINCT."))
    }
    const keys = all(tree.indexParams, "IndexElem").map(([{ collation, expr, name: column, opclass, ordering }]) => {
      if (collation !== undefined) notes.push(changed(shown, "SQLite has no collations of PostgreSQL."))
      if (opclass !== undefined) {
        notes.push(
          changed(shown, `SQLite has no operator class ${textsOf(opclass).at(-1)}: the index compares as usual.`)
        )
      }
      const key: Result.Result<KeyPart, string> = column === undefined
        ? Result.map(translateExpression(expr, table.translated.scope), (expression) => ({ expression }))
        : Result.succeed({ column })
      return Result.map(key, (part): KeyPart => ordering === "SORTBY_DESC" ? { ...part, descending: true } : part)
    })
    const where = tree.whereClause === undefined
      ? Result.succeed(undefined)
      : translateExpression(tree.whereClause, table.translated.scope)
    const made = Result.flatMap(Result.all(keys), (columns) =>
      Result.map(where, (condition) =>
        printIndex({
          kind: "index",
          // names of indexes are those of the schema in PostgreSQL
          name: table.called === name ? object.name[1] ?? "" : `${schema}_${object.name[1]}`,
          table: table.called,
          ...(tree.unique === true ? { unique: true } : {}),
          columns,
          ...(condition === undefined ? {} : { where: condition })
        })))
    if (Result.isSuccess(made)) return [creation(shown, made.success)]
    notes.push(leftOut(shown, made.failure))
    return []
  })

  const views = inOrder(of("view"), catalog).flatMap((object): ReadonlyArray<Creation> => {
    const called = names.of(object.name[0], object.name[1] ?? "")
    if (called === undefined) return []
    const next = "Write it anew for SQLite."
    const made = translateQuery(trees.query(textOf(object, "definition")), viewScope(around))
    if (Result.isFailure(made)) {
      notes.push(leftOut(`view ${called}`, made.failure, next))
      return []
    }
    const sql = printView({ kind: "view", name: called, query: made.success, mentions: [] })
    return [creation(`view ${called}`, `${sql};\nSELECT * FROM ${quoteIdentifier(called)} LIMIT 0`, next)]
  })

  return {
    creations: [...kept.map(({ translated }) => translated.creation), ...indexes, ...views],
    notes: [
      ...withoutCounterpart(catalog),
      ...names.notes,
      ...notes,
      ...kept.flatMap(({ translated }) => translated.notes)
    ]
  }
})

const tableNotes = (table: CatalogObject, called: string): ReadonlyArray<Note> => [
  ...(table.state["partition_key"] === undefined
    ? []
    : [changed(`table ${called}`, "SQLite has no partitions: all rows are in the one table.")]),
  ...(table.state["persistence"] === undefined ? [] : [changed(`table ${called}`, "SQLite has no UNLOGGED tables.")]),
  ...(table.state["row_security"] === undefined
    ? []
    : [changed(`table ${called}`, "SQLite has no row level security: everybody sees all rows.")])
]

/** The scope of views: a column's nature is known where all columns of its name agree. */
const viewScope = ({ catalog, names, types }: Surroundings): Scope => {
  const natures = new Map<string, ReturnType<Scope["nature"]>>()
  for (const object of catalog.objects.values()) {
    if (!isColumn(object)) continue
    const name = object.name[2] ?? ""
    const { nature } = sqliteType(object.state.type, types)
    natures.set(name, natures.has(name) && natures.get(name) !== nature ? undefined : nature)
  }
  return { relation: names.of, nature: (column) => natures.get(column) }
}
