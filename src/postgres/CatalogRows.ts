/**
 * From what the catalog queries returned to a {@link Catalog}: objects, the addresses that mean them, and the dependencies
 * that PostgreSQL records between addresses, carried over to objects (PostgreSQL manual, `pg_depend`). Pure.
 */
import type { Catalog, CatalogObject, ObjectId, State } from "../Catalog.ts"
import { commentObjects, type CommentRow } from "./CommentRows.ts"
import type { Kind } from "./kinds/Kind.ts"
import { objectId } from "./kinds/names.ts"
import { type RoutineBody, softDependencies } from "./RoutineBodies.ts"

/** An OID in JSON: PostgreSQL writes values of type `oid` as text. */
type Oid = number | string

/** One row of a kind's query, see {@link Kind}. */
export interface KindRow {
  readonly oid: Oid
  readonly subid?: number | null
  readonly name: ReadonlyArray<string>
  readonly parent?: ReadonlyArray<string> | null
  readonly position?: number | null
  readonly addresses?: ReadonlyArray<readonly [catalog: string, oid: Oid | null, subid: number]> | null
  readonly depends?: ReadonlyArray<ReadonlyArray<string>> | null
  readonly state: State
}

/** A row of a system catalog, and a column of it where `subid` is not 0: what pg_depend calls an object. */
export type Address = readonly [catalog: number, oid: number, subid: number]

/** One row of pg_depend: the dependent, what it depends on, and `deptype`. */
export type DependencyRow = readonly [...dependent: Address, ...referenced: Address, type: string]

/** Everything that one snapshot of a database gives. */
export interface Rows {
  readonly major: number
  readonly kinds: ReadonlyArray<readonly [kind: Kind, rows: ReadonlyArray<KindRow>]>
  /** The OID of each system catalog by its name. */
  readonly catalogs: ReadonlyMap<string, number>
  readonly dependencies: ReadonlyArray<DependencyRow>
  readonly comments: ReadonlyArray<CommentRow>
  readonly bodies: ReadonlyArray<RoutineBody>
}

/** The dependent of a row belongs to what it depends on: internal, a partition's or an extension's (manual, `pg_depend`). */
const belongs = new Set(["i", "P", "S", "e"])

/** What is known of one row of a system catalog. */
interface CatalogRow {
  /** The object that it is. */
  own?: ObjectId
  /** The object that it means without being it. */
  claimed?: ObjectId
  /** The same for its columns, by number. */
  columns?: Map<number, ObjectId>
  /** What it belongs to. */
  owner?: Address
}

/**
 * Which object an address means. An address that no object claims means the object that it belongs to: an index its
 * constraint, a row type its table, a view's rule the view, a member its extension.
 */
export class Addresses {
  private readonly catalogs = new Map<number, Map<number, CatalogRow>>()

  constructor(rows: Pick<Rows, "dependencies">) {
    for (const [catalog, oid, subid, refCatalog, refOid, refSubid, type] of rows.dependencies) {
      if (subid !== 0 || !belongs.has(type)) continue
      const row = this.row(catalog, oid)
      // a partition's index belongs to the parent's index ('P') rather than to its own table ('S')
      if (type !== "S" || row.owner === undefined) row.owner = [refCatalog, refOid, refSubid]
    }
  }

  private row(catalog: number, oid: number): CatalogRow {
    let rows = this.catalogs.get(catalog)
    if (rows === undefined) this.catalogs.set(catalog, rows = new Map())
    let row = rows.get(oid)
    if (row === undefined) rows.set(oid, row = {})
    return row
  }

  /** Says that the object is what stands at the address. */
  set([catalog, oid, subid]: Address, id: ObjectId): void {
    const row = this.row(catalog, oid)
    if (subid === 0) row.own = id
    else (row.columns ??= new Map()).set(subid, id)
  }

  /** Says that the address of a whole row means the object too; the first to say so wins. */
  claim(catalog: number, oid: number, id: ObjectId): void {
    this.row(catalog, oid).claimed ??= id
  }

  /** The object that stands at exactly this address. */
  at([catalog, oid, subid]: Address): ObjectId | undefined {
    const row = this.catalogs.get(catalog)?.get(oid)
    return subid === 0 ? row?.own : row?.columns?.get(subid)
  }

  /** The object that the address means: its own, else that of the whole, else that of what the whole belongs to. */
  resolve([catalog, oid, subid]: Address): ObjectId | undefined {
    for (let depth = 0; depth < 8; depth++) {
      const row = this.catalogs.get(catalog)?.get(oid)
      if (row === undefined) return undefined
      const id = (subid === 0 ? undefined : row.columns?.get(subid)) ?? row.own ?? row.claimed
      if (id !== undefined || row.owner === undefined) return id
      ;[catalog, oid, subid] = row.owner
    }
    return undefined
  }
}

/** The objects of a snapshot, and which of them each address means. */
export interface Assembly {
  readonly catalog: Catalog
  readonly addresses: Addresses
}

/** Puts the rows of a snapshot together; the census is taken with the `addresses` that this gives. */
export const assemble = (rows: Rows): Assembly => {
  const objects = new Map<ObjectId, CatalogObject>()
  const dependencies = new Map<ObjectId, Set<ObjectId>>()
  const addresses = new Addresses(rows)
  const kinds = new Map(rows.kinds.map(([kind]) => [kind.kind, kind] as const))
  const catalogOid = (name: string): number => rows.catalogs.get(name) ?? 0

  const depend = (from: ObjectId, to: ObjectId | undefined): void => {
    if (to === undefined || from === to) return
    const needs = dependencies.get(from)
    if (needs === undefined) dependencies.set(from, new Set([to]))
    else needs.add(to)
  }

  const later: Array<readonly [ObjectId, ReadonlyArray<ReadonlyArray<string>>]> = []
  for (const [kind, kindRows] of rows.kinds) {
    const catalog = catalogOid(kind.catalog)
    for (const row of kindRows) {
      const id = objectId(kind.kind, row.name)
      const parent = row.parent ? objectId(row.parent[0] ?? "", row.parent.slice(1)) : undefined
      const object = {
        kind: kind.kind,
        id,
        name: row.name,
        ...(parent === undefined ? {} : { parent }),
        ...(typeof row.position === "number" ? { position: row.position } : {}),
        state: row.state
      }
      objects.set(id, kind.normalize?.(object) ?? object)
      addresses.set([catalog, Number(row.oid), row.subid ?? 0], id)
      for (const [name, oid] of row.addresses ?? []) addresses.claim(catalogOid(name), Number(oid), id)
      if (parent !== undefined) depend(id, parent)
      if (row.depends) later.push([id, row.depends])
    }
  }
  for (const [id, needs] of later) {
    for (const [kind = "", ...name] of needs) {
      const need = objectId(kind, name)
      if (objects.has(need)) depend(id, need)
    }
  }

  const relation = catalogOid("pg_class")
  const clones = new Set(
    rows.dependencies.filter(([catalog, oid, , , , , type]) =>
      type === "P" && addresses.at([catalog, oid, 0]) === undefined
    )
      .map(([catalog, oid]) => `${catalog} ${oid}`)
  )
  for (const [catalog, oid, subid, refCatalog, refOid, refSubid, type] of rows.dependencies) {
    // which column owns a sequence is an object of its own: the column's default needs the sequence as well
    if (type === "a" && catalog === relation && refCatalog === relation && refSubid > 0 && subid === 0) {
      const id = addresses.at([catalog, oid, 0])
      if (id !== undefined && objects.get(id)?.kind === "sequence") continue
    }
    // a partition's copy of a trigger or foreign key needs its partition; what it was copied from does not
    if (type === "S" && addresses.at([catalog, oid, 0]) === undefined) continue
    // what PostgreSQL clones to a partition, such as a foreign key or a trigger, goes with the partition by itself
    if (type !== "n" && clones.has(`${catalog} ${oid}`)) continue
    const id = addresses.resolve([catalog, oid, subid])
    // so is which table a table inherits from or is a partition of: it must be able to leave without being made anew
    if (
      catalog === relation && refCatalog === relation && subid === 0 && refSubid === 0 && id !== undefined &&
      objects.get(id)?.kind === "table"
    ) continue
    if (id !== undefined) depend(id, addresses.resolve([refCatalog, refOid, refSubid]))
  }

  for (const comment of commentObjects(rows.comments, addresses, objects, kinds)) {
    objects.set(comment.id, comment)
    if (comment.parent !== undefined) depend(comment.id, comment.parent)
  }

  return {
    addresses,
    catalog: {
      dialect: "postgres",
      major: rows.major,
      objects,
      dependencies,
      softDependencies: softDependencies(rows.bodies, addresses, objects, dependencies, catalogOid("pg_proc")),
      unmanaged: []
    }
  }
}
