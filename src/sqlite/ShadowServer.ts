/**
 * Databases of libSQL servers as shadows. A server lends the one database of its URL: SQL makes no others. Its mark is a row of
 * `sqlite_sequence`, SQLite's own table of what AUTOINCREMENT has counted, which no tool takes for a part of a schema;
 * `application_id`, which marks files, cannot be written there.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { randomHex } from "../Digest.ts"
import type { Session } from "../engine/Database.ts"
import { DatabaseError } from "../engine/DatabaseError.ts"
import { rehearse, transaction } from "../engine/Transaction.ts"
import { databaseName, isSameAddress, splitToken } from "../LibsqlUrl.ts"
import { ShadowHost } from "../ShadowHost.ts"
import { connectServer } from "./Connection.ts"
import { versionText } from "./MemoryShadow.ts"
import { major } from "./Objects.ts"
import { quoteIdentifier } from "./sql/Identifier.ts"

/** The name of the row that is the mark. Its `seq` is what tells the database from every other, a space, and the mark. */
const row = "lockplane-shadow"

const found = (session: Session): Effect.Effect<string | undefined, DatabaseError> =>
  session.query(`SELECT seq FROM main.sqlite_sequence WHERE name = '${row}'`).pipe(
    Effect.map(([found]) => found === undefined ? undefined : String(found["seq"])),
    // it is there as soon as a table with AUTOINCREMENT was
    Effect.catchIf(({ message }) => message.includes("no such table"), () => Effect.succeed(undefined))
  )

const identityIn = (text: string): string => text.split(" ", 1)[0] ?? ""

const identityOf = (session: Session): Effect.Effect<ReadonlyArray<string>, DatabaseError> =>
  Effect.map(found(session), (text) => text === undefined ? [] : [identityIn(text)])

/** The mark of a session's database; undefined where it has none. */
export const markOf = (session: Session): Effect.Effect<string | undefined, DatabaseError> =>
  Effect.map(found(session), (text) => text === undefined ? undefined : text.slice(identityIn(text).length + 1))

/** The statement that takes the mark away. */
export const unmarking: string = `DELETE FROM sqlite_sequence WHERE name = '${row}'`

const setMark = Effect.fn("ShadowServer.setMark")(function*(session: Session, mark: string | undefined) {
  if (mark === undefined) return yield* session.execute(unmarking)
  const before = yield* found(session)
  if (before !== undefined) {
    yield* session.query(`UPDATE main.sqlite_sequence SET seq = ? WHERE name = '${row}'`, [
      `${identityIn(before)} ${mark}`
    ])
    return
  }
  const [counts] = yield* session.query("SELECT name FROM main.sqlite_schema WHERE name = 'sqlite_sequence'")
  if (counts === undefined) {
    yield* session.execute(
      "CREATE TABLE main.lockplane_counts (id INTEGER PRIMARY KEY AUTOINCREMENT); DROP TABLE main.lockplane_counts"
    )
  }
  yield* session.query(`INSERT INTO main.sqlite_sequence (name, seq) VALUES ('${row}', ?)`, [
    `${randomHex(16)} ${mark}`
  ])
})

interface Relation {
  readonly type: string
  readonly name: string
}

/** What is dropped by itself, in the order for it: what names others first, and what libSQL keeps for its indexes last. */
const listing = `
  WITH list AS MATERIALIZED (SELECT name, type FROM pragma_table_list WHERE schema = 'main')
  SELECT CASE list.type WHEN 'virtual' THEN 'virtual table' ELSE s.type END AS type, s.name AS name
  FROM main.sqlite_schema AS s LEFT JOIN list ON list.name = s.name
  WHERE s.type IN ('view', 'trigger', 'table') AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    AND list.type IS NOT 'shadow' AND s.name <> 'libsql_wasm_func_table'
  ORDER BY CASE s.type WHEN 'view' THEN 1 WHEN 'trigger' THEN 2 ELSE 4 END - (list.type IS 'virtual'),
    s.name LIKE 'libsql\\_%' ESCAPE '\\', s.rowid`

const relations = (session: Session): Effect.Effect<ReadonlyArray<Relation>, DatabaseError> =>
  Effect.map(
    session.query(listing),
    (rows) => rows.map(({ name, type }) => ({ name: String(name), type: String(type) }))
  )

/** So many statements run in one transaction: a server takes a long one away when somebody else waits. */
const batch = 100

const drop = ({ name, type }: Relation): string =>
  `DROP ${type === "virtual table" ? "TABLE" : type.toUpperCase()} IF EXISTS main.${quoteIdentifier(name)}`

/** Drops what can be dropped, and gives the last error of what cannot. */
const dropAll = Effect.fn("ShadowServer.dropAll")(function*(session: Session, all: ReadonlyArray<Relation>) {
  let last: DatabaseError | undefined
  for (let first = 0; first < all.length; first += batch) {
    yield* transaction(
      session,
      Effect.forEach(all.slice(first, first + batch), (one) =>
        Effect.catch(session.execute(drop(one)), (error) => {
          last = error
          return error.code === "TRANSACTION_TIMEOUT" ? Effect.fail(error) : Effect.void
        }), { discard: true })
    )
  }
  return last
})

const empty = Effect.fn("ShadowServer.empty")(function*(session: Session) {
  let all = yield* relations(session)
  while (all.length > 0) {
    const error = yield* dropAll(session, all)
    // where foreign keys stay on, a table goes after those that refer to it
    const left = yield* relations(session)
    if (left.length === all.length) return yield* error ?? Effect.void
    all = left
  }
  yield* transaction(session, session.execute(`DELETE FROM main.sqlite_sequence WHERE name <> '${row}'`))
  const [version] = yield* session.query("PRAGMA user_version")
  // other tools count their migrations in it; where it cannot be written nobody has
  if (version?.["user_version"] !== 0) yield* Effect.ignore(session.execute("PRAGMA user_version = 0"))
})

/** Nobody asks for it: {@link ShadowHost} says that no databases are made. */
const makesNone = Effect.fail(
  new DatabaseError({ code: "LP_SHADOW", message: "A libSQL server makes no databases and no schemas by SQL." })
)

/** What a token for reading is told. */
const isDenied = ({ code, message }: DatabaseError): boolean =>
  code === "LP_TOKEN" || code === "SQLITE_READONLY" || /\b(blocked|forbidden|not permitted|readonly)\b/i.test(message)

const nameIn = (url: Redacted.Redacted<string>) => Effect.succeed(databaseName(Redacted.value(url)))

const connect = (url: Redacted.Redacted<string>) => connectServer({ _tag: "Libsql", url })

const describe = (session: Session): string => `SQLite ${versionText(session)} (libSQL shadow server)`

/** libSQL servers as a {@link ShadowHost}. */
export const layer: Layer.Layer<ShadowHost> = Layer.succeed(
  ShadowHost,
  ShadowHost.of({
    family: "libSQL",
    advice: {
      elsewhere:
        "Name another database in SHADOW_DATABASE_URL, a file such as shadow.db, or none: plans are proven in memory then.",
      marking: "The token of SHADOW_DATABASE_URL must be one that may write."
    },
    describe,
    standardSchema: "main",
    pristine: new Set(),
    connect,
    gate: (url) =>
      Effect.gen(function*() {
        const session = yield* Effect.flatMap(connect(url), (database) => database.session)
        return { session, pool: yield* nameIn(url), mayMake: false }
      }),
    databaseOf: (_, url) => nameIn(url),
    nameIn,
    identity: identityOf,
    // a replica hands on to its primary what writes, and everything in its transaction
    identityAtOrigin: (session) => rehearse(session, identityOf(session)),
    identityIsCopied: true,
    mayBeSame: (one, other) => Effect.succeed(isSameAddress(Redacted.value(one), Redacted.value(other))),
    engine: (session) => Effect.succeed({ major, identity: describe(session) }),
    now: (session) =>
      Effect.map(
        session.query("SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS now"),
        ([row]) => Number(row?.["now"])
      ),
    // whoever writes is alone
    exclusively: transaction,
    mark: (session) => markOf(session),
    setMark: (session, _, mark) => setMark(session, mark),
    unmarking: () => unmarking,
    // one writes at a time: marking would wait for a proof, whose transaction the server takes away after some seconds
    marksBeside: false,
    nameFor: () => makesNone,
    makeSchema: () => makesNone,
    make: () => makesNone,
    drop: () => makesNone,
    marked: (session, pool) =>
      Effect.map(markOf(session), (mark) => mark === undefined ? [] : [{ database: pool, mark }]),
    ageOf: () => 0,
    wholesale: {
      contents: (session) => Effect.map(relations(session), (all) => all.map(({ name, type }) => `${type} ${name}`)),
      empty
    },
    cleaningSettings: "",
    // streams cannot be ended; an open transaction is taken away when another one waits
    endOthers: () => Effect.void,
    meaning: (error) =>
      isDenied(error)
        ? "denied"
        : error.code === "LP_NOT_LIBSQL"
        ? "missing"
        : error.code === "SQLITE_BUSY" || error.code === "TRANSACTION_TIMEOUT"
        ? "locked"
        : undefined,
    clear: () => Effect.void,
    forTools: (url) => {
      const { token, url: withoutToken } = splitToken(Redacted.value(url))
      return { url: withoutToken, authToken: token ?? "" }
    },
    urlOf: (url) => url
  })
)
