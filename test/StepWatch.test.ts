/** What steps do to what was there, where they are asked after together, and steps that run at once. */
import { describe, expect, test as plain } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { comparable } from "../src/Canonical.ts"
import * as Lockplane from "../src/Lockplane.ts"
import * as Platform from "../src/platform.ts"
import { rehearse } from "../src/Preflight.ts"
import { prove } from "../src/Prover.ts"
import { Shadow } from "../src/Shadow.ts"
import { mentions } from "../src/text/Words.ts"
import * as it from "./effect.ts"
import { loadSql } from "./sqlSource.ts"

const before = `
  CREATE TABLE users (id int PRIMARY KEY, state text);
  CREATE TABLE state (name text PRIMARY KEY);
  CREATE INDEX users_state ON users (state);`

/** What a plan of one's own does to `before`, by statement. */
const rehearsed = (...statements: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    return yield* rehearse({ steps: statements.map((sql) => ({ description: sql, sql })) }, yield* loadSql(before))
  })

const locked = (steps: ReadonlyArray<{ readonly locks?: ReadonlyArray<{ relation: string; mode: string }> }>) =>
  steps.map(({ locks = [] }) => locks.map(({ mode, relation }) => `${relation} ${mode}`))

describe("asking what steps have locked", () => {
  let asked = 0
  let executed = 0
  const counting = Layer.effect(
    Shadow,
    Effect.map(Shadow, (shadow) =>
      Shadow.of({
        ...shadow,
        reserve: (needs) =>
          Effect.map(shadow.reserve(needs), (session) => ({
            ...session,
            execute: (script: string) => {
              executed++
              return session.execute(script)
            },
            query: (sql: string, parameters?: ReadonlyArray<unknown>) => {
              if (sql.includes("from pg_locks l\n")) asked++
              return session.query(sql, parameters)
            }
          }))
      }))
  )
  const test = it.layer(
    counting.pipe(Layer.provideMerge(Lockplane.layer), Layer.provideMerge(Platform.layer))
  )

  const tables = (count: number) =>
    Array.from({ length: count }, (_, i) => `
      CREATE TABLE made_${i} (id int PRIMARY KEY, state text, user_id int REFERENCES users);
      CREATE INDEX made_${i}_state ON made_${i} (state);
      COMMENT ON TABLE made_${i} IS 'of users';`).join("")

  test("happens as often for many new tables as for few, which are made at once, and says of each what it does", () =>
    Effect.gen(function*() {
      const counts: Array<number> = []
      const scripts: Array<number> = []
      for (const count of [3, 30]) {
        asked = executed = 0
        const { plan } = yield* prove(yield* comparable(yield* loadSql(before), yield* loadSql(before + tables(count))))
        counts.push(asked)
        scripts.push(executed)
        const keys = plan.steps.filter(({ sql }) => sql.includes("FOREIGN KEY"))
        expect(keys).toHaveLength(count)
        expect(locked(plan.steps).flat()).toEqual(["public.users SHARE ROW EXCLUSIVE"])
        expect(locked(keys.slice(0, 1))).toEqual([["public.users SHARE ROW EXCLUSIVE"]])
      }
      expect(counts[1]).toBe(counts[0] ?? 0)
      expect(counts[0]).toBeGreaterThan(0)
      expect((scripts[1] ?? 0) - (scripts[0] ?? 0)).toBeLessThan(27)
    }))

  test("tells of a step that does not name what it locks, and of an index by its own name", () =>
    Effect.gen(function*() {
      const { plan } = yield* rehearsed(
        "CREATE TABLE one (id int)",
        "CREATE TABLE two (id int)",
        "DO $$ BEGIN EXECUTE 'LOCK TABLE us' || 'ers IN EXCLUSIVE MODE'; END $$",
        "CREATE TABLE three (id int)",
        "DROP INDEX users_state"
      )
      expect(locked(plan.steps)).toEqual([
        [],
        [],
        ["public.users EXCLUSIVE"],
        [],
        ["public.users ACCESS EXCLUSIVE"]
      ])
    }))
})

describe("a table that is renamed", () => {
  const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))

  test("is one that was there", () =>
    Effect.gen(function*() {
      const { plan } = yield* rehearsed(
        "ALTER TABLE users RENAME TO people",
        "CREATE TABLE users (id int)",
        "CREATE INDEX people_state ON people (lower(state))"
      )
      expect(plan.steps.map(({ scans }) => scans)).toEqual([[], [], ["public.users"]])
    }))

  plain("is named by its new name from then on", () => {
    const named = mentions(["users"])
    expect(named(["CREATE INDEX i ON public.people (state)"])).toEqual([])
    named(["ALTER TABLE public.users RENAME TO people"], {
      object: "table public.people",
      renamed_from: "table public.users"
    })
    expect(named(["CREATE INDEX i ON public.people (state)"])).toEqual(["people"])
  })
})

describe("steps that run at once", () => {
  const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))

  test("are what they are by themselves, whatever they quote", () =>
    Effect.gen(function*() {
      const text = "$statement$ $lockplane$; 'it' \\ $$"
      const { rollback, to } = yield* rehearsed(
        "CREATE TABLE one (id int)",
        `COMMENT ON TABLE one IS '${text.replaceAll("'", "''")}'`,
        "CREATE VIEW v AS SELECT id FROM one"
      )
      expect([...to.objects.values()].filter(({ kind }) => kind === "comment").map(({ state }) => state["text"]))
        .toEqual([text])
      expect(rollback.proof?.reaches_target).toBe(true)
    }))

  test("fail as the one of them that fails", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(rehearsed(
        "CREATE TABLE one (id int)",
        "CREATE TABLE two (id int)",
        "CREATE TABLE one (name text)",
        "CREATE TABLE three (id int)"
      ))
      expect(error.message).toContain(
        "step 3 (CREATE TABLE one (name text)) fails: relation \"one\" already exists (SQLSTATE 42P07)"
      )
    }))
})

describe("the names that a text may mean", () => {
  const found = mentions(["users", "odd\"name.t", "Größe", "!!"])

  plain("are found quoted and unquoted, in either case, and are no parts of words", () => {
    expect(found(["ALTER TABLE Users ADD x int"])).toEqual(["", "users"])
    expect(found(["SELECT \"odd\"\"name.t\" FROM größe", "TABLE users"])).toEqual(["", "name", "größe", "users"])
    expect(found(["CREATE TABLE users_of_old (id int)"])).toEqual([""])
  })
})
