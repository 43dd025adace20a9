/**
 * From what the catalog queries returned to a {@link Catalog}: objects, the addresses that mean them, and the dependencies
 * that PostgreSQL records between addresses, carried over to objects (PostgreSQL manual, `pg_depend`). Pure.
 */
import type { Catalog, CatalogObject, ObjectId, State } from "../Catalog.ts"
import { accessObjects, type GrantRow, type OwnerRow } from "./AccessRows.ts"
import { Addresses, type Dependencies, rowKey } from "./Addresses.ts"
import { commentObjects, type CommentRow } from "./CommentRows.ts"
import { quoteIdentifier } from "./Identifier.ts"
import type { Kind } from "./kinds/Kind.ts"
import { objectId } from "./kinds/names.ts"
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
  readonly state: State | string
}

/** Rows of a kind's query as a list for each of its columns; null where there are no rows. */
export type KindLists = { readonly [K in keyof KindRow]?: ReadonlyArray<KindRow[K]> | null }

/** The rows that lists hold. */
export const rowsOf = (lists: KindLists): ReadonlyArray<KindRow> =>
  (lists.oid ?? []).map((oid, i) => ({
    oid,
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
    state: lists.state?.[i] ?? {}
  }))

/** What one snapshot of a database gives beside the rows of the kinds. */
export interface OtherRows {
  readonly major: number
  readonly comments: ReadonlyArray<CommentRow>
  readonly owners: ReadonlyArray<OwnerRow>
  readonly grants: ReadonlyArray<GrantRow>
  readonly bodies: ReadonlyArray<RoutineBody>
}

/** The object that a row is, and its parent. */
interface Identified {
  readonly id: ObjectId
  readonly name: ReadonlyArray<string>
  readonly parent: ObjectId | undefined
}

const tables: ReadonlySet<string> = new Set(["table", "foreign table"])

type Mutable<A> = { -readonly [K in keyof A]: A[K] }

/**
 * Puts the rows of one snapshot together: {@link Assembler.add} takes the rows of each kind in the order of the kinds,
 * {@link Assembler.finish} gives the catalog. The census is taken with the `addresses` that are known then.
 */
export class Assembler {
  readonly addresses: Addresses
  private readonly objects = new Map<ObjectId, CatalogObject>()
  private readonly dependencies = new Map<ObjectId, Set<ObjectId>>()
  private readonly singles = new Map<ObjectId, Set<ObjectId>>()
  private readonly places = new Map<ObjectId, string>()
  private readonly kinds = new Map<string, Kind>()
  /** States that came as text, each once: most columns of a schema have one of a few. */
  private readonly states = new Map<string, State>()
  /** Dependencies that rows name, on objects that may come later. */
  private readonly named: Array<readonly [ObjectId, ReadonlyArray<ReadonlyArray<string>>]> = []
  private readonly catalogs: ReadonlyMap<string, number>

  /** `catalogs`: the OID of each system catalog by its name. */
  constructor(catalogs: ReadonlyMap<string, number>, dependencies: Dependencies) {
    this.catalogs = catalogs
    this.addresses = new Addresses(dependencies, this.catalogOid("pg_class"))
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

  private state(state: State | string): State {
    if (typeof state !== "string") return state
    let known = this.states.get(state)
    if (known === undefined) this.states.set(state, known = JSON.parse(state) as State)
    return known
  }

  private identify(kind: string, row: KindRow): Identified | undefined {
    if (row.of === undefined || row.of === null) {
      const name = row.name ?? []
      const parent = row.parent ? objectId(row.parent[0] ?? "", row.parent.slice(1)) : undefined
      return { id: objectId(kind, name), name, parent }
    }
    const parent = this.objects.get(
      this.addresses.at([this.catalogOid("pg_class"), Number(row.of), row.of_subid ?? 0]) ?? ""
    )
    if (parent === undefined) return undefined
    if (row.name) return { id: objectId(kind, row.name), name: row.name, parent: parent.id }
    const whole = parent.id.slice(parent.kind.length)
    return typeof row.part === "string"
      ? { id: `${kind}${whole}.${quoteIdentifier(row.part)}`, name: [...parent.name, row.part], parent: parent.id }
      : { id: `${kind}${whole}`, name: parent.name, parent: parent.id }
  }

  /** Takes up the rows of a kind's query. */
  add(kind: Kind, rows: ReadonlyArray<KindRow>): void {
    this.kinds.set(kind.kind, kind)
    const catalog = this.catalogOid(kind.catalog)
    for (const row of rows) {
      const found = this.identify(kind.kind, row)
      // a part of what no kind covers: the census names the whole
      if (found === undefined) continue
      const { id, name, parent } = found
      const object: Mutable<CatalogObject> = { kind: kind.kind, id, name, state: this.state(row.state) }
      if (parent !== undefined) object.parent = parent
      if (typeof row.position === "number") object.position = row.position
      this.objects.set(id, kind.normalize?.(object) ?? object)
      this.addresses.set([catalog, Number(row.oid), row.subid ?? 0], id)
      this.places.set(id, row.subid ? `${row.oid}.${row.subid}` : String(row.oid))
      if (row.members) kind.members?.(object).forEach((one, i) => this.places.set(one.id, row.members?.[i] ?? ""))
      for (const [name, oid] of row.addresses ?? []) this.addresses.claim(this.catalogOid(name), Number(oid), id)
      this.depend(id, parent)
      if (row.depends) this.named.push([id, row.depends])
    }
  }

  /** Carries the rows of pg_depend over to objects. */
  private dependOnRecorded(): void {
    const { addresses, objects } = this
    const { dependencies } = addresses
    const { classid, deptype, objid, objsubid, refclassid, refobjsubid } = dependencies
    const [relation, types] = [this.catalogOid("pg_class"), this.catalogOid("pg_type")]
    const isOwn = (row: number): boolean => addresses.at([classid[row] ?? 0, objid[row] ?? 0, 0]) !== undefined
    const keyOf = (row: number): number => rowKey(classid[row] ?? 0, objid[row] ?? 0)
    const clones = new Set<number>()
    for (let row = 0; row < classid.length; row++) {
      if (deptype[row] === "P" && !isOwn(row)) clones.add(keyOf(row))
    }
    for (let row = 0; row < classid.length; row++) {
      const type = deptype[row]
      // a partition's copy of a trigger or foreign key needs its partition; what it was copied from does not
      if (type === "S" && !isOwn(row)) continue
      // what PostgreSQL clones to a partition, such as a foreign key or a trigger, goes with the partition by itself
      if (type !== "n" && clones.size > 0 && clones.has(keyOf(row))) continue
      const id = addresses.dependent(row)
      if (id === undefined) continue
      if (objsubid[row] === 0 && classid[row] === relation && refclassid[row] === relation) {
        const own = objects.get(id)
        // which column owns a sequence is an object of its own: the column's default needs the sequence as well
        if (refobjsubid[row] !== 0 && type === "a" && own?.kind === "sequence") continue
        // so is which table a table inherits from or is a partition of: it must be able to leave without being made anew
        if (refobjsubid[row] === 0 && own !== undefined && tables.has(own.kind)) continue
      }
      // and which type a typed table is of
      if (objsubid[row] === 0 && classid[row] === relation && refclassid[row] === types) {
        if (objects.get(id)?.kind === "table") continue
      }
      this.depend(id, addresses.referenced(row))
    }
  }

  /** The catalog, when the rows of all kinds were added. The census is not in it. */
  finish({ bodies, comments, grants, major, owners }: OtherRows): Catalog {
    const { addresses, dependencies, objects, places } = this
    for (const [id, needs] of this.named) {
      for (const [kind = "", ...name] of needs) {
        const need = objectId(kind, name)
        if (objects.has(need)) this.depend(id, need)
      }
    }
    this.dependOnRecorded()
    for (const comment of commentObjects(comments, addresses, objects, this.kinds)) {
      objects.set(comment.id, comment)
      this.depend(comment.id, comment.parent)
    }
    for (const { needs, object } of accessObjects(owners, grants, addresses, objects, this.kinds)) {
      objects.set(object.id, object)
      this.depend(object.id, object.parent)
      for (const need of needs) this.depend(object.id, need)
    }
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
      addresses: places
    }
    for (const object of withoutRowAliases(catalog)) objects.set(object.id, object)
    return catalog
  }
}
