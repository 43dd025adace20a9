/**
 * A database schema as data: every object at the finest grain (a column, a default, a comment is an object of its own),
 * keyed by identity, with the dependencies that the database itself records. Nothing here knows a dialect.
 */
import { sha256Hex } from "./Digest.ts"

/** JSON values, as states are made of. */
export type Json = null | boolean | number | string | ReadonlyArray<Json | undefined> | {
  readonly [key: string]: Json | undefined
}

/** What is compared of an object: plain JSON, absent keys standing for the database's defaults. */
export type State = { readonly [key: string]: Json | undefined }

/** The family of databases that a schema is written for. */
export type DialectName = "postgres" | "sqlite"

/** Identity of an object as text: its kind and qualified name, such as `column public.users.id`. */
export type ObjectId = string

/** One object of a schema. */
export interface CatalogObject<S extends State = State> {
  readonly kind: string
  readonly id: ObjectId
  /** The name in parts, outermost first: `["public", "users", "id"]`; a routine's last part is its argument types. */
  readonly name: ReadonlyArray<string>
  /** The object that this one is a part of: it goes when the parent goes. */
  readonly parent?: ObjectId
  /** Order among the parent's parts, for printing only: never compared, never hashed. */
  readonly position?: number
  readonly state: S
}

/** An object of the database that no kind covers. */
export interface UnmanagedObject {
  readonly kind: string
  readonly name: string
}

/** What the files of a schema say that one of its objects, or a part of one, was called before. */
export interface DeclaredRename {
  readonly kind: string
  /** The name in parts, as in {@link CatalogObject}. */
  readonly name: ReadonlyArray<string>
  /** What it was called: the last part of the name alone, or with the schema; a routine's argument types may follow. */
  readonly from: ReadonlyArray<string>
  /** Where it is said: `file:line:column`. */
  readonly place: string
}

/** What the files of a schema state and nobody can want, although the database takes it, and may have it already. */
export interface Doubt {
  readonly object: ObjectId
  /** With its place, as people read it. */
  readonly problem: string
}

/** What a schema may leave unsaid of its objects: who owns them, who may use them, how they are labelled. */
export type Aspect = "owners" | "grants" | "labels"

/**
 * Which objects of a schema Lockplane manages, as people write it: everything, unless `schemas` or `include` say what; `exclude`
 * takes away from that. See {@link ObjectPattern} for the notation.
 */
export interface Selection {
  /** Names of schemas, with everything in them. */
  readonly schemas?: ReadonlyArray<string>
  /** Patterns of objects that are managed too. */
  readonly include?: ReadonlyArray<string>
  /** Patterns of objects that are not managed. */
  readonly exclude?: ReadonlyArray<string>
}

/** Which objects of a schema are compared. */
export interface ManagedScope extends Selection {
  /** The aspects that are compared; the others are kept as they are. */
  readonly aspects: ReadonlyArray<Aspect>
}

/** A whole schema as one engine spells it. */
export interface Catalog {
  readonly dialect: DialectName
  /** Major version of the engine that printed the definitions. */
  readonly major: number
  /** Major version of the server that the schema lives on; absent for schemas that come from files. */
  readonly serverMajor?: number
  readonly objects: ReadonlyMap<ObjectId, CatalogObject>
  /**
   * The role that read the schema from its database: what it owns has no owner of its own in `objects`. Absent for schemas
   * that come from files, which belong to whoever applies them.
   */
  readonly reader?: string
  /** The aspects that a text says anything about; absent for live databases, which state everything. */
  readonly states?: ReadonlyArray<Aspect>
  /** What is compared of it, where that was decided: the rest is in `carried`. */
  readonly scope?: ManagedScope
  /** Objects that are not compared, and that are made again on what is made anew. No part of the hash. */
  readonly carried?: ReadonlyMap<ObjectId, CatalogObject>
  /** Objects that Lockplane does not manage here: neither compared nor touched, and known, because others need them. No part of the hash. */
  readonly outside?: ReadonlyMap<ObjectId, CatalogObject>
  /** Of `outside`, what a shadow that holds this schema has to hold too; all of it where that was not worked out. */
  readonly surroundings?: ReadonlySet<ObjectId>
  /** For each object the objects that it needs, as recorded by the database. */
  readonly dependencies: ReadonlyMap<ObjectId, ReadonlySet<ObjectId>>
  /** Objects that the text of a routine's body names, a guess: never in a circle with each other or with `dependencies`. */
  readonly softDependencies?: ReadonlyMap<ObjectId, ReadonlySet<ObjectId>>
  /** For each object the objects of the census that hang on it: they are lost where it is made anew. */
  readonly attached?: ReadonlyMap<ObjectId, ReadonlyArray<string>>
  /** Where objects lie on the server if not at its usual place: no part of the schema, and kept where an object is made anew. */
  readonly tablespaces?: ReadonlyMap<ObjectId, string>
  /** The census: objects that no kind covers. */
  readonly unmanaged: ReadonlyArray<UnmanagedObject>
  /**
   * Where the database keeps each object, and each part of one that has a name: what has one address in two readings of
   * one database is the same object of its kind, whatever its name. Only in fresh readings; told when asked, as few do.
   */
  readonly addresses?: () => ReadonlyMap<ObjectId, string>
  /** The renames that the schema's files declare. */
  readonly renames?: ReadonlyArray<DeclaredRename>
  /** What only a plan can judge of the schema's files: it is refused where it is new. */
  readonly doubts?: ReadonlyArray<Doubt>
}

const noDependencies: ReadonlySet<ObjectId> = new Set()

/** The objects that `id` needs directly. */
export const dependenciesOf = (catalog: Catalog, id: ObjectId): ReadonlySet<ObjectId> =>
  catalog.dependencies.get(id) ?? noDependencies

/** For each object the objects that need it directly: the dependencies turned round. */
export const dependentsIndex = (catalog: Catalog): ReadonlyMap<ObjectId, ReadonlySet<ObjectId>> => {
  const known = dependents.get(catalog.dependencies)
  if (known !== undefined) return known
  const index = new Map<ObjectId, Set<ObjectId>>()
  dependents.set(catalog.dependencies, index)
  for (const [dependent, needs] of catalog.dependencies) {
    for (const need of needs) {
      const dependents = index.get(need)
      if (dependents === undefined) index.set(need, new Set([dependent]))
      else dependents.add(dependent)
    }
  }
  return index
}

/** Catalogs never change, and kinds ask again and again. */
const dependents = new WeakMap<Catalog["dependencies"], ReadonlyMap<ObjectId, ReadonlySet<ObjectId>>>()

/** The parts of each object, in their order. */
export const partsIndex = (catalog: Catalog): ReadonlyMap<ObjectId, ReadonlyArray<CatalogObject>> => {
  const known = partsOf.get(catalog.objects)
  if (known !== undefined) return known
  const index = new Map<ObjectId, Array<CatalogObject>>()
  partsOf.set(catalog.objects, index)
  for (const object of catalog.objects.values()) {
    if (object.parent === undefined) continue
    const parts = index.get(object.parent)
    if (parts === undefined) index.set(object.parent, [object])
    else parts.push(object)
  }
  for (const parts of index.values()) {
    parts.sort((a, b) => (a.position ?? 0) - (b.position ?? 0) || compareText(a.id, b.id))
  }
  return index
}

/** As {@link dependents}. */
const partsOf = new WeakMap<Catalog["objects"], ReadonlyMap<ObjectId, ReadonlyArray<CatalogObject>>>()

/** An empty schema. */
export const empty = (dialect: DialectName, major: number): Catalog => ({
  dialect,
  major,
  objects: new Map(),
  dependencies: new Map(),
  unmanaged: []
})

/** Orders text by UTF-16 code units: the same on every machine and locale. */
export const compareText = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0

/** JSON with object keys sorted at every level and absent keys left out: equal values give equal text. */
export const canonicalJson = (value: Json | undefined): string => {
  if (value === undefined) return "null"
  if (typeof value !== "object" || value === null) return JSON.stringify(value)
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`
  let fields = ""
  // without a comparison of its own, sort() goes by UTF-16 code units, and is faster
  for (const key of Object.keys(value).sort()) {
    const field = value[key]
    if (field !== undefined) fields += `${fields === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(field)}`
  }
  return `{${fields}}`
}

/**
 * What is compared of a state: all but `own`, where a kind keeps what an object declares itself of what it has from a
 * parent too, or what it knows of and may not read. Like `position`, that serves to make the object anew; no statement
 * changes it.
 */
export const compared = (state: State): State => {
  if (state["own"] === undefined) return state
  const { own: _, ...rest } = state
  return rest
}

/** True where two values have the same {@link canonicalJson}, without writing it. */
const sameJson = (a: Json | undefined, b: Json | undefined): boolean => {
  if (a === b || (a ?? null) === (b ?? null)) return true
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false
  if (isList(a) || isList(b)) {
    return isList(a) && isList(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]))
  }
  const keys = Object.keys(a).filter((key) => a[key] !== undefined)
  return keys.length === Object.keys(b).filter((key) => b[key] !== undefined).length &&
    keys.every((key) => Object.hasOwn(b, key) && b[key] !== undefined && sameJson(a[key], b[key]))
}

const isList = (value: Json): value is ReadonlyArray<Json | undefined> => Array.isArray(value)

/** True where two states say the same. */
export const sameState = (a: State, b: State): boolean => a === b || sameJson(compared(a), compared(b))

/**
 * The identity of a whole schema: SHA-256 (64 hex digits) over its objects in order of identity, each with its state as
 * {@link compared}. Column order, dependencies and the census are not part of it.
 */
export const hash = (catalog: Catalog): string => {
  const known = hashes.get(catalog.objects)
  if (known !== undefined) return known
  // objects that came from one reading share their states
  const printed = new Map<State, string>()
  const lines: Array<string> = []
  for (const { id, state } of catalog.objects.values()) {
    let text = printed.get(state)
    if (text === undefined) printed.set(state, text = canonicalJson(compared(state)))
    lines.push(`${JSON.stringify(id)}:${text}`)
  }
  const digest = sha256Hex(lines.sort().join("\n"))
  hashes.set(catalog.objects, digest)
  return digest
}

/** Catalogs never change, the stages ask again and again, and only the objects count. */
const hashes = new WeakMap<Catalog["objects"], string>()
