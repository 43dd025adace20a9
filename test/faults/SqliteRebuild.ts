/**
 * Kills `lockplane apply` at random moments of the rebuild of a large SQLite table, by a signal that nothing can catch. Whatever
 * the moment, the file must be the old database or the new one, whole, its ledger must say which, and `lockplane resume` must end in
 * the new one; or applying the plan again, where it was killed before it had begun.
 */
import * as fs from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { type Process, start as startProcess } from "../runtimes/Process.ts"
import { here } from "../runtimes/Programs.ts"
import { Database, type Row } from "../runtimes/Sqlite.ts"

const program = fileURLToPath(new URL("../../bin/lockplane.ts", import.meta.url))

/** How a database keeps what a transaction is about to change. */
export type Journal = "delete" | "wal"

/** What to do. */
export interface Options {
  readonly rows: number
  /** How many processes to kill. */
  readonly rounds: number
  /** Decides the moments. */
  readonly seed: number
  readonly onRound?: (round: Round) => void
}

/** What one kill left behind. */
export interface Round {
  readonly journal: Journal
  /** When the process was killed, in milliseconds after its start. */
  readonly at: number
  /** The process had ended by itself. */
  readonly late: boolean
  /** There was a journal, or a WAL, to recover from. */
  readonly hot: boolean
  readonly state: "old" | "new"
  /** What the ledger said last; undefined where the plan had not begun. */
  readonly event: string | undefined
  /** What does not hold; empty where all does. */
  readonly problems: ReadonlyArray<string>
}

const rest = `
  CREATE TABLE notes (id INTEGER PRIMARY KEY, item INTEGER REFERENCES items ON DELETE CASCADE);
  CREATE TABLE log (what TEXT);
  CREATE INDEX by_name ON items (name);
  CREATE TRIGGER changed AFTER UPDATE ON items BEGIN INSERT INTO log VALUES ('changed'); END;
  CREATE VIEW names AS SELECT id, name FROM items;`

const before = `CREATE TABLE items (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, amount REAL, note BLOB); ${rest}`

const after =
  `CREATE TABLE items (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL CHECK (length(name) > 0), amount REAL DEFAULT 0, note BLOB, state TEXT NOT NULL DEFAULT 'new'); ${rest}`

const fill = (rows: number): string => `
  BEGIN;
  INSERT INTO items (id, name, amount, note) WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < ${rows})
    SELECT x * 2, 'item ' || x, x / 4.0, CASE x % 3 WHEN 0 THEN NULL ELSE zeroblob(x % 20) END FROM c;
  INSERT INTO notes (item) SELECT id FROM items WHERE id % 100 = 0;
  COMMIT;`

const use = <A>(file: string, run: (database: Database) => A): A => {
  const database = new Database(file)
  try {
    return run(database)
  } finally {
    database.close()
  }
}

const one = (database: Database, sql: string): Row | undefined => database.all(sql)[0]

/** All that must not be lost, in one text: the same for every database of the same rows, whatever its journal. */
const digest = (database: Database): string =>
  JSON.stringify([
    database.all(
      "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name <> 'lockplane_ledger' ORDER BY type, name"
    ),
    one(
      database,
      "SELECT count(*) AS n, sum(id) AS ids, sum(length(name) * (id % 1009)) AS names, sum(unicode(substr(name, -1)) * (id % 997)) AS ends, sum(amount) AS amounts, sum(length(note) * (id % 1013)) AS notes FROM items"
    ),
    one(database, "SELECT count(*) AS n, sum(item) AS items FROM notes"),
    one(database, "SELECT count(*) AS n FROM log"),
    one(database, "SELECT seq FROM sqlite_sequence WHERE name = 'items'")
  ])

/** What the ledger says last. */
const lastEvent = (database: Database): string | undefined =>
  one(database, "SELECT name FROM sqlite_schema WHERE name = 'lockplane_ledger'") === undefined
    ? undefined
    : String(one(database, "SELECT event FROM lockplane_ledger ORDER BY number DESC")?.["event"])

const start = (parameters: ReadonlyArray<string>): Process =>
  startProcess([...here, program, ...parameters], { env: { ...process.env, NO_COLOR: "1" } }, "")

const lockplane = async (parameters: ReadonlyArray<string>): Promise<string> => {
  const { code, stderr, stdout } = await start(parameters).ended
  if (code !== 0) throw new Error(`lockplane ${parameters.join(" ")} ended with ${code}\n${stderr}`)
  return stdout
}

const exists = async (file: string): Promise<boolean> => (await fs.stat(file).catch(() => ({ size: 0 }))).size > 0

/** Waits until a process writes to the database, or has ended. */
const writes = async (file: string, journal: Journal, ended: Promise<true>): Promise<void> => {
  for (let over = false; !over && !await exists(`${file}-${journal === "wal" ? "wal" : "journal"}`);) {
    over = await Promise.race([ended, sleep(1).then(() => false)])
  }
}

/** Numbers from 0 to 1, the same for the same seed. */
const dice = (seed: number): () => number => {
  let state = seed >>> 0
  return () => {
    state = (state * 1664525 + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** Kills one apply after another, with either journal in turn, and says what each left behind. */
export const run = async ({ onRound, rounds, rows, seed }: Options): Promise<ReadonlyArray<Round>> => {
  const folder = await fs.mkdtemp(path.join(tmpdir(), "lockplane-faults-"))
  const at = (name: string): string => path.join(folder, name)
  const apply = (file: string): ReadonlyArray<string> => ["apply", at("plan.json"), "--target", file, "--auto-approve"]
  try {
    for (const journal of ["delete", "wal"] as const) {
      use(at(`${journal}.db`), (database) => {
        database.run(`PRAGMA journal_mode = ${journal}`)
        database.run(before)
        database.run(fill(rows))
      })
    }
    await fs.writeFile(at("new.lp.sql"), after)
    const plan = await lockplane(["plan", "--from", at("delete.db"), "--to", at("new.lp.sql")])
    await fs.writeFile(at("plan.json"), plan)
    const old = use(at("delete.db"), digest)
    // when it begins to write and how long it takes undisturbed, and what it ends in
    const wanted = new Map<Journal, { readonly digest: string; readonly began: number; readonly time: number }>()
    for (const journal of ["delete", "wal"] as const) {
      await fs.copyFile(at(`${journal}.db`), at("try.db"))
      const started = performance.now()
      const ended = lockplane(apply(at("try.db"))).then((): true => true)
      await writes(at("try.db"), journal, ended)
      const began = performance.now() - started
      await ended
      wanted.set(journal, { began, time: performance.now() - started, digest: use(at("try.db"), digest) })
      for (const end of ["", "-wal", "-shm", "-journal"]) await fs.rm(at(`try.db${end}`), { force: true })
    }
    const random = dice(seed)
    const found: Array<Round> = []
    // a process that has ended by itself was not killed; how long that takes is only a guess
    const kills = (): number => found.filter(({ late }) => !late).length
    for (let number = 0; kills() < rounds && number < 3 * rounds; number++) {
      const journal = number % 2 === 0 ? "delete" : "wal"
      const { began, digest: fresh, time } = wanted.get(journal) ?? { began: 0, digest: "", time: 0 }
      const file = at(`${journal}-${number}.db`)
      await fs.copyFile(at(`${journal}.db`), file)
      const started = performance.now()
      const child = start(apply(file))
      const ended = child.ended.then((): true => true)
      // most of them while it writes, some at any time
      if (number % 10 < 6) await writes(file, journal, ended)
      await Promise.race([sleep(random() * (number % 10 < 6 ? time - began : time) * 1.05), ended])
      const moment = performance.now() - started
      const late = child.exitCode !== null
      // the machine was busier when the time was taken
      if (late && moment < time) wanted.set(journal, { began: began * moment / time, digest: fresh, time: moment })
      child.kill("SIGKILL")
      await child.ended
      const hot = await exists(`${file}-journal`) || await exists(`${file}-wal`)
      const problems: Array<string> = []
      const is = (what: string, holds: boolean): void => {
        if (!holds) problems.push(what)
      }
      let state: Round["state"] = "old"
      const look = (database: Database): string => {
        is("integrity_check", one(database, "PRAGMA integrity_check")?.["integrity_check"] === "ok")
        is("foreign_key_check", one(database, "PRAGMA foreign_key_check") === undefined)
        return digest(database)
      }
      const left = use(file, look)
      if (left === fresh) state = "new"
      else is("neither the old database nor the new one", left === old)
      const event = use(file, lastEvent)
      is(`the ledger says ${event}`, (event === "done") === (state === "new"))
      try {
        await lockplane(event === undefined ? apply(file) : ["resume", "--target", file, "--auto-approve"])
        is("going on ends in the new database", use(file, look) === fresh && use(file, lastEvent) === "done")
      } catch (error) {
        problems.push(`going on: ${String(error)}`)
      }
      for (const end of ["", "-wal", "-shm", "-journal"]) await fs.rm(`${file}${end}`, { force: true })
      const round = { journal, at: moment, late, hot, state, event, problems } satisfies Round
      found.push(round)
      onRound?.(round)
    }
    return found
  } finally {
    await fs.rm(folder, { recursive: true, force: true })
  }
}

/** The rounds in words. */
export const describe = (rounds: ReadonlyArray<Round>): string => {
  const count = (test: (round: Round) => boolean): number => rounds.filter(test).length
  const lines = (["delete", "wal"] as const).map((journal) => {
    const of = (test: (round: Round) => boolean): number => count((round) => round.journal === journal && test(round))
    return `${journal}: ${of(() => true)} rounds, ${of(({ late }) => !late)} killed, ${
      of(({ hot, late }) => hot && !late)
    } of them with a journal to recover from, ${
      of(({ event }) => event === "began")
    } cut off after they began and resumed; ${of(({ state }) => state === "old")} the old database, ${
      of(({ state }) => state === "new")
    } the new one`
  })
  const broken = rounds.filter(({ problems }) => problems.length > 0)
  return [
    ...lines,
    `${broken.length} of ${rounds.length} rounds broken`,
    ...broken.map(({ at, journal, problems }) => `  ${journal} at ${at.toFixed(0)} ms: ${problems.join("; ")}`)
  ].join("\n")
}
