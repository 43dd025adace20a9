/**
 * `bun run bench`: Lockplane beside PostgreSQL's own programs on one schema, as ratios, all in one run. `--smoke` does the
 * same with a small schema and one run each, to see that it works; `--only introspect,version` measures the cases with these
 * words in their names and what they are held against; `--growth 100,1000` says how large the schemas are that show how the
 * time grows with size. Needs psql and pg_dump, and `bun run build` before it.
 */
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import * as fs from "node:fs/promises"
import { availableParallelism, loadavg, tmpdir } from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { database, type Major, psql, server } from "../test/servers.ts"
import { type Command, type Measurement, output, type Sample, sample, summarize } from "./Measure.ts"
import { schema } from "./schema.ts"

const { values } = parseArgs({
  options: {
    smoke: { type: "boolean", default: false },
    tables: { type: "string", default: "1000" },
    runs: { type: "string", default: "5" },
    only: { type: "string", default: "" },
    growth: { type: "string", default: "100,1000,10000" }
  }
})
const smoke = values.smoke
const tables = smoke ? 5 : Number(values.tables)
const runs = smoke ? 1 : Number(values.runs)

const here = fileURLToPath(new URL(".", import.meta.url))
const bin = path.join(here, "..", "dist", "bin.js")
if (!existsSync(bin)) throw new Error("dist/bin.js is not there: run `bun run build` first")
const bun = process.execPath

/** A comparison: what is measured, what it is held against, and the ratio or the time that is the goal. */
interface Case extends Command {
  readonly against?: string
  readonly goal?: number
  readonly goalMs?: number
}

const installed = (await fs.readdir("/usr/lib/postgresql").catch(() => [])).map(Number).filter((major) =>
  major >= 14 && major <= 18
)
const majors: ReadonlyArray<Major> = [18, 17, 16, 15, 14]
const major = majors.find((major) => installed.includes(major))
if (major === undefined) throw new Error("No installed PostgreSQL: pg_dump and psql are needed")
const pgDump = `/usr/lib/postgresql/${major}/bin/pg_dump`

const lockplane = (...parameters: ReadonlyArray<string>): ReadonlyArray<string> => [bun, bin, ...parameters]

const line = ({ against, goal, goalMs }: Case, found: Measurement, base: Measurement | undefined): string => {
  const ratio = base === undefined ? "" : `${(found.median / base.median).toFixed(2)} x`
  const wanted = goal === undefined ? goalMs === undefined ? "" : `<= ${goalMs} ms` : `<= ${goal} x ${against ?? ""}`
  const met = goal !== undefined && base !== undefined
    ? found.median <= goal * base.median
    : goalMs === undefined
    ? undefined
    : found.median <= goalMs
  return [
    found.name.padEnd(78),
    found.median.toFixed(0).padStart(7),
    `${found.fastest.toFixed(0)}-${found.slowest.toFixed(0)}`.padStart(13),
    found.cpu.toFixed(0).padStart(7),
    found.memory.toFixed(0).padStart(6),
    ratio.padStart(8),
    ` ${wanted}${met === undefined ? "" : met ? " yes" : " NO"}`
  ].join(" ")
}

const program = Effect.gen(function*() {
  const folder = yield* Effect.acquireRelease(
    Effect.promise(() => fs.mkdtemp(path.join(tmpdir(), "lockplane-bench-"))),
    (folder) => Effect.promise(() => fs.rm(folder, { recursive: true, force: true }))
  )
  const cache = path.join(folder, "cache")
  const env = { LOCKPLANE_CACHE_DIR: cache }
  const cold = () => fs.rm(path.join(cache, "catalogs"), { recursive: true, force: true })
  const sql = schema(tables)
  const source = path.join(folder, "schema")
  const small = path.join(folder, "small.lp.sql")
  yield* Effect.promise(async () => {
    await fs.mkdir(source)
    await fs.writeFile(path.join(source, "schema.lp.sql"), sql)
    await fs.writeFile(small, schema(2))
  })
  // a program of its own, as programs are shipped: one file
  const reader = path.join(folder, "introspect.js")
  yield* Effect.promise(() =>
    Bun.build({ entrypoints: [path.join(here, "introspect.ts")], outdir: folder, target: "node", minify: true })
  )
  const old = yield* server({ major })
  const [nothing, full, same] = yield* Effect.all([database(old), database(old), database(old)])
  yield* psql(full, sql)
  yield* psql(same, sql)
  const embeddedMajor = yield* server({ major: 18 })
  const full18 = yield* database(embeddedMajor)
  yield* psql(full18, sql)
  const nothing18 = yield* database(embeddedMajor)

  const dump = "pg_dump --schema-only"
  const script = "the embedded engine runs the same SQL"
  const toFolder = (name: string, from: string, ...more: ReadonlyArray<string>): Case => ({
    name: `plan: ${name}`,
    command: lockplane("plan", "--from", from, "--to", source, ...more),
    env,
    prepare: cold,
    against: script,
    goal: 2
  })
  const again = (name: string, from: string): Case => {
    const command = { name, command: lockplane("plan", "--from", from, "--to", source), env }
    return { ...command, prepare: async () => void await sample(command), goalMs: 1000 }
  }
  const cases: ReadonlyArray<Case> = [
    { name: dump, command: [pgDump, "--schema-only", "-d", full] },
    {
      name: "introspection within a running program",
      command: [bun, reader, full, "4"],
      tells: true,
      against: dump,
      goal: 0.5
    },
    {
      name: "introspection by the library",
      command: [bun, reader, full],
      against: dump,
      goal: 0.5
    },
    { name: "lockplane introspect", command: lockplane("introspect", full), env, against: dump, goal: 0.5 },
    {
      name: "plan --skip-shadow: between two databases, nothing differs",
      command: lockplane("plan", "--from", full, "--to", same, "--skip-shadow"),
      env,
      against: dump,
      goal: 1.5
    },
    {
      name: `plan --skip-shadow: between two databases, ${tables} new tables`,
      command: lockplane("plan", "--from", nothing, "--to", full, "--skip-shadow"),
      env,
      against: dump,
      goal: 1.5
    },
    { name: script, command: [bun, path.join(here, "embedded.ts"), path.join(source, "schema.lp.sql")], env },
    toFolder(`a database of ${major} to the same folder, first run`, full),
    toFolder("a database of 18 to the same folder, first run", full18),
    toFolder(`a database of 18 to a folder of ${tables} new tables, first run, no proof`, nothing18, "--skip-shadow"),
    toFolder(`a database of 18 to a folder of ${tables} new tables, first run, proven`, nothing18),
    again("plan: the same folder, second run (18)", full18),
    again(`plan: the same folder, second run (${major})`, full),
    { name: "lockplane version", command: lockplane("version"), env, goalMs: 150 },
    { name: "lockplane validate sql FILE (2 tables)", command: lockplane("validate", "sql", small), env }
  ]
  const wanted = cases.filter(({ name }) => values.only.split(",").some((part) => name.includes(part)))
  const chosen = cases.filter((one) => wanted.includes(one) || wanted.some(({ against }) => against === one.name))
  const load = (): string => loadavg()[0]?.toFixed(1) ?? "?"
  console.log(
    `${tables} tables, ${runs} runs each, PostgreSQL ${major} and 18, Bun ${Bun.version}, ${availableParallelism()} processors, load ${load()}`
  )
  // round by round, so that what else the machine does falls on all; the first round only warms up
  const samples = new Map<string, Array<Sample>>(chosen.map(({ name }) => [name, []]))
  for (let round = smoke ? 1 : 0; round <= runs; round++) {
    for (const one of chosen) {
      const taken = yield* Effect.promise(() => sample(one))
      if (round > 0) samples.get(one.name)?.push(taken)
    }
    console.error(`round ${round} of ${runs}, load ${load()}`)
  }
  const found = new Map(chosen.map(({ name }) => [name, summarize(name, samples.get(name) ?? [])]))
  console.log(
    [
      "".padEnd(78),
      "median".padStart(7),
      "from-to".padStart(13),
      "cpu".padStart(7),
      "MB".padStart(6),
      "ratio".padStart(8),
      " goal"
    ].join(" ")
  )
  for (const one of chosen) {
    const measured = found.get(one.name)
    if (measured !== undefined) {
      console.log(line(one, measured, one.against === undefined ? undefined : found.get(one.against)))
    }
  }
  console.log(`times in milliseconds (cpu: of the process itself), memory at its peak; load ${load()} at the end`)
  if (values.only !== "" && !values.only.split(",").some((part) => "growth".includes(part))) return
  const sizes = smoke ? [tables] : values.growth.split(",").map(Number).filter((size) => size > 0)
  if (sizes.length === 0) return
  const urls = yield* Effect.forEach(sizes, (size) => Effect.tap(database(old), (url) => psql(url, schema(size))))
  const grown = yield* Effect.promise(() =>
    output({ name: "growth", command: [bun, path.join(here, "growth.ts"), ...urls] })
  )
  console.log("\nintrospect and diff within a running program, best of three, in milliseconds")
  console.log(grown.trim().split("\n").map((line, i) => `${String(sizes[i]).padStart(6)} tables ${line}`).join("\n"))
})

await Effect.runPromise(Effect.scoped(program))
