/**
 * `bun bench/sqlite.ts`: what Lockplane takes on SQLite beside the bare work of the same engine, as ratios, all in one run and
 * one process. `--rows N` and `--tables N` say how large the databases are, `--runs N` how often each is measured, round by
 * round; `--smoke` does all of it once with little.
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { availableParallelism, loadavg } from "node:os"
import { parseArgs } from "node:util"
import { hash } from "../src/Catalog.ts"
import { Dialect } from "../src/Dialect.ts"
import { diff } from "../src/Diff.ts"
import * as SqliteDatabase from "../src/engine/SqliteDatabase.ts"
import { transaction } from "../src/engine/Transaction.ts"
import * as Executor from "../src/Executor.ts"
import { file, plan, read, services } from "../test/sqlite/world.ts"
import { type Sample, summarize } from "./Measure.ts"

const { values } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    rows: { type: "string", default: "1000000" },
    tables: { type: "string", default: "1000" },
    runs: { type: "string", default: "5" }
  }
})
const [rows, tables, runs] = values.smoke
  ? [1000, 5, 1]
  : [Number(values.rows), Number(values.tables), Number(values.runs)]

const columns = "id, name, email, amount, note"
const items = (more: string): string =>
  `CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT${more}, email TEXT, amount REAL, note BLOB)`
const filled = `${items("")};
  INSERT INTO items WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < ${rows})
    SELECT x, 'item number ' || x, 'person' || x || '@example.org', x / 4.0, CASE x % 3 WHEN 0 THEN NULL ELSE zeroblob(x % 40) END FROM c`

const table = (number: number): string => {
  const name = `t${String(number).padStart(4, "0")}`
  const other = `t${String(Math.max(0, number - 1)).padStart(4, "0")}`
  return `CREATE TABLE ${name} (
  id INTEGER PRIMARY KEY,
  parent_id INTEGER CONSTRAINT ${name}_parent_fkey REFERENCES ${other} (id),
  name TEXT NOT NULL,
  email VARCHAR(200) NOT NULL,
  state TEXT DEFAULT 'new' NOT NULL,
  amount NUMERIC(12, 2) DEFAULT 0 NOT NULL,
  attributes TEXT DEFAULT '{}' NOT NULL CHECK (json_valid(attributes)),
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP NOT NULL,
  deleted_at DATETIME
);
CREATE INDEX ${name}_name_idx ON ${name} (lower(name));
CREATE UNIQUE INDEX ${name}_email_idx ON ${name} (email) WHERE deleted_at IS NULL;`
}
const schema = Array.from({ length: tables }, (_, number) => table(number)).join("\n")

/** What a program asks that takes the schema from the pragmas. */
const pragmas = `
  SELECT s.name, s.sql, x.* FROM sqlite_schema AS s, pragma_table_xinfo(s.name) AS x WHERE s.type = 'table';
  SELECT s.name, i.name, i."unique", x.* FROM sqlite_schema AS s, pragma_index_list(s.name) AS i, pragma_index_xinfo(i.name) AS x WHERE s.type = 'table';
  SELECT s.name, f.* FROM sqlite_schema AS s, pragma_foreign_key_list(s.name) AS f WHERE s.type = 'table'`

/** A comparison: what is measured, and what it is held against. */
interface Case<E, R> {
  readonly name: string
  readonly against?: string
  readonly run: Effect.Effect<number, E, R>
}

/** The milliseconds that an effect takes. */
const timed = <E, R>(effect: Effect.Effect<unknown, E, R>): Effect.Effect<number, E, R> =>
  Effect.suspend(() => {
    const started = performance.now()
    return Effect.map(effect, () => performance.now() - started)
  })

const program = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const { introspectDatabase } = yield* Dialect
  const large = yield* file(filled)
  const { plan: rebuild } = yield* plan(large, items(" NOT NULL"))
  const folder = yield* fs.makeTempDirectoryScoped()
  const copy = `${folder}/copy.db`
  const onCopy = <E, R>(use: Effect.Effect<number, E, R>) => Effect.andThen(fs.copyFile(large.path, copy), use)
  const [wide, narrow] = [yield* file(schema), yield* file(schema.replaceAll("VARCHAR(200)", "TEXT"))]
  const open = (path: string) => SqliteDatabase.make({ location: path })
  const [catalog, other] = [yield* read(wide.path), yield* read(narrow.path)]
  const [bare, plain] = ["the bare INSERT … SELECT of the rows", "the pragmas of all tables by the same engine"]
  const cases = [
    {
      name: bare,
      run: onCopy(Effect.scoped(Effect.flatMap(
        Effect.flatMap(open(copy), ({ session }) => session),
        (session) =>
          timed(transaction(
            session,
            session.execute(
              `${
                items(" NOT NULL").replace("items", "made")
              }; INSERT INTO made (${columns}) SELECT ${columns} FROM items`
            )
          ))
      )))
    },
    {
      name: `apply: the rebuild of a table of ${rows} rows`,
      against: bare,
      run: onCopy(Effect.flatMap(open(copy), (database) => timed(Executor.apply(rebuild, database))))
    },
    {
      name: plain,
      run: Effect.scoped(Effect.flatMap(
        Effect.flatMap(open(wide.path), ({ session }) => session),
        (session) => timed(Effect.forEach(pragmas.split(";"), (sql) => session.query(sql), { discard: true }))
      ))
    },
    {
      name: `introspect a database of ${tables} tables`,
      against: plain,
      run: Effect.flatMap(open(wide.path), (database) => timed(introspectDatabase(database)))
    },
    {
      name: `hash and diff two such schemas, every table being another`,
      against: plain,
      run: timed(Effect.sync(() => [hash(catalog), hash(other), diff(catalog, other)]))
    }
  ] satisfies ReadonlyArray<Case<unknown, unknown>>
  const load = (): string => loadavg()[0]?.toFixed(1) ?? "?"
  console.log(`${runs} runs each, Bun ${Bun.version}, ${availableParallelism()} processors, load ${load()}`)
  const samples = new Map<string, Array<Sample>>(cases.map(({ name }) => [name, []]))
  for (let round = values.smoke ? 1 : 0; round <= runs; round++) {
    for (const { name, run } of cases) {
      const wall = yield* run
      if (round > 0) samples.get(name)?.push({ wall, cpu: 0, memory: 0 })
    }
    console.error(`round ${round} of ${runs}, load ${load()}`)
  }
  const found = new Map(cases.map(({ name }) => [name, summarize(name, samples.get(name) ?? [])]))
  for (const { name, against } of cases.map((one): Case<unknown, unknown> => one)) {
    const [measured, base] = [found.get(name), found.get(against ?? "")]
    if (measured === undefined) continue
    console.log(
      [
        name.padEnd(62),
        measured.median.toFixed(0).padStart(7),
        `${measured.fastest.toFixed(0)}-${measured.slowest.toFixed(0)}`.padStart(13),
        base === undefined ? "" : `${(measured.median / base.median).toFixed(2)} x`.padStart(8)
      ].join(" ").trimEnd()
    )
  }
  console.log(`times in milliseconds: median, fastest-slowest, ratio; load ${load()} at the end`)
})

await Effect.runPromise(Effect.scoped(program).pipe(Effect.provide(services)))
