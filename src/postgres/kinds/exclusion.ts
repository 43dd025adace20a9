/**
 * Exclusion constraints of partitioned tables (PostgreSQL manual 5.12, from version 17 on). PostgreSQL does not compare
 * exclusion constraints, so it never takes one of a partition for the one of its table: it builds those of the partitions
 * itself, under names of its choice, when the constraint is added or the partition attached.
 */
import { canonicalJson, type Catalog, type CatalogObject, type ObjectId } from "../../Catalog.ts"
import { quoteIdentifier } from "../Identifier.ts"
import { objectId } from "./names.ts"

const isExclusion = (object: CatalogObject): boolean =>
  object.kind === "constraint" && object.state["type"] === "exclusion"

/** True for the exclusion constraint of a partition that stands for one of the partitioned table; `parts` are those of the schema. */
export const isBuiltForPartition = (
  object: CatalogObject,
  parts: (id: ObjectId) => ReadonlyArray<CatalogObject>
): boolean => isExclusion(object) && parts(object.id).some(({ kind }) => kind === "index partition")

/** Why PostgreSQL does not make it under its name, unless that is as it chooses names: `TABLE_COLUMNS_excl`. */
export const refusesName = (
  { name: [, table = "", name = ""] }: CatalogObject,
  displayTable: string
): string | undefined =>
  name.endsWith("_excl") && (name.startsWith(`${table}_`) || new TextEncoder().encode(name).length >= 62)
    ? undefined
    : `exclusion constraint ${quoteIdentifier(name)} of partition ${displayTable} stands for that of the partitioned ` +
      `table: PostgreSQL makes it itself, and chooses its name. Call it as PostgreSQL does (${
        quoteIdentifier(`${table}_…_excl`)
      }), or make the partition by hand.`

/** True for an exclusion constraint of a partitioned table that each partition of the schema has too. */
export const isInAllPartitions = (object: CatalogObject, schema: Catalog): boolean => {
  const [table, index] = [
    canonicalJson(object.name.slice(0, 2)),
    canonicalJson([object.name[0] ?? "", object.name[2] ?? ""])
  ]
  const having = new Set<ObjectId>()
  for (const { kind, parent, state } of schema.objects.values()) {
    if (kind !== "index partition" || canonicalJson(state["of"]) !== index) continue
    const own = schema.objects.get(parent ?? "")
    if (own !== undefined) having.add(objectId("partition", own.name.slice(0, 2)))
  }
  return [...schema.objects.values()].every(({ id, kind, state }) =>
    kind !== "partition" || canonicalJson(state["of"]) !== table || having.has(id)
  )
}
