import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { live } from "../effect.ts"
import { file, plan, read, services } from "./world.ts"

describe("reading a database", () => {
  live("leaves out what is SQLite's own or a virtual table's", () =>
    Effect.gen(function*() {
      const { path } = yield* file(
        `CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, v UNIQUE); CREATE VIRTUAL TABLE f USING fts5(v);
         CREATE VIRTUAL TABLE r USING rtree(id, a, b); INSERT INTO t(v) VALUES (1); ANALYZE;`
      )
      const catalog = yield* read(path)
      expect([...catalog.objects.keys()].toSorted()).toEqual([
        "column main.t.id",
        "column main.t.v",
        "primary key main.t.\"primary key\"",
        "table main.t",
        "unique main.t.\"(v)\"",
        "virtual table main.f",
        "virtual table main.r"
      ])
      expect(catalog.unmanaged).toEqual([])
    }).pipe(Effect.scoped, Effect.provide(services)))
})

describe("the order of columns", () => {
  const notes = (before: string, after: string) =>
    Effect.map(Effect.flatMap(file(before), (from) => plan(from, after)), ({ plan: { notes = [] } }) => notes)

  live("is told where a column that is wanted elsewhere comes last", () =>
    Effect.gen(function*() {
      expect(yield* notes("CREATE TABLE t (a, c)", "CREATE TABLE t (a, b, c)")).toEqual([
        "The columns of table t stand in another order than in the wanted schema, and stay so: a new column comes last, and no ALTER moves one. Only SELECT * and INSERT without a list of columns depend on it."
      ])
    }).pipe(Effect.scoped, Effect.provide(services)))

  live("is the wanted one where the table is made anew", () =>
    Effect.gen(function*() {
      expect(yield* notes("CREATE TABLE t (a, c)", "CREATE TABLE t (c, b, a NOT NULL)")).toEqual([])
    }).pipe(Effect.scoped, Effect.provide(services)))
})
