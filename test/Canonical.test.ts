/** Definitions that PostgreSQL prints otherwise when it has read its own print: no difference, and no plan without end. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { comparable, match, maybeSpelling, settledPair } from "../src/Canonical.ts"
import { type Catalog, hash } from "../src/Catalog.ts"
import { layerOff } from "../src/CatalogCache.ts"
import { Dialect } from "../src/Dialect.ts"
import { diff } from "../src/Diff.ts"
import { DatabaseError } from "../src/engine/DatabaseError.ts"
import * as Platform from "../src/platform.ts"
import * as EmbeddedShadow from "../src/postgres/EmbeddedShadow.ts"
import * as Postgres from "../src/postgres/Postgres.ts"
import { prove } from "../src/Prover.ts"
import { toSql } from "../src/SchemaSql.ts"
import { Shadow } from "../src/Shadow.ts"
import * as it from "./effect.ts"
import { loadSql } from "./sqlSource.ts"

const written = `
  CREATE TABLE t (id int PRIMARY KEY, at timestamp(3) DEFAULT NULL, CHECK (id BETWEEN 1 AND 10 AND at IS NOT NULL));
  ALTER TABLE t ENABLE ROW LEVEL SECURITY;
  CREATE POLICY p ON t USING (id BETWEEN 1 AND 10 AND EXISTS (SELECT FROM t));`

/** The schema as a server has it after Lockplane created it: made from what the first reading printed. */
const applied = Effect.fn("applied")(function*(catalog: Catalog) {
  const { kindOf } = yield* Dialect
  return yield* loadSql(yield* Effect.fromResult(toSql(catalog, { kindOf, serverMajor: catalog.major })))
})

describe("a definition that is printed otherwise the second time", () => {
  const test = it.layer(
    Layer.mergeAll(Postgres.layer, EmbeddedShadow.layer, layerOff).pipe(Layer.provideMerge(Platform.layer))
  )

  test("is a difference of spelling alone", () =>
    Effect.gen(function*() {
      const wanted = yield* loadSql(written)
      const between = yield* comparable(yield* applied(wanted), wanted)
      const changes = diff(between.from, between.to)
      expect(changes.length).toBeGreaterThan(0)
      expect(maybeSpelling(changes, (yield* Dialect).kindOf)).toBe(true)
      const { from, to } = yield* settledPair(between)
      expect(diff(from, to)).toEqual([])
    }))

  test("needs no plan", () =>
    Effect.gen(function*() {
      const wanted = yield* loadSql(written)
      const { plan } = yield* prove(yield* comparable(yield* applied(wanted), wanted))
      expect(plan.steps).toEqual([])
    }))

  test("does not hide what really differs, nor gets a step beside it", () =>
    Effect.gen(function*() {
      const wanted = yield* loadSql(`${written}\nALTER TABLE t ADD COLUMN added int;`)
      const { plan } = yield* prove(yield* comparable(yield* applied(yield* loadSql(written)), wanted))
      expect(plan.steps.map(({ description }) => description)).toEqual(["Add column added to table t"])
    }))
})

describe("a schema that an older server prints", () => {
  const test = it.layer(
    Layer.mergeAll(Postgres.layer, EmbeddedShadow.layer, layerOff).pipe(Layer.provideMerge(Platform.layer))
  )
  const sql = "CREATE TABLE t (id int CONSTRAINT given NOT NULL, PRIMARY KEY (id));"

  /** The schema as a server of 15 would have it. */
  const onServer = Effect.fn("onServer")(function*(catalog: Catalog) {
    const { asOfMajor } = yield* Dialect
    return { ...asOfMajor(catalog, 15), major: 15, serverMajor: 15 }
  })

  const noShadow = Effect.updateService(Shadow, (shadow) => ({
    ...shadow,
    reserve: () => Effect.fail(new DatabaseError({ code: "LP_TEST", message: "the shadow is not to be used" }))
  }))

  test("is compared without a shadow where the prints are the same", () =>
    Effect.gen(function*() {
      const wanted = yield* loadSql(sql)
      const { from, serverMajor, to } = yield* noShadow(comparable(yield* onServer(wanted), wanted))
      expect([from.major, to.major, serverMajor]).toEqual([wanted.major, wanted.major, 15])
      expect(diff(from, to)).toEqual([])
    }))

  test("is created on the shadow where they differ", () =>
    Effect.gen(function*() {
      const wanted = yield* loadSql(`${sql}\nCREATE INDEX i ON t (id);`)
      const live = yield* onServer(yield* loadSql(sql))
      expect((yield* Effect.flip(noShadow(comparable(live, wanted)))).message).toContain("not to be used")
      const { from, to } = yield* comparable(live, wanted)
      expect(diff(from, to).map(({ _tag }) => _tag)).toEqual(["Create"])
    }))

  test("is checked after a plan without a shadow, where what changed is printed alike", () =>
    Effect.gen(function*() {
      const view = "CREATE VIEW v AS SELECT id FROM t;"
      const catalog = (yield* comparable(yield* onServer(yield* loadSql(`${sql}${view}`)), yield* loadSql(""))).from
      // what 15 prints otherwise than 18, and the plan leaves alone
      const as15 = (read: Catalog): Catalog => ({
        ...read,
        objects: new Map([...read.objects].map(([id, object]) =>
          object.kind === "view" ? [id, { ...object, state: { ...object.state, definition: "as 15 prints it" } }] : [
            id,
            object
          ]
        ))
      })
      const known = { live: as15(yield* onServer(catalog)), catalog }
      const { asOfMajor } = yield* Dialect
      const after = asOfMajor(yield* loadSql(`${sql}${view}CREATE INDEX i ON t (id);`), 15)
      const found = yield* noShadow(match(as15(yield* onServer(after)), 18, hash(after), known))
      expect(Option.map(found, ({ matches }) =>
        matches)).toEqual(Option.some(true))
      const missed = match(as15(yield* onServer(after)), 18, hash(catalog), known)
      expect((yield* Effect.flip(noShadow(missed))).message).toContain("not to be used")
    }))
})
