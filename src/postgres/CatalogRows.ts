/**
 * From what the catalog queries returned to a {@link Catalog}: objects, the addresses that mean them, and the dependencies
 * that PostgreSQL records between addresses, carried over to objects (PostgreSQL manual, `pg_depend`). Pure.
 */
import type { Catalog, CatalogObject, ObjectId, State } from "../Catalog.ts"
import { accessObjects, type GrantRow, type OwnerRow } from "./AccessRows.ts"
import { Addresses, columnKey, type Dependencies, dependentOf, referencedBy } from "./Addresses.ts"
import { commentObjects, type CommentRow } from "./CommentRows.ts"
import { quoteIdentifier } from "./Identifier.ts"
import type { Kind } from "./kinds/Kind.ts"
import { objectId } from "./kinds/names.ts"
import { isSecurityLabel } from "./kinds/security-label.ts"
import { labelObjects, type LabelRow } from "./LabelRows.ts"
import { withOperatorClasses } from "./OperatorClasses.ts"
import { type RoutineBody, softDependencies } from "./RoutineBodies.ts"
import { withoutRowAliases } from "./RowAliases.ts"
import { withRowTypes } from "./RowTypes.ts"

/** An OID in JSON: PostgreSQL writes values of type `oid` as text. */
type Oid = number | string

/** One row of a kind's query, see {@link Kind}. */
export interface KindRow {
  readonly oid: Oid
  readonly subid?: number | null
  readonly name?: ReadonlyArray<string> | null
  readonly parent?: ReadonlyArray<string> | null
  readonly of?: Oid | null
  readonly of_subid?: number | null
  readonly part?: string | null
  readonly position?: number | null
  readonly addresses?: ReadonlyArray<readonly [catalog: string, oid: Oid | null, subid: number]> | null
  readonly depends?: ReadonlyArray<ReadonlyArray<string>> | null
  readonly members?: ReadonlyArray<string> | null
  readonly state: State
}

/** Rows of a kind's query as a list for each of its columns, null for a column of nulls. All may share one state. */
export type KindLists = { readonly [K in Exclude<keyof KindRow, "state">]?: ReadonlyArray<KindRow[K]> | null } & {
  readonly state?: ReadonlyArray<State> | State | null
}

const isList = (state: KindLists["state"]): state is ReadonlyArray<State> => Array.isArray(state)

/** The rows that lists hold. */
export const rowsOf = (lists: KindLists): ReadonlyArray<KindRow> => {
  const { state } = lists
  const states = isList(state) ? state : undefined
  const shared = isList(state) ? undefined : state
  const rows: Array<KindRow> = []
  const { length = 0 } = lists.oid ?? []
  for (let i = 0; i < length; i++) {
    rows.push({
      oid: lists.oid?.[i] ?? 0,
      subid: lists.subid?.[i] ?? null,
      name: lists.name?.[i] ?? null,
      parent: lists.parent?.[i] ?? null,
      of: lists.of?.[i] ?? null,
      of_subid: lists.of_subid?.[i] ?? null,
      part: lists.part?.[i] ?? null,
      position: lists.position?.[i] ?? null,
      addresses: lists.addresses?.[i] ?? null,
      depends: lists.depends?.[i] ?? null,
      members: lists.members?.[i] ?? null,
      state: shared ?? states?.[i] ?? {}
    })
  }
  return rows
}

/** What one snapshot of a database gives beside the rows of the kinds. */
export interface OtherRows {
  readonly major: number
  readonly comments: ReadonlyArray<CommentRow>
  readonly labels: ReadonlyArray<LabelRow>
  readonly owners: ReadonlyArray<OwnerRow>
  readonly grants: ReadonlyArray<GrantRow>
  readonly bodies: ReadonlyArray<RoutineBody>
}

const tables: ReadonlySet<string> = new Set(["table", "foreign table"])

type Mutable<A> = { -readonly [K in keyof A]: A[K] }

/**
 * Puts the rows of one snapshot together: {@link Assembler.add} takes the rows of each kind in the order of the kinds,
 * {@link Assembler.finish} gives the catalog. The census is taken with the `addresses` that are known then.
 */
export class Assembler {
  readonly addresses: Addresses
  /** The objects that are relations, by OID. */
  private readonly relations: ReadonlyMap<number, ObjectId>
  private readonly objects = new Map<ObjectId, CatalogObject>()
  private readonly dependencies = new Map<ObjectId, Set<ObjectId>>()
  private readonly singles = new Map<ObjectId, Set<ObjectId>>()
  /** The rows that became objects, and these. */
  private readonly rows: Array<KindRow> = []
  private readonly made: Array<CatalogObject> = []
  private readonly kinds = new Map<string, Kind>()
  /** Names as identities have them: most columns of a schema have one of a few. */
  private readonly quoted = new Map<string, string>()
  /** Dependencies that rows name, on objects that may come later. */
  private readonly named: Array<readonly [ObjectId, ReadonlyArray<ReadonlyArray<string>>]> = []
  private readonly catalogs: ReadonlyMap<string, number>

  /** `catalogs`: the OID of each system catalog by its name. */
  constructor(catalogs: ReadonlyMap<string, number>, dependencies: ReadonlyArray<Dependencies>) {
    this.catalogs = catalogs
    this.addresses = new Addresses(dependencies, this.catalogOid("pg_class"))
    this.relations = this.addresses.rowsOf(this.catalogOid("pg_class"))
  }

  private catalogOid(name: string): number {
    return this.catalogs.get(name) ?? 0
  }

  /** The set of one object, which all that need nothing else share: most columns need their table alone. */
  private only(id: ObjectId): Set<ObjectId> {
    let set = this.singles.get(id)
    if (set === undefined) this.singles.set(id, set = new Set([id]))
    return set
  }

  private depend(from: ObjectId, to: ObjectId | undefined): void {
    if (to === undefined || from === to) return
    const needs = this.dependencies.get(from)
    if (needs === undefined) this.dependencies.set(from, this.only(to))
    else if (needs.size > 1) needs.add(to)
    else if (!needs.has(to)) this.dependencies.set(from, new Set([...needs, to]))
  }

  private quote(name: string): string {
    let quoted = this.quoted.get(name)
    if (quoted === undefined) this.quoted.set(name, quoted = quoteIdentifier(name))
    return quoted
  }

  /** The object that a row is of: a relation, or a column of one. */
  private whole({ of, of_subid }: KindRow): CatalogObject | undefined {
    const id = of_subid ? this.addresses.ofColumn(Number(of), of_subid) : this.relations.get(Number(of))
    return id === undefined ? undefined : this.objects.get(id)
  }

  /**
   * Takes up the rows of a kind's query. One loop does all that rows have in common: there are so many that engines would
   * spend more time on making small functions fast than on running them.
   */
  add(kind: Kind, rows: ReadonlyArray<KindRow>): void {
    this.kinds.set(kind.kind, kind)
    const { addresses, dependencies, objects, singles } = this
    const known = addresses.rowsOf(this.catalogOid(kind.catalog))
    for (const row of rows) {
      const isPart = row.of !== undefined && row.of !== null
      const whole = isPart ? this.whole(row) : undefined
      // a part of what no kind covers: the census names the whole
      if (isPart && whole === undefined) continue
      let name = row.name ?? whole?.name ?? []
      let id: ObjectId
      if (row.name || whole === undefined) id = objectId(kind.kind, name)
      else {
        id = kind.kind + whole.id.slice(whole.kind.length)
        if (typeof row.part === "string") {
          id += `.${this.quote(row.part)}`
          name = [...name, row.part]
        }
      }
      const parent = whole?.id ?? (row.parent ? objectId(row.parent[0] ?? "", row.parent.slice(1)) : undefined)
      const object: Mutable<CatalogObject> = { kind: kind.kind, id, name, state: row.state }
      if (parent !== undefined) {
        object.parent = parent
        let only = singles.get(parent)
        if (only === undefined) singles.set(parent, only = new Set([parent]))
        dependencies.set(id, only)
      }
      if (typeof row.position === "number") object.position = row.position
      objects.set(id, kind.normalize?.(object) ?? object)
      if (!row.subid) known.set(Number(row.oid), id)
      else if (known === this.relations) addresses.columns.set(columnKey(Number(row.oid), row.subid), id)
      this.rows.push(row)
      this.made.push(object)
      if (row.addresses) {
        for (const [name, oid] of row.addresses) addresses.claim(this.catalogOid(name), Number(oid), id)
      }
      if (row.depends) this.named.push([id, row.depends])
    }
  }

  /** Where the objects are, and their members: see {@link Catalog}. */
  private places(): ReadonlyMap<ObjectId, string> {
    const places = new Map<ObjectId, string>()
    for (const [at, object] of this.made.entries()) {
      const { members, oid = 0, subid } = this.rows[at] ?? {}
      places.set(object.id, subid ? `${oid}.${subid}` : String(oid))
      if (members) {
        this.kinds.get(object.kind)?.members?.(object).forEach((one, i) => places.set(one.id, members[i] ?? ""))
      }
    }
    return places
  }

  /** Carries the rows of pg_depend over to objects. */
  private dependOnRecorded(): void {
    const { addresses, objects } = this
    const [relations, types] = [this.catalogOid("pg_class"), this.catalogOid("pg_type")]
    const clones = new Set<string>()
    for (const { classid, deptype, objid } of addresses.dependencies) {
      if (deptype !== "P") continue
      const own = addresses.rowsOf(classid)
      for (const oid of objid) if (!own.has(oid)) clones.add(`${classid} ${oid}`)
    }
    for (const group of addresses.dependencies) {
      const { classid, deptype, objid, objsubid, refclassid, refobjid, refobjsubid } = group
      const own = addresses.rowsOf(classid)
      const other = addresses.rowsOf(refclassid)
      for (let row = 0; row < objid.length; row++) {
        const oid = objid[row] ?? 0
        // a partition's copy of a trigger or foreign key needs its partition; what it was copied from does not
        if (deptype === "S" && !own.has(oid)) continue
        // what PostgreSQL clones to a partition, such as a foreign key or a trigger, goes with the partition by itself
        if (deptype !== "n" && clones.size > 0 && clones.has(`${classid} ${oid}`)) continue
        const isWhole = objsubid === null || objsubid[row] === 0
        const isOnWhole = refobjsubid === null || refobjsubid[row] === 0
        const id = (isWhole ? own.get(oid) : undefined) ?? addresses.resolve(dependentOf(group, row))
        if (id === undefined) continue
        if (isWhole && classid === relations && refclassid === relations) {
          const kind = objects.get(id)?.kind
          // which column owns a sequence is an object of its own: the column's default needs the sequence as well
          if (!isOnWhole && deptype === "a" && kind === "sequence") continue
          // so is which table a table inherits from or is a partition of: it must be able to leave without being made anew
          if (isOnWhole && tables.has(kind ?? "")) continue
        }
        // and which type a typed table is of
        if (isWhole && classid === relations && refclassid === types && objects.get(id)?.kind === "table") continue
        const need = isOnWhole ? other.get(refobjid[row] ?? 0) : undefined
        this.depend(id, need ?? addresses.resolve(referencedBy(group, row)))
      }
    }
  }

  /** The catalog, when the rows of all kinds were added. The census is not in it. */
  finish({ bodies, comments, grants, labels, major, owners }: OtherRows): Catalog {
    const { addresses, dependencies, objects } = this
    for (const [id, needs] of this.named) {
      for (const [kind = "", ...name] of needs) {
        const need = objectId(kind, name)
        if (objects.has(need)) this.depend(id, need)
      }
    }
    this.dependOnRecorded()
    const said = [
      ...commentObjects(comments, addresses, objects, this.kinds),
      ...labelObjects(labels, addresses, objects, this.kinds)
    ]
    for (const object of said) {
      objects.set(object.id, object)
      this.depend(object.id, object.parent)
      // the extension of that name brings the provider
      const provider = isSecurityLabel(object) ? objectId("extension", [object.state.provider]) : ""
      if (objects.has(provider)) this.depend(object.id, provider)
    }
    for (const { needs, object } of accessObjects(owners, grants, addresses, objects, this.kinds)) {
      objects.set(object.id, object)
      this.depend(object.id, object.parent)
      for (const need of needs) this.depend(object.id, need)
    }
    let places: ReadonlyMap<ObjectId, string> | undefined
    const catalog: Catalog = {
      dialect: "postgres",
      major,
      objects,
      dependencies,
      softDependencies: withRowTypes(
        withOperatorClasses(
          softDependencies(bodies, addresses, objects, dependencies, this.catalogOid("pg_proc")),
          objects,
          dependencies
        ),
        objects,
        dependencies
      ),
      unmanaged: [],
      addresses: () => places ??= this.places()
    }
    const changed = withoutRowAliases(catalog)
    if (changed.length === 0) return catalog
    return { ...catalog, objects: new Map([...objects, ...changed.map((object) => [object.id, object] as const)]) }
  }
}
