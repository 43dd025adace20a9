/** Foreign keys that refer to no key: SQLite takes them, and refuses every write to their table once they are on. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Logger from "effect/Logger"
import { comparable } from "../../src/Canonical.ts"
import { rehearse } from "../../src/Preflight.ts"
import * as Prover from "../../src/Prover.ts"
import { derive } from "../../src/Rollback.ts"
import * as Source from "../../src/Source.ts"
import { live } from "../effect.ts"
import { apply, file, migrate, plan, read, services } from "./world.ts"

const check = (name: string, body: () => Effect.Effect<void, unknown, never>) => live(name, body)

const parent = "CREATE TABLE p (id INTEGER PRIMARY KEY, k INT UNIQUE, v TEXT);"
const child = "CREATE TABLE c (k INT REFERENCES p (k));"
const broken = "the foreign key (k) of c refers to p"

/** Loads a schema from a file in which people write it, with the warnings that come with that. */
const load = Effect.fnUntraced(function*(text: string) {
  const fs = yield* FileSystem.FileSystem
  const path = `${yield* fs.makeTempDirectoryScoped()}/schema.lp.sql`
  yield* fs.writeFileString(path, text)
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ message }) => void lines.push(String(message)))
  const catalog = yield* Effect.provide(Source.load(Source.parse(path)), Logger.layer([logger]))
  return { catalog, path, warnings: lines.join("\n") }
})

/** A plan that leaves a foreign key without a key: refused where files state that, at the place, and told of any other source. */
const breaks = (name: string, before: string, after: string, what: string, place: string) =>
  check(name, () =>
    Effect.gen(function*() {
      const database = yield* file(before)
      const { plan: made } = yield* plan(database, after)
      expect(made.notes).toContainEqual(
        `From this plan on, ${broken}${what}: whoever has foreign keys on cannot write to c.`
      )
      const { catalog, path } = yield* load(after)
      const between = yield* comparable(yield* read(database.path), catalog)
      for (const attempt of [Effect.flip(Prover.prove(between)), Effect.flip(Prover.unproven(between))]) {
        const error = yield* attempt
        expect(error._tag).toBe("PlanRefused")
        expect(error.message).toContain(`${path}:${place}: error: foreign key references`)
      }
    }).pipe(Effect.scoped, Effect.provide(services)))

describe("a plan that leaves a foreign key without a key", () => {
  breaks(
    "where the key goes",
    `${parent} ${child}`,
    `CREATE TABLE p (id INTEGER PRIMARY KEY, k INT, v TEXT);\n${child}`,
    " (k), which is neither its primary key nor UNIQUE",
    "2:34"
  )
  breaks(
    "where the index goes that was the key",
    `CREATE TABLE p (k INT); CREATE UNIQUE INDEX i ON p (k); ${child}`,
    `CREATE TABLE p (k INT); CREATE UNIQUE INDEX i ON p (k) WHERE k > 0;\n${child}`,
    " (k), which is neither its primary key nor UNIQUE",
    "2:34"
  )
  breaks("where the table goes", `${parent} ${child}`, child, ", which is no table", "1:34")
  breaks(
    "where the foreign key is new",
    `${parent} CREATE TABLE c (k INT)`,
    `${parent} CREATE TABLE c (\nk TEXT REFERENCES p (v))`,
    " (v), which is neither its primary key nor UNIQUE",
    "2:19"
  )
  breaks(
    "where another one of the table was so before",
    `${parent} CREATE TABLE c (k INT, l INT REFERENCES p (v))`,
    `${parent}\nCREATE TABLE c (k INT REFERENCES p (v), l INT REFERENCES p (v))`,
    " (v), which is neither its primary key nor UNIQUE",
    "2:34"
  )
})

check("one that was so before is no hindrance, under whatever names, and is warned of", () =>
  Effect.gen(function*() {
    const before =
      "CREATE TABLE p (k INT, v TEXT); CREATE TABLE c (k INT REFERENCES p (k), gone INT REFERENCES missing (x)); INSERT INTO c VALUES (7, 8);"
    const after =
      "CREATE TABLE q (l INT, v TEXT NOT NULL);\nCREATE TABLE d (m INT REFERENCES q (l), gone INT NOT NULL REFERENCES missing (x))"
    const wishes = ["table p=q", "table c=d", "column p.k=l", "column c.k=m"]
    const { found, plan: made } = yield* migrate(before, after, (there) => there.rows("SELECT * FROM d"), wishes)
    expect(found).toEqual([{ m: 7, gone: 8 }])
    expect(made.notes).toBeUndefined()
    const { catalog, warnings } = yield* load(after)
    expect(warnings).toContain("schema.lp.sql:2:34: warning: foreign key references \"q\"")
    expect(warnings).toContain("[invalid_fk_column]")
    expect(warnings).toContain("[invalid_fk_table]")
    const proven = yield* Prover.prove(yield* comparable(yield* read((yield* file(before)).path), catalog, wishes))
    expect(proven.plan.steps.length).toBe(made.steps.length)
  }).pipe(Effect.scoped, Effect.provide(services)))

check("what SQLite itself does not take is an error of the files", () =>
  Effect.gen(function*() {
    const error = yield* Effect.flip(
      load("CREATE TABLE p (k INTEGER PRIMARY KEY);\nCREATE TABLE c (k INT, FOREIGN KEY (x) REFERENCES p);\n")
    )
    expect(error._tag).toBe("SourceError")
    expect(error.message).toContain("invalid_fk_column")
  }).pipe(Effect.scoped, Effect.provide(services)))

describe("what a plan mends may be broken again on the way back", () => {
  const goesBack = (name: string, before: string, after: string) =>
    check(name, () =>
      Effect.gen(function*() {
        const { again, plan: made, rollback } = yield* migrate(before, after, () => undefined)
        expect(again).toEqual([])
        // from a file, too
        const derived = yield* derive(made, yield* read((yield* file(before)).path))
        expect(derived.restores).toBe(true)
        const there = yield* file(after)
        yield* rehearse(derived, yield* read(there.path))
        yield* apply(rollback, there)
      }).pipe(Effect.scoped, Effect.provide(services)))

  goesBack("foreign keys", `CREATE TABLE p (id INTEGER PRIMARY KEY, k INT, v TEXT); ${child}`, `${parent} ${child}`)
  goesBack("views", "CREATE VIEW v AS SELECT a FROM t", "CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a FROM t")
})
