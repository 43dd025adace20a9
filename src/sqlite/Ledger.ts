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

const foreign = () =>
  new DatabaseError({
    code: "LP_LEDGER",
    message: `the table ${ledgerTable} is not the one in which Lockplane writes down what it does`,
    hint: `Rename the table: Lockplane keeps the name ${ledgerTable} for itself`
  })

const read = Effect.fn("Ledger.read")(function*(session: Session, order: string) {
  const found = yield* session.query(`SELECT 1 FROM main.sqlite_schema WHERE name = '${ledgerTable}'`)
  if (found.length === 0) return []
  const rows = yield* Effect.mapError(
    session.query(`SELECT ${columns.join(", ")} FROM main.${ledgerTable} ORDER BY number ${order}`),
    (error) => error.message.startsWith("no such column") ? foreign() : error
  )
  return yield* Effect.mapError(decodeEntries(rows), foreign)
})

/** The table `lockplane_ledger`. */
export const ledger: LedgerStore = {
  entries: (session) => read(session, "ASC"),
  last: (session) => Effect.map(read(session, "DESC LIMIT 1"), ([entry]) => entry),
  append: Effect.fn("Ledger.append")(function*(session, entry) {
    yield* session.execute(creation)
    yield* session.query(
      `INSERT INTO main.${ledgerTable} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
      columns.map((column) => entry[column])
    )
  })
}
