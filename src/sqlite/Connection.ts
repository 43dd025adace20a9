/** Connections to SQLite files and to libSQL servers: which token a server gets, and how long a lock is waited for. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { DatabaseAddress } from "../Dialect.ts"
import type { Database } from "../engine/Database.ts"
import { DatabaseError } from "../engine/DatabaseError.ts"
import * as LibsqlDatabase from "../engine/LibsqlDatabase.ts"
import * as SqliteDatabase from "../engine/SqliteDatabase.ts"
import * as SqliteLocation from "../engine/SqliteLocation.ts"
import { splitToken } from "../LibsqlUrl.ts"

/** The addresses of this family. */
export type Address = Extract<DatabaseAddress, { readonly _tag: "Sqlite" | "Libsql" }>

/** The units of times as PostgreSQL writes them, in milliseconds (PostgreSQL manual, "Parameter Names and Values"). */
const units: ReadonlyMap<string, number> = new Map([
  ["us", 0.001],
  ["ms", 1],
  ["s", 1000],
  ["min", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000]
])

/** SQLite's own limit. */
const longest = 2 ** 31 - 1

/** A time such as `5s`, `500ms` or `500`, in milliseconds; 0 means without end, as it does in PostgreSQL. Undefined for what is none. */
export const milliseconds = (text: string): number | undefined => {
  const [, amount, unit] = /^\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d)?\s*$/.exec(text) ?? []
  if (amount === undefined) return undefined
  const found = Math.round(Number(amount) * (units.get(unit ?? "ms") ?? 1))
  return found === 0 ? longest : Math.min(found, longest)
}

const busyTimeout = ({ lockTimeout }: Address): Effect.Effect<number | undefined, DatabaseError> => {
  const found = lockTimeout === undefined ? undefined : milliseconds(lockTimeout)
  return lockTimeout !== undefined && found === undefined
    ? Effect.fail(
      new DatabaseError({
        code: "LP_TIME",
        message: `The lock timeout ${JSON.stringify(lockTimeout)} is no time.`,
        hint: "Write a number with one of the units ms, s, min, h and d, such as 5s. Nothing was changed."
      })
    )
    : Effect.succeed(found)
}

/** Removes the file that is made for nothing: missing now, and empty when the scope closes. */
const withoutEmpty = Effect.fn("Connection.withoutEmpty")(function*(location: string) {
  const fs = yield* FileSystem.FileSystem
  const place = yield* SqliteLocation.parse(location)
  if (place._tag === "Memory" || (yield* Effect.orElseSucceed(fs.exists(place.path), () => true))) return
  yield* Effect.addFinalizer(() =>
    Effect.ignore(Effect.flatMap(fs.stat(place.path), ({ size }) => size === 0n ? fs.remove(place.path) : Effect.void))
  )
})

/** The database of a server, with the token of its URL, else `LIBSQL_AUTH_TOKEN` of the process. Fails as {@link connect} does. */
export const connectServer = Effect.fn("Connection.connectServer")(function*(
  address: Extract<Address, { readonly _tag: "Libsql" }>
): Effect.fn.Return<Database["Service"], DatabaseError> {
  const busyTimeoutMs = yield* busyTimeout(address)
  const { token, url } = splitToken(Redacted.value(address.url))
  const ofProcess = Effect.map(Effect.option(Config.String("LIBSQL_AUTH_TOKEN")), Option.getOrElse(() => ""))
  const authToken = token ?? (yield* ofProcess)
  return yield* LibsqlDatabase.make({
    url: Redacted.make(url),
    ...(authToken === "" ? {} : { authToken: Redacted.make(authToken) }),
    busyTimeoutMs
  })
})

/**
 * The database at an address. Fails as {@link SqliteDatabase.make} and {@link LibsqlDatabase.make} do, and with `LP_TIME` for
 * a time that is none.
 */
export const connect = Effect.fn("Connection.connect")(function*(
  address: Address
): Effect.fn.Return<
  Database["Service"],
  DatabaseError,
  FileSystem.FileSystem | Path.Path | Scope.Scope
> {
  if (address._tag === "Libsql") return yield* connectServer(address)
  const busyTimeoutMs = yield* busyTimeout(address)
  if (address.create === true) yield* withoutEmpty(address.location)
  return yield* SqliteDatabase.make({ ...address, busyTimeoutMs })
})
