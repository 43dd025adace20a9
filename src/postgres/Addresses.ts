/**
 * Where PostgreSQL keeps each object, and what depends on what there (PostgreSQL manual, `pg_depend`). A schema has several
 * such addresses for each of its objects, so they are kept as numbers, column by column.
 */
import type { ObjectId } from "../Catalog.ts"

/** A row of a system catalog, or a column of a relation where `subid` is not 0: what pg_depend calls an object. */
export type Address = readonly [catalog: number, oid: number, subid: number]

/** Rows of pg_depend: a list for each of its columns. */
export interface Dependencies {
  readonly classid: ReadonlyArray<number>
  readonly objid: ReadonlyArray<number>
  readonly objsubid: ReadonlyArray<number>
  readonly refclassid: ReadonlyArray<number>
  readonly refobjid: ReadonlyArray<number>
  readonly refobjsubid: ReadonlyArray<number>
  /** One letter for each row. */
  readonly deptype: string
}

/** No rows at all. */
export const noDependencies: Dependencies = {
  classid: [],
  objid: [],
  objsubid: [],
  refclassid: [],
  refobjid: [],
  refobjsubid: [],
  deptype: ""
}

/** What depends in that row. */
export const dependentOf = ({ classid, objid, objsubid }: Dependencies, row: number): Address => [
  classid[row] ?? 0,
  objid[row] ?? 0,
  objsubid[row] ?? 0
]

/** What it depends on. */
export const referencedBy = ({ refclassid, refobjid, refobjsubid }: Dependencies, row: number): Address => [
  refclassid[row] ?? 0,
  refobjid[row] ?? 0,
  refobjsubid[row] ?? 0
]

/** A row of a system catalog as one number: an OID has 32 bits, that of a system catalog 14. */
export const rowKey = (catalog: number, oid: number): number => catalog * 2 ** 32 + oid

/** A column of a relation as one number: there are at most 1600. */
const columnKey = (oid: number, subid: number): number => oid * 2 ** 11 + subid

/** The dependent of a row belongs to what it depends on: internal, a partition's or an extension's (manual, `pg_depend`). */
const belongs: ReadonlySet<string> = new Set(["i", "P", "S", "e"])

/**
 * Which object an address means. An address that no object claims means the object that it belongs to: an index its
 * constraint, a row type its table, a view's rule the view, a member its extension.
 */
export class Addresses {
  private readonly columns = new Map<number, ObjectId>()
  private readonly rows = new Map<number, ObjectId>()
  private readonly claimed = new Map<number, ObjectId>()
  /** For each row of a system catalog the row of `dependencies` that says what it belongs to. */
  private readonly owners = new Map<number, number>()
  readonly dependencies: Dependencies
  /** The OID of `pg_class`: only its rows have columns. */
  private readonly relations: number

  constructor(dependencies: Dependencies, relations: number) {
    this.dependencies = dependencies
    this.relations = relations
    const { classid, deptype, objid, objsubid } = dependencies
    for (let row = 0; row < classid.length; row++) {
      const type = deptype[row] ?? ""
      if (objsubid[row] !== 0 || !belongs.has(type)) continue
      const key = rowKey(classid[row] ?? 0, objid[row] ?? 0)
      // a partition's index belongs to the parent's index ('P') rather than to its own table ('S')
      if (type !== "S" || !this.owners.has(key)) this.owners.set(key, row)
    }
  }

  /** Says that the object is what stands at the address. */
  set([catalog, oid, subid]: Address, id: ObjectId): void {
    if (subid === 0) this.rows.set(rowKey(catalog, oid), id)
    else if (catalog === this.relations) this.columns.set(columnKey(oid, subid), id)
  }

  /** Says that the address of a whole row means the object too; the first to say so wins. */
  claim(catalog: number, oid: number, id: ObjectId): void {
    const key = rowKey(catalog, oid)
    if (!this.claimed.has(key)) this.claimed.set(key, id)
  }

  /** The object that is the column of that number. */
  ofColumn(relation: number, subid: number): ObjectId | undefined {
    return this.columns.get(columnKey(relation, subid))
  }

  private column(catalog: number, oid: number, subid: number): ObjectId | undefined {
    return catalog === this.relations ? this.ofColumn(oid, subid) : undefined
  }

  /** The object that stands at exactly this address. */
  at([catalog, oid, subid]: Address): ObjectId | undefined {
    return subid === 0 ? this.rows.get(rowKey(catalog, oid)) : this.column(catalog, oid, subid)
  }

  /** The object that the address means: its own, else that of the whole, else that of what the whole belongs to. */
  resolve([catalog, oid, subid]: Address): ObjectId | undefined {
    return this.meant(catalog, oid, subid)
  }

  /** The object that depends in that row. */
  dependent(row: number): ObjectId | undefined {
    const { classid, objid, objsubid } = this.dependencies
    return this.meant(classid[row] ?? 0, objid[row] ?? 0, objsubid[row] ?? 0)
  }

  /** The object that it depends on. */
  referenced(row: number): ObjectId | undefined {
    const { refclassid, refobjid, refobjsubid } = this.dependencies
    return this.meant(refclassid[row] ?? 0, refobjid[row] ?? 0, refobjsubid[row] ?? 0)
  }

  private meant(catalog: number, oid: number, subid: number): ObjectId | undefined {
    for (let depth = 0; depth < 8; depth++) {
      const key = rowKey(catalog, oid)
      const id = (subid === 0 ? undefined : this.column(catalog, oid, subid)) ?? this.rows.get(key) ??
        this.claimed.get(key)
      if (id !== undefined) return id
      const owner = this.owners.get(key)
      if (owner === undefined) return undefined
      ;[catalog, oid, subid] = referencedBy(this.dependencies, owner)
    }
    return undefined
  }
}
