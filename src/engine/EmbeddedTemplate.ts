/**
 * The data directory that embedded databases start from. `initdb` takes seconds and gives the same result every time, so its
 * result is kept: shipped beside the program, else in the user's cache folder, where the first process ever to need it puts it.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Random from "effect/Random"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { cacheFolder } from "../CacheFolder.ts"
import { DatabaseError } from "./DatabaseError.ts"
import * as ProcessLock from "./ProcessLock.ts"

/** Changes when {@link buildTemplate} does, so that templates of an older program are not used. */
const recipe = 1

/** How long to wait for another process that builds a template, in milliseconds. It takes a tenth of that. */
const patience = 60_000

/** The version of the PGlite package that is installed: a template belongs to exactly one. */
export const pgliteVersion: Effect.Effect<string, DatabaseError, FileSystem.FileSystem | Path.Path> = Effect.gen(
  function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const main = yield* path.fromFileUrl(new URL(import.meta.resolve("@electric-sql/pglite")))
    const manifest = yield* fs.readFileString(path.join(path.dirname(main), "..", "package.json"))
    return (yield* Schema.decodeEffect(Manifest)(manifest)).version
  }
).pipe(
  Effect.mapError(() =>
    new DatabaseError({
      code: "LP_EMBEDDED_MISSING",
      message: "The embedded PostgreSQL (package @electric-sql/pglite) is not installed.",
      hint: "Install Lockplane's dependencies again, or set a shadow server (SHADOW_DATABASE_URL, or --shadow-db URL)."
    })
  )
)

const Manifest = Schema.fromJsonString(Schema.Struct({ version: Schema.String }))

/** The file name of a template, for the shipped file and the cached one alike. */
export const templateName: Effect.Effect<string, DatabaseError, FileSystem.FileSystem | Path.Path> = Effect.map(
  pgliteVersion,
  (version) => `pglite-${version}-template${recipe}.tar.gz`
)

/**
 * Makes a template: runs `initdb` in memory, takes out what an embedded database never needs (the template databases,
 * most of the write-ahead log) and packs it as a gzipped tar of some 2.5 MB. Takes seconds.
 */
export const buildTemplate: Effect.Effect<Uint8Array<ArrayBuffer>, DatabaseError> = Effect.tryPromise({
  try: async () => {
    const { PGlite } = await import("@electric-sql/pglite")
    const engine = await PGlite.create({ initDbStartParams: ["--wal-segsize=1"] })
    try {
      await engine.exec(
        "UPDATE pg_database SET datistemplate = false, datallowconn = true WHERE datname LIKE 'template_'"
      )
      // neither runs in a transaction block, and a script of several statements is one
      for (const statement of ["DROP DATABASE template0", "DROP DATABASE template1", "VACUUM FULL", "CHECKPOINT"]) {
        await engine.exec(statement)
      }
      return await throughStream(await engine.dumpDataDir("none"), new CompressionStream("gzip"))
    } finally {
      await engine.close()
    }
  },
  catch: (cause) =>
    new DatabaseError({
      code: "LP_EMBEDDED_INIT",
      message: `The embedded PostgreSQL cannot be set up: ${cause instanceof Error ? cause.message : String(cause)}`,
      hint: "It needs some 500 MB of free memory. A shadow server (SHADOW_DATABASE_URL) does without it."
    })
})

/**
 * The data directory to start from, as an uncompressed tar: from the file shipped with the program, else from the cache
 * folder (`LOCKPLANE_CACHE_DIR`, else `$XDG_CACHE_HOME/lockplane`, else `~/.cache/lockplane`), else built, and kept there.
 * A file that is damaged is built anew. Where the cache folder cannot be written, a warning is logged.
 */
export const template: Effect.Effect<Blob, DatabaseError, FileSystem.FileSystem | Path.Path> = Effect.gen(function*() {
  const path = yield* Path.Path
  const name = yield* templateName
  for (const folder of [".", ".."]) {
    const shipped = yield* Effect.option(path.fromFileUrl(new URL(`${folder}/${name}`, import.meta.url)))
    const found = Option.isSome(shipped) ? yield* unpacked(shipped.value) : Option.none()
    if (Option.isSome(found)) return found.value
  }
  const folder = yield* cacheFolder
  if (Option.isNone(folder)) return yield* unpack(yield* buildTemplate)
  const file = path.join(folder.value, name)
  const cached = yield* unpacked(file)
  return Option.isSome(cached) ? cached.value : yield* Effect.scoped(buildOnce(file))
})

/** Reads a packed template; none where there is no such file or it is damaged. */
const unpacked = (file: string): Effect.Effect<Option.Option<Blob>, never, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    return yield* unpack(yield* fs.readFile(file))
  }).pipe(Effect.option)

/** gzip ends with a length and a checksum, so that no damaged file gets through. */
const unpack = (packed: Uint8Array): Effect.Effect<Blob, DatabaseError> =>
  Effect.tryPromise({
    try: async () =>
      new Blob([await throughStream(new Blob([new Uint8Array(packed)]), new DecompressionStream("gzip"))]),
    catch: () =>
      new DatabaseError({ code: "LP_EMBEDDED_TEMPLATE", message: "The embedded PostgreSQL's template is damaged." })
  })

const throughStream = async (
  blob: Blob,
  stream: CompressionStream | DecompressionStream
): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await new Response(blob.stream().pipeThrough(stream)).arrayBuffer())

/** Builds a template and keeps it, unless another process does so meanwhile: then that one's is waited for. */
const buildOnce = Effect.fnUntraced(function*(file: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const started = yield* Clock.currentTimeMillis
  const lock = Effect.andThen(
    fs.makeDirectory(path.dirname(file), { recursive: true }),
    ProcessLock.take(`${file}.lock`, patience)
  )
  while (true) {
    const taken = yield* Effect.result(lock)
    if (Result.isFailure(taken)) return yield* Effect.andThen(warnUnkept(file), Effect.flatMap(buildTemplate, unpack))
    const cached = yield* unpacked(file)
    if (Option.isSome(cached)) return cached.value
    // whatever goes wrong with the lock, the worst is that the work is done twice
    if (taken.success || (yield* Clock.currentTimeMillis) - started > patience) break
    yield* Effect.sleep("100 millis")
  }
  yield* Effect.logInfo("Setting up the embedded PostgreSQL. This takes a few seconds, and only the first time.")
  const packed = yield* buildTemplate
  // readers see the whole file or none
  const temporary = `${file}.${process.pid}.${yield* Random.nextIntBetween(0, 2 ** 31)}`
  yield* fs.writeFile(temporary, packed).pipe(
    Effect.andThen(fs.rename(temporary, file)),
    Effect.catch(() => Effect.andThen(Effect.ignore(fs.remove(temporary, { force: true })), warnUnkept(file)))
  )
  return yield* unpack(packed)
})

const warnUnkept = (file: string) =>
  Effect.logWarning(
    `The embedded PostgreSQL is set up anew at every start, because ${file} cannot be written. Set LOCKPLANE_CACHE_DIR to a folder that can.`
  )
