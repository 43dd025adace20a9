/**
 * Where PostgreSQL keeps each object, and what depends on what there (PostgreSQL manual, `pg_depend`). A schema has several
 * such addresses for each of its objects, so they are kept as numbers, column by column.
 */
import type { ObjectId } from "../Catalog.ts"

/** A row of a system catalog, or a column of a relation where `subid` is not 0: what pg_depend calls an object. */
export type Address = readonly [catalog: number, oid: number, subid: number]

/** Rows of pg_depend that are of the same type, between rows of the same two catalogs: a list for each other column. */
export interface Dependencies {
  readonly classid: number
  readonly refclassid: number
  /** One letter. */
  readonly deptype: string
  readonly objid: ReadonlyArray<number>
  readonly refobjid: ReadonlyArray<number>
  /** Null where all are 0. */
  readonly objsubid: ReadonlyArray<number> | null
  readonly refobjsubid: ReadonlyArray<number> | null
}

/** What depends in that row. */
export const dependentOf = ({ classid, objid, objsubid }: Dependencies, row: number): Address => [
  classid,
  objid[row] ?? 0,
  objsubid?.[row] ?? 0
]

/** What it depends on. */
export const referencedBy = ({ refclassid, refobjid, refobjsubid }: Dependencies, row: number): Address => [
  refclassid,
  refobjid[row] ?? 0,
  refobjsubid?.[row] ?? 0
]

/** A column of a relation as one number: there are at most 1600. */
export const columnKey = (oid: number, subid: number): number => oid * 2 ** 11 + subid

/** The dependent of a row belongs to what it depends on: internal, a partition's or an extension's (manual, `pg_depend`). */
const belongs: ReadonlySet<string> = new Set(["i", "P", "S", "e"])

/** The entry of a key that has one from now on. */
const entry = <K, A>(of: Map<number, Map<K, A>>, key: number): Map<K, A> => {
  const known = of.get(key)
  if (known !== undefined) return known
  const made = new Map<K, A>()
  of.set(key, made)
  return made
}

/**
 * Which object an address means. An address that no object claims means the object that it belongs to: an index its
 * constraint, a row type its table, a view's rule the view, a member its extension.
 *
 * There are more addresses than objects, so that maps are handed out to be read and filled in loops.
 */
export class Addresses {
  /** The objects that are columns, by {@link columnKey}. */
  readonly columns = new Map<number, ObjectId>()
  private readonly rows = new Map<number, Map<number, ObjectId>>()
  private readonly claimed = new Map<number, Map<number, ObjectId>>()
  /** For each row of a system catalog what it belongs to. */
  private readonly owners = new Map<number, Map<number, Address>>()
  readonly dependencies: ReadonlyArray<Dependencies>
  /** The OID of `pg_class`: only its rows have columns. */
  private readonly relations: number

  constructor(dependencies: ReadonlyArray<Dependencies>, relations: number) {
    this.dependencies = dependencies
    this.relations = relations
    for (const group of dependencies) {
      const { classid, deptype, objid, objsubid } = group
      if (!belongs.has(deptype)) continue
      const owners = entry(this.owners, classid)
      for (let row = 0; row < objid.length; row++) {
        const oid = objid[row] ?? 0
        if (objsubid !== null && objsubid[row] !== 0) continue
        // a partition's index belongs to the parent's index ('P') rather than to its own table ('S')
        if (deptype !== "S" || !owners.has(oid)) owners.set(oid, referencedBy(group, row))
      }
    }
  }

  /** The objects that are rows of a system catalog, by OID. */
  rowsOf(catalog: number): Map<number, ObjectId> {
    return entry(this.rows, catalog)
  }

  /** Says that the address of a whole row means the object too; the first to say so wins. */
  claim(catalog: number, oid: number, id: ObjectId): void {
    const claimed = entry(this.claimed, catalog)
    if (!claimed.has(oid)) claimed.set(oid, id)
  }

  /** The object that is the column of that number. */
  ofColumn(relation: number, subid: number): ObjectId | undefined {
    return this.columns.get(columnKey(relation, subid))
  }

  /** The object that stands at exactly this address. */
  at([catalog, oid, subid]: Address): ObjectId | undefined {
    return subid === 0
      ? this.rows.get(catalog)?.get(oid)
      : catalog === this.relations
      ? this.ofColumn(oid, subid)
      : undefined
  }

  /** The object that the address means: its own, else that of the whole, else that of what the whole belongs to. */
  resolve(address: Address): ObjectId | undefined {
    let meant: Address | undefined = address
    for (let depth = 0; depth < 8 && meant !== undefined; depth++) {
      const [catalog, oid, subid]: Address = meant
      const id = (subid === 0 ? undefined : this.at(meant)) ?? this.rows.get(catalog)?.get(oid) ??
        this.claimed.get(catalog)?.get(oid)
      if (id !== undefined) return id
      meant = this.owners.get(catalog)?.get(oid)
    }
    return undefined
  }
}
