/** PostgreSQL as a {@link Dialect}: what the stages ask of it, put together. */
import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import type { Catalog, CatalogObject, ObjectId } from "../Catalog.ts"
import { Dialect } from "../Dialect.ts"
import * as EmbeddedDatabase from "../engine/EmbeddedDatabase.ts"
import * as PostgresDatabase from "../engine/PostgresDatabase.ts"
import { introspect, introspectDatabase } from "./Introspection.ts"
import { kindOf, kinds } from "./kinds/registry.ts"
import { lossesIn } from "./Losses.ts"
import { observe } from "./Observation.ts"
import { remedy } from "./Remedy.ts"
import { readFiles, readJson, readSql } from "./SchemaText.ts"

/** A digest of the catalog queries: with other queries the same database is another catalog. */
const fingerprint = bytesToHex(
  sha256(utf8ToBytes([18, 17, 16, 15, 14].flatMap((major) => kinds.map((kind) => kind.query(major))).join("\n")))
)

/** The catalog without what servers of this major version do not have; the same one where that is nothing. */
const asOfMajor = (catalog: Catalog, major: number): Catalog => {
  const changed = new Map<ObjectId, CatalogObject>()
  for (const object of catalog.objects.values()) {
    const older = kindOf(object.kind)?.asOf?.(object, major) ?? object
    if (older !== object) changed.set(object.id, older)
  }
  return changed.size === 0 ? catalog : { ...catalog, objects: new Map([...catalog.objects, ...changed]) }
}

/** PostgreSQL. */
export const layer: Layer.Layer<Dialect, never, FileSystem.FileSystem | Path.Path> = Layer.effect(
  Dialect,
  Effect.gen(function*() {
    const services = yield* Effect.context<FileSystem.FileSystem | Path.Path>()
    return Dialect.of({
      name: "postgres",
      kindOf: (name) => {
        const kind = kindOf(name)
        // every object of a catalog was read by one of the kinds
        if (kind === undefined) throw new Error(`No kind is called ${name}`)
        return kind
      },
      introspect,
      introspectDatabase,
      connect: (address) =>
        address._tag === "Server"
          ? PostgresDatabase.make({ url: address.url })
          : Effect.provide(
            EmbeddedDatabase.make({
              dataDir: address.directory,
              extensions: [...EmbeddedDatabase.supportedExtensions]
            }),
            services
          ),
      readFiles: (path) => Effect.provide(readFiles(path), services),
      readSql,
      readJson,
      fingerprint,
      asOfMajor,
      lossesIn,
      extensionsIn: (statements) =>
        statements.flatMap((sql) => {
          const name = /^\s*create\s+extension\s+(?:if\s+not\s+exists\s+)?(?:"([^"]+)"|(\w+))/i.exec(sql)
          return name === null ? [] : [name[1] ?? name[2]?.toLowerCase() ?? ""]
        }),
      observe,
      remedy,
      extensionsOf: (catalog) =>
        [...catalog.objects.values()].flatMap(({ kind, name: [name] }) =>
          kind === "extension" && name !== undefined ? [name] : []
        )
    })
  })
)
