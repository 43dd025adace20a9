/**
 * What the conformance runner is given: folders of whole schemas, put into chains whose neighbours are migrated from one
 * to the other and back. A folder is a history (`v0001.sql`, `v0002.sql` …), a whole schema (`schema.sql`) or a case
 * (`old.sql`, `new.sql`); what holds no such file is looked through for folders that do.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"

/** One whole schema; without a file it is the empty one. */
export interface Version {
  readonly name: string
  readonly file?: string
}

/** Schemas in order: each is migrated to the next, and back. */
export interface Chain {
  readonly dialect: "postgres" | "sqlite"
  readonly project: string
  /** Empty for a history, whose versions name themselves. */
  readonly name: string
  readonly versions: ReadonlyArray<Version>
  /** Roles that the SQL expects to be there. */
  readonly roles: ReadonlyArray<string>
  /** Renames from one version to the next, `old->new`. */
  readonly renames?: ReadonlyArray<string>
}

const Meta = Schema.Struct({
  engine: Schema.optionalKey(Schema.NullOr(Schema.String)),
  dialect: Schema.optionalKey(Schema.NullOr(Schema.String)),
  usable: Schema.optionalKey(Schema.NullOr(Schema.Boolean)),
  roles: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.String))),
  renameHints: Schema.optionalKey(Schema.NullOr(Schema.Union([Schema.Boolean, Schema.Array(Schema.String)]))),
  verify: Schema.optionalKey(Schema.NullOr(Schema.Record(
    Schema.String,
    Schema.Struct({ extraRoles: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.String))) })
  )))
})
type Meta = typeof Meta.Type

/** What a whole history says of itself. */
const Manifest = Schema.Struct({ engine: Schema.optionalKey(Schema.NullOr(Schema.String)) })

const decodeManifest = Schema.decodeUnknownEffect(Schema.fromJsonString(Manifest))
const decodeMeta = Schema.decodeUnknownEffect(Schema.fromJsonString(Meta))

const rolesOf = (meta: Meta): ReadonlyArray<string> => [
  ...new Set([
    ...meta.roles ?? [],
    ...Object.values(meta.verify ?? {}).flatMap((verified) => verified.extraRoles ?? [])
  ])
]

/** All chains of a folder, in the order of their names; unusable ones left out. */
export const discover: (
  folder: string
) => Effect.Effect<ReadonlyArray<Chain>, PlatformError, FileSystem.FileSystem | Path.Path> = Effect.fn(
  "Case.discover"
)(function*(folder) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const names = (yield* fs.readDirectory(folder)).toSorted()
  const project = path.basename(folder)
  const meta = names.includes("meta.json")
    ? yield* fs.readFileString(path.join(folder, "meta.json")).pipe(
      Effect.flatMap(decodeMeta),
      Effect.catchTag("SchemaError", () => Effect.succeed<Meta>({}))
    )
    : {}
  if (meta.usable === false) return []
  const manifest = names.includes("manifest.json")
    ? yield* fs.readFileString(path.join(folder, "manifest.json")).pipe(
      Effect.flatMap(decodeManifest),
      Effect.catchTag("SchemaError", () => Effect.succeed<typeof Manifest.Type>({}))
    )
    : {}
  const dialect = meta.dialect === "sqlite" || meta.engine === "sqlite" || manifest.engine === "sqlite"
    ? "sqlite" as const
    : "postgres" as const
  const version = (name: string): Version => ({ name: name.slice(0, -".sql".length), file: path.join(folder, name) })
  const roles = rolesOf(meta)
  const history = names.filter((name) => /^v\d+\.sql$/.test(name))
  if (history.length > 0) return [{ dialect, project, name: "", versions: history.map(version), roles }]
  if (names.includes("old.sql") && names.includes("new.sql")) {
    const versions = [version("old.sql"), version("new.sql")]
    const renames = Array.isArray(meta.renameHints) ? { renames: meta.renameHints } : {}
    return [{ dialect, project: path.basename(path.dirname(folder)), name: project, versions, roles, ...renames }]
  }
  if (names.includes("schema.sql")) {
    return [{ dialect, project, name: "", versions: [{ name: "empty" }, version("schema.sql")], roles }]
  }
  const folders = yield* Effect.filter(
    names.map((name) => path.join(folder, name)),
    (name) => Effect.map(fs.stat(name), (info) => info.type === "Directory")
  )
  return (yield* Effect.forEach(folders, discover)).flat()
})

/** Cuts a chain into pieces of about equal length that share their ends, so that they can run side by side. */
export const cut = (chain: Chain, pieces: number): ReadonlyArray<Chain> => {
  const steps = chain.versions.length - 1
  const length = Math.max(1, Math.ceil(steps / pieces))
  return Array.from({ length: Math.ceil(steps / length) }, (_, i) => ({
    ...chain,
    versions: chain.versions.slice(i * length, (i + 1) * length + 1)
  }))
}
