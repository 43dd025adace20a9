/** Where a SQLite database keeps its ledger: a table of Lockplane's own, which is no part of the schema. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import type { LedgerStore } from "../Dialect.ts"
import type { Session } from "../engine/Database.ts"
import { DatabaseError } from "../engine/DatabaseError.ts"
import { Entry } from "../LedgerEntry.ts"
import { ledgerTable } from "./sql/Creations.ts"

const columns = Struct.keys(Entry.fields)

/** Whether a table with these columns is a ledger, and not somebody's table of the same name. */
export const isLedgerOf = (names: ReadonlyArray<string>): boolean =>
  names.length === columns.length && columns.every((column, i) => column === names[i])

// not STRICT: programs with a SQLite before 3.37 could not open the file any more
const creation = `CREATE TABLE IF NOT EXISTS main.${ledgerTable} (
  number INTEGER PRIMARY KEY,
  at TEXT NOT NULL,
  who TEXT NOT NULL,
  version TEXT NOT NULL,
  event TEXT NOT NULL,
  run INTEGER NOT NULL,
  part INTEGER,
  plan TEXT,
  schema_hash TEXT,
  reason TEXT,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
)`

const decodeEntries = Schema.decodeUnknownEffect(Schema.Array(Entry))
const decodeEnds = Schema.decodeUnknownEffect(Schema.Array(Entry.mapFields(Struct.pick(["number", "hash"]))))

const taken = () =>
  new DatabaseError({
    code: "LP_LEDGER",
    message:
      `the name ${ledgerTable} is taken by something else than the table in which Lockplane writes down what it does`,
    hint: "Nothing was changed. Give it another name: Lockplane keeps this one for itself"
  })

const damaged = () =>
  new DatabaseError({
    code: "LP_LEDGER",
    message:
      `the table ${ledgerTable}, in which Lockplane writes down what it does, was changed by others and cannot be read`,
    hint: `DROP TABLE ${ledgerTable} begins a new one; what was written down is gone then`
  })

/** Whether the ledger is there; fails where something else has its name. */
const isThere = Effect.fn("Ledger.isThere")(function*(session: Session) {
  const found = yield* session.query(
    `SELECT type FROM main.sqlite_schema WHERE name = '${ledgerTable}' COLLATE NOCASE`
  )
  if (found.length === 0) return false
  const names = yield* session.query(`SELECT name FROM pragma_table_info('${ledgerTable}', 'main') ORDER BY cid`)
  const isLedger = found.every(({ type }) => type === "table") && isLedgerOf(names.map(({ name }) => String(name)))
  return isLedger ? true : yield* taken()
})

const read = Effect.fn("Ledger.read")(function*(session: Session, fields: ReadonlyArray<string>, order: string) {
  return (yield* isThere(session))
    ? yield* session.query(`SELECT ${fields.join(", ")} FROM main.${ledgerTable} ORDER BY number ${order}`)
    : []
})

/** The table `lockplane_ledger`. */
export const ledger: LedgerStore = {
  entries: (session) =>
    Effect.flatMap(read(session, columns, "ASC"), (rows) => Effect.mapError(decodeEntries(rows), damaged)),
  last: (session) =>
    Effect.flatMap(
      read(session, ["number", "hash"], "DESC LIMIT 1"),
      (rows) => Effect.mapError(Effect.map(decodeEnds(rows), ([end]) => end), damaged)
    ),
  append: Effect.fn("Ledger.append")(function*(session, entry) {
    yield* session.execute(creation)
    yield* session.query(
      `INSERT INTO main.${ledgerTable} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
      columns.map((column) => entry[column])
    )
  })
}
