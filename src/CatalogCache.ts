/**
 * Catalogs that were read from text, kept by a digest of the text and of everything that reads it: reading the same
 * files again needs no engine. The cache may lose anything at any time; it never gives what was not put in.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Random from "effect/Random"
import * as Schema from "effect/Schema"
import { cacheFolder } from "./CacheFolder.ts"
import type { Catalog, CatalogObject, ObjectId, State } from "./Catalog.ts"
import { sha256Hex } from "./Digest.ts"
import { SourceProblem } from "./SourceError.ts"

/** What is kept: a catalog, and the warnings that came with it. */
export interface CachedCatalog {
  readonly catalog: Catalog
  readonly warnings: ReadonlyArray<SourceProblem>
}

/** Keeps catalogs between runs. */
export class CatalogCache extends Context.Service<CatalogCache, {
  /** What was put under the key; none where there is nothing, or nothing that can be read. */
  readonly get: (key: string) => Effect.Effect<Option.Option<CachedCatalog>>
  /** Puts it under the key. That it cannot be written is no error. */
  readonly set: (key: string, entry: CachedCatalog) => Effect.Effect<void>
}>()("lockplane/CatalogCache") {}

const isTexts = (value: unknown): value is ReadonlyArray<string> =>
  Array.isArray(value) && value.every((text) => typeof text === "string")

/** States come out of JSON text, so that any object is one. */
const isState = (value: unknown): value is State => typeof value === "object" && value !== null && !Array.isArray(value)

const isObject = (value: unknown): value is CatalogObject =>
  typeof value === "object" && value !== null &&
  "kind" in value && typeof value.kind === "string" &&
  "id" in value && typeof value.id === "string" &&
  "name" in value && isTexts(value.name) &&
  (!("parent" in value) || typeof value.parent === "string") &&
  (!("position" in value) || typeof value.position === "number") &&
  "state" in value && isState(value.state)

type Edge = readonly [ObjectId, ReadonlyArray<ObjectId>]

const isEdge = (value: unknown): value is Edge =>
  Array.isArray(value) && value.length === 2 && typeof value[0] === "string" && isTexts(value[1])

/** A list checked by plain code: a schema of every field would take ten times as long, and there are tens of thousands. */
const listOf = <A>(is: (value: unknown) => value is A) =>
  Schema.declare((value): value is ReadonlyArray<A> => Array.isArray(value) && value.every(is))

const EdgesJson = listOf(isEdge)

const AspectJson = Schema.Literals(["grants", "labels", "owners"])

const EntryJson = Schema.fromJsonString(Schema.Struct({
  catalog: Schema.Struct({
    dialect: Schema.Literals(["postgres", "sqlite"]),
    major: Schema.Int,
    serverMajor: Schema.optionalKey(Schema.Int),
    objects: listOf(isObject),
    dependencies: EdgesJson,
    softDependencies: Schema.optionalKey(EdgesJson),
    reader: Schema.optionalKey(Schema.String),
    states: Schema.optionalKey(Schema.Array(AspectJson)),
    scope: Schema.optionalKey(Schema.Struct({
      aspects: Schema.Array(AspectJson),
      schemas: Schema.optionalKey(Schema.Array(Schema.String)),
      include: Schema.optionalKey(Schema.Array(Schema.String)),
      exclude: Schema.optionalKey(Schema.Array(Schema.String))
    })),
    carried: Schema.optionalKey(listOf(isObject)),
    outside: Schema.optionalKey(listOf(isObject)),
    surroundings: Schema.optionalKey(Schema.Array(Schema.String)),
    doubts: Schema.optionalKey(Schema.Array(Schema.Struct({ object: Schema.String, problem: Schema.String }))),
    renames: Schema.optionalKey(Schema.Array(Schema.Struct({
      kind: Schema.String,
      name: Schema.Array(Schema.String),
      from: Schema.Array(Schema.String),
      place: Schema.String
    }))),
    unmanaged: Schema.Array(Schema.Struct({ kind: Schema.String, name: Schema.String }))
  }),
  warnings: Schema.Array(SourceProblem)
}))

const toEdges = (map: Catalog["dependencies"]) => [...map].map(([id, needs]) => [id, [...needs]] as const)
const fromEdges = (edges: ReadonlyArray<Edge>): Catalog["dependencies"] =>
  new Map(edges.map(([id, needs]) => [id, new Set(needs)]))

/** A cache entry as JSON text. */
export const encode = ({ catalog, warnings }: CachedCatalog): Effect.Effect<string, Schema.SchemaError> => {
  const { addresses: _, carried, dependencies, objects, outside, softDependencies, surroundings, ...rest } = catalog
  return Schema.encodeEffect(EntryJson)({
    catalog: {
      ...rest,
      objects: [...objects.values()],
      ...(carried === undefined ? {} : { carried: [...carried.values()] }),
      ...(outside === undefined ? {} : { outside: [...outside.values()] }),
      ...(surroundings === undefined ? {} : { surroundings: [...surroundings] }),
      dependencies: toEdges(dependencies),
      ...softDependencies === undefined ? {} : { softDependencies: toEdges(softDependencies) }
    },
    warnings
  })
}

const byId = (objects: ReadonlyArray<CatalogObject>): Catalog["objects"] =>
  new Map(objects.map((object) => [object.id, object]))

/** A cache entry from JSON text. Fails where the text is not one. */
export const decode = (text: string): Effect.Effect<CachedCatalog, Schema.SchemaError> =>
  Effect.map(Schema.decodeEffect(EntryJson)(text), ({ catalog, warnings }) => {
    const { carried, dependencies, objects, outside, softDependencies, surroundings, ...rest } = catalog
    return {
      catalog: {
        ...rest,
        objects: byId(objects),
        ...(carried === undefined ? {} : { carried: byId(carried) }),
        ...(outside === undefined ? {} : { outside: byId(outside) }),
        ...(surroundings === undefined ? {} : { surroundings: new Set(surroundings) }),
        dependencies: fromEdges(dependencies),
        ...softDependencies === undefined ? {} : { softDependencies: fromEdges(softDependencies) }
      },
      warnings
    }
  })

/** The key of something that is made of these parts, in this order: 64 hex digits. */
export const keyOf = (parts: ReadonlyArray<string>): string => sha256Hex(JSON.stringify(parts))

/** How many entries are kept; the oldest go. */
const kept = 64

/** Changes with the form of an entry. */
const form = "v2"

/** A cache in a folder. Entries are written whole or not at all; what cannot be read counts as not there. */
export const layerFolder = (folder: string): Layer.Layer<CatalogCache, never, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    CatalogCache,
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const fileOf = (key: string) => path.join(folder, `${form}-${key}.json`)
      const prune = Effect.gen(function*() {
        const names = (yield* fs.readDirectory(folder)).filter((name) => name.endsWith(".json"))
        if (names.length <= kept) return
        const ages = yield* Effect.forEach(names, (name) =>
          Effect.map(
            Effect.option(fs.stat(path.join(folder, name))),
            (info) => ({
              name,
              time: Option.match(Option.flatMap(info, ({ mtime }) => mtime), { onNone: () => 0, onSome: Number })
            })
          ))
        const old = ages.sort((a, b) => b.time - a.time || (a.name < b.name ? -1 : 1)).slice(kept)
        yield* Effect.forEach(old, ({ name }) => Effect.ignore(fs.remove(path.join(folder, name), { force: true })))
      })
      return CatalogCache.of({
        get: (key) => Effect.option(Effect.flatMap(fs.readFileString(fileOf(key)), decode)),
        set: (key, entry) =>
          Effect.gen(function*() {
            yield* fs.makeDirectory(folder, { recursive: true })
            const file = fileOf(key)
            const temporary = `${file}.${yield* Random.nextIntBetween(0, 2 ** 31)}.tmp`
            yield* fs.writeFileString(temporary, yield* encode(entry)).pipe(
              Effect.andThen(fs.rename(temporary, file)),
              Effect.onError(() => Effect.ignore(fs.remove(temporary, { force: true })))
            )
            yield* prune
          }).pipe(Effect.ignore)
      })
    })
  )

/** A cache that keeps nothing. */
export const layerOff: Layer.Layer<CatalogCache> = Layer.succeed(
  CatalogCache,
  CatalogCache.of({ get: () => Effect.succeedNone, set: () => Effect.void })
)

/** The cache in the user's cache folder; none where there is no such folder. */
export const layer: Layer.Layer<CatalogCache, never, FileSystem.FileSystem | Path.Path> = Layer.unwrap(
  Effect.gen(function*() {
    const path = yield* Path.Path
    return Option.match(yield* cacheFolder, {
      onNone: () => layerOff,
      onSome: (folder) => layerFolder(path.join(folder, "catalogs"))
    })
  })
)
