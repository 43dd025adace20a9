/** What is managed: patterns, and how a schema is divided by them. */
import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { type CatalogObject, hash, type Selection } from "../src/Catalog.ts"
import * as Lockplane from "../src/Lockplane.ts"
import { narrow, selectCensus, selectionProblems } from "../src/ManagedScope.ts"
import * as Pattern from "../src/ObjectPattern.ts"
import * as Platform from "../src/platform.ts"
import * as it from "./effect.ts"
import { loadSql } from "./sqlSource.ts"

const object = (kind: string, name: ReadonlyArray<string>, parent?: string): CatalogObject => ({
  kind,
  id: `${kind} ${name.join(".")}`,
  name,
  state: {},
  ...(parent === undefined ? {} : { parent })
})

const means = (pattern: string, one: CatalogObject): boolean =>
  Result.match(Pattern.parse(pattern), {
    onFailure: (reason) => {
      throw new Error(reason)
    },
    onSuccess: (parsed) => Pattern.meansObject(parsed, one)
  })

describe("patterns", () => {
  const users = object("table", ["public", "users"])
  const column = object("column", ["public", "users", "log"], users.id)

  test.each(
    [
      ["public.users", users, true],
      ["public.us*", users, true],
      ["table public.users", users, true],
      ["TABLE public.users", users, undefined],
      ["view public.users", users, false],
      ["public.user", users, false],
      ["*.users", users, true],
      ["PUBLIC.Users", users, true],
      ["public.\"Users\"", users, false],
      ["public.\"Users\"", object("table", ["public", "Users"]), true],
      ["public.\"a*\"", object("table", ["public", "ab"]), false],
      ["public.a.b", users, undefined],
      ["public.\"a.b\"", object("view", ["public", "a.b"]), true],
      ["*.log", column, false],
      ["column *.*.log", column, true],
      ["column public.users", column, true],
      ["function public.add", object("function", ["public", "add", "(integer, integer)"]), true],
      ["function public.add(integer)", users, undefined],
      ["materialized view public.totals", object("materialized view", ["public", "totals"]), true],
      ["extension *", object("extension", ["pg_trgm"]), true],
      ["extension \"uuid-ossp\"", object("extension", ["uuid-ossp"]), true],
      ["audit", users, undefined],
      ["", users, undefined],
      ["public..users", users, undefined]
    ] satisfies ReadonlyArray<[string, CatalogObject, boolean | undefined]>
  )("%s means %o: %p", (text, one, expected) => {
    const parsed = Pattern.parse(text)
    expect(Result.isSuccess(parsed) ? means(text, one) : undefined).toBe(expected)
  })

  test.each(
    [
      ["users", "users", true],
      ["USERS", "Users", true],
      ["\"users\"", "Users", true],
      ["table us*", "users", true],
      ["table m*", "users", false],
      ["main.users", "users", true],
      ["table main", "main", true],
      ["view users", "users", false],
      ["public.users", "users", false],
      ["extension *", "users", false]
    ] satisfies ReadonlyArray<[string, string, boolean]>
  )("of SQLite, %s means table %s: %p", (text, name, expected) => {
    const parsed = Pattern.parse(text, "sqlite")
    const table = object("table", ["main", name])
    expect(Result.isSuccess(parsed) && Pattern.meansObject(parsed.success, table)).toBe(expected)
  })

  test("a kind that is none is told", () => {
    expect(selectionProblems({ exclude: ["tabel public.users"] }, ["table", "view"])).toEqual([
      "\"tabel public.users\" begins with tabel, which is no kind of object. Known: table, view"
    ])
    expect(selectionProblems({ include: ["audit"] })).toEqual([
      "\"audit\" does not say what it is about. Write audit.* for a schema with everything in it, or put a kind in front, such as \"extension audit\""
    ])
  })
})

const sql = `
  CREATE SCHEMA audit;
  CREATE EXTENSION citext;
  CREATE TABLE users (id bigint PRIMARY KEY, email citext);
  COMMENT ON TABLE users IS 'people';
  CREATE TABLE legacy_users (id bigint PRIMARY KEY, at date DEFAULT now());
  CREATE TABLE audit.log (id bigint PRIMARY KEY);
  CREATE INDEX log_idx ON audit.log (id);
  CREATE FUNCTION audit.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER note AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION audit.note();
  CREATE TRIGGER own AFTER INSERT ON audit.log FOR EACH ROW EXECUTE FUNCTION audit.note();
  CREATE CAST (date AS bigint) WITH INOUT;
  CREATE PUBLICATION changes FOR TABLE users;`

describe("narrowing", () => {
  const live = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))

  /** The objects without a parent, and parts whose parent is on the other side. */
  const divide = (selection: Selection) =>
    Effect.map(loadSql(sql), (catalog) => {
      const { objects, outside = new Map() } = narrow(catalog, { aspects: [], ...selection })
      expect(objects.size + outside.size).toBe(catalog.objects.size)
      return [...objects.values()].filter(({ parent }) => parent === undefined || !objects.has(parent))
        .map(({ id }) => id).toSorted()
    })

  live("schemas: what is in them, and nothing of the whole database", () =>
    Effect.gen(function*() {
      expect(yield* divide({ schemas: ["public"] })).toEqual([
        "schema public",
        "table public.legacy_users",
        "table public.users"
      ])
      expect(yield* divide({ schemas: ["audit"] })).toEqual([
        "function audit.note()",
        "schema audit",
        "table audit.log"
      ])
      expect(yield* divide({ schemas: [] })).toEqual([])
    }))

  live("include adds, exclude takes away, and what is nearer to the object counts", () =>
    Effect.gen(function*() {
      expect(
        yield* divide({ schemas: ["public"], include: ["extension *", "audit.log"], exclude: ["public.legacy_*"] })
      )
        .toEqual(["extension citext", "schema public", "table audit.log", "table public.users"])
      expect(yield* divide({ exclude: ["audit.*", "publication *", "cast *", "extension *", "table public.users"] }))
        .toEqual(["schema public", "table public.legacy_users"])
      expect(yield* divide({ include: ["schema audit"], exclude: ["audit.note"] })).toEqual([
        "schema audit",
        "table audit.log"
      ])
      expect(yield* divide({ schemas: ["public"], include: ["trigger audit.log.own"], exclude: ["public.*"] })).toEqual(
        [
          "trigger audit.log.own"
        ]
      )
      expect(yield* divide({ include: ["table public.users"], exclude: ["table *.users"] })).toEqual([])
    }))

  live(
    "what is outside is in neither hash nor objects, and a second narrowing starts from everything",
    () =>
      Effect.gen(function*() {
        const catalog = yield* loadSql(sql)
        const one = narrow(catalog, { aspects: [], schemas: ["public"] })
        const other = narrow(
          yield* loadSql(`${sql} CREATE TABLE audit.more (id bigint);`),
          one.scope ?? { aspects: [] }
        )
        expect(hash(other)).toBe(hash(one))
        expect(hash(narrow(one, { aspects: [] }))).toBe(hash(catalog))
      })
  )

  test("the census is divided by the names in it", () => {
    const census = [{ kind: "table", name: "auth.users" }, { kind: "table", name: "public.\"A b\"" }]
    expect(selectCensus(census, { schemas: ["public"] })).toEqual(census.slice(1))
    expect(selectCensus(census, {})).toEqual(census)
  })
})
