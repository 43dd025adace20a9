/** The tables that a plan keeps, with what they are before it and after it. Pure. */
import { canonicalJson, type CatalogObject, type ObjectId, partsIndex } from "../Catalog.ts"
import type { PlannedChange } from "../Dialect.ts"
import { type Plan, statementsOf } from "../Plan.ts"
import { affinityOf } from "./Affinity.ts"
import { main, objectId } from "./kinds/names.ts"
import { definitionOf } from "./kinds/table/creation.ts"
import { aliasOf } from "./kinds/table/rebuild.ts"
import { columnDefinition, isColumn } from "./kinds/table/state.ts"
import type { ColumnDefinition } from "./sql/Definition.ts"
import { foldName } from "./sql/Identifier.ts"
import { namesIn } from "./sql/Spelling.ts"
import { droppedTable, wordsOf } from "./sql/Words.ts"

/** A table that stays, with its columns as they are and as they will be. */
export interface Kept {
  /** As the database calls it now. */
  readonly name: string
  readonly nameAfter: string
  readonly before: ReadonlyArray<CatalogObject>
  readonly after: ReadonlyArray<CatalogObject>
  readonly strictFrom: boolean
  readonly strictTo: boolean
  readonly withoutRowidFrom: boolean
  readonly withoutRowidTo: boolean
  /** Its rows are copied into a new one. */
  readonly remade: boolean
  /** The column that is the rowid under another name, before the plan and after it. */
  readonly aliasFrom: string | undefined
  readonly alias: string | undefined
  /** What a column of the table after the plan is called now; undefined for a new one. */
  readonly nameNow: (column: string) => string | undefined
}

/** What things were called before the plan's renames, by what they are called after them: two may change their names with each other. */
const formerIds = (plan: Plan): ReadonlyMap<ObjectId, ObjectId> => {
  const former = new Map<ObjectId, ObjectId>()
  for (const { object, operation, renamed_from: from } of plan.steps) {
    if (operation !== "rename" || object === undefined || from === undefined) continue
    const first = former.get(from) ?? from
    former.delete(from)
    former.set(object, first)
  }
  return former
}

/** The tables that are there before a plan and after it, under whatever names. */
export const keptTables = ({ from, plan, to }: PlannedChange): ReadonlyArray<Kept> => {
  const former = formerIds(plan)
  const gone = new Set(former.values())
  const dropped = new Set(
    plan.steps.flatMap(statementsOf).flatMap((sql) => droppedTable(wordsOf(sql)) ?? []).map(foldName)
  )
  const [partsBefore, partsAfter] = [partsIndex(from), partsIndex(to)]
  return [...to.objects.values()].filter(({ kind }) => kind === "table").flatMap((table): ReadonlyArray<Kept> => {
    // what has its name from a table that was renamed is new
    const was = from.objects.get(former.get(table.id) ?? (gone.has(table.id) ? "" : table.id))
    if (was === undefined || was.kind !== "table") return []
    const before = partsBefore.get(was.id) ?? []
    const after = partsAfter.get(table.id) ?? []
    const [oldName = "", newName = ""] = [was.name[1], table.name[1]]
    return [{
      name: oldName,
      nameAfter: newName,
      before,
      after,
      strictFrom: was.state["strict"] === true,
      strictTo: table.state["strict"] === true,
      withoutRowidFrom: was.state["withoutRowid"] === true,
      withoutRowidTo: table.state["withoutRowid"] === true,
      remade: dropped.has(foldName(newName)),
      aliasFrom: aliasOf(definitionOf(was, before)),
      alias: aliasOf(definitionOf(table, after)),
      nameNow: (column) => {
        const idsOf = (name: string): ReadonlyArray<ObjectId> =>
          [newName, oldName].map((table) => objectId("column", [main, table, name]))
        // a column can be renamed before its table, and after it
        const renamed = idsOf(column).flatMap((one) => former.get(one) ?? [])[0]
        const found = before.filter(isColumn).find(({ id, name }) =>
          renamed === undefined
            ? id === objectId("column", [main, oldName, column]) &&
              !idsOf(name.at(-1) ?? "").some((one) => gone.has(one))
            : idsOf(name.at(-1) ?? "").includes(renamed)
        )
        return found?.name.at(-1)
      }
    }]
  })
}

/** The column of a name among the parts of a table. */
export const columnNamed = (parts: ReadonlyArray<CatalogObject>, name: string): ColumnDefinition | undefined =>
  parts.filter(isColumn).map(columnDefinition).find((column) => foldName(column.name) === foldName(name))

/** The columns of a table after the plan that are among some names. */
export const columnsAmong = (table: Kept, names: ReadonlyArray<string>): ReadonlyArray<ColumnDefinition> => {
  const folded = new Set(names.map(foldName))
  return table.after.filter(isColumn).map(columnDefinition).filter(({ name }) => folded.has(foldName(name)))
}

/** True where the column after the plan holds what it held before, and compares it as it did. */
export const isAsBefore = (table: Kept, name: string): boolean => {
  const [was, is] = [columnNamed(table.before, table.nameNow(name) ?? ""), columnNamed(table.after, name)]
  if (was === undefined || is === undefined) return false
  return affinityOf(was.type, table.strictFrom) === affinityOf(is.type, table.strictTo) &&
    was.collate === is.collate && canonicalJson({ ...was.generated }) === canonicalJson({ ...is.generated }) &&
    (is.generated === undefined ||
      columnsAmong(table, namesIn(is.generated.expression)).every(({ name }) => isAsBefore(table, name)))
}
