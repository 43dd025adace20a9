/**
 * How objects of each kind get from one state to another, by examples: at most one for each way. The table of kinds in
 * README.md is made from them, and the cases of kinds (kindCases.ts) know no way that has no example here.
 */
import * as Schema from "effect/Schema"
import { type CatalogObject, empty, type State } from "../../../src/Catalog.ts"
import type { Alteration, PlanContext } from "../../../src/Dialect.ts"
import type { Kind } from "../../../src/postgres/kinds/Kind.ts"
import { kinds } from "../../../src/postgres/kinds/registry.ts"

type Change = readonly [from: State, to: State]

/** What a plan asks, where nothing but one object changes. */
export const aloneContext: Omit<PlanContext, "source" | "target" | "serverMajor"> = {
  creates: () => false,
  drops: () => false,
  setsAside: () => false,
  carries: () => false,
  dependents: () => new Set<string>(),
  parts: () => [],
  conversions: new Map()
}

const routine: ReadonlyArray<Change> = [
  [{ language: "sql", body: "select 1" }, { language: "sql", body: "select 2" }],
  [{ language: "sql", body: "select 1", arguments: "a integer" }, { language: "sql", body: "select 1" }]
]
const view = { columns: [{ name: "a", type: "integer" }], definition: " SELECT 1 AS a" }
const index = {
  on: ["public", "t"],
  definition: "CREATE INDEX b ON public.t USING btree (a)",
  columns: ["a"],
  unique: false
}
const check = { type: "check", definition: "CHECK ((a > 0))", columns: ["a"] }
const trigger = "CREATE TRIGGER c AFTER INSERT ON a.b FOR EACH ROW EXECUTE FUNCTION a.f()"
const rule = "CREATE RULE c AS\n    ON UPDATE TO a.b DO INSTEAD NOTHING;"
const parser = { start: "a.s", gettoken: "a.g", end: "a.e", lextypes: "a.l" }
const integer = (name: string): State => ({ name, type: "integer" })
const type = { input: "a.i", output: "a.o" }

/** Every kind; empty where an object of it has nothing that can change. */
export const changes: Readonly<Record<string, ReadonlyArray<Change>>> = {
  schema: [],
  extension: [[{ schema: "a" }, { schema: "b" }]],
  language: [[{ handler: "a.h" }, { handler: "a.h", inline: "a.i" }]],
  collation: [[{ provider: "icu", locale: "de" }, { provider: "icu", locale: "sv" }]],
  "shell type": [],
  "base type": [[type, { ...type, storage: "main" }], [type, { ...type, internallength: 4 }]],
  enum: [[{ labels: ["a"] }, { labels: ["a", "b"] }], [{ labels: ["a", "b"] }, { labels: ["b"] }]],
  domain: [[{ type: "integer" }, { type: "integer", default: "1" }], [{ type: "integer" }, { type: "bigint" }]],
  "domain constraint": [
    [{ definition: "CHECK ((VALUE > 0)) NOT VALID", not_valid: true }, { definition: "CHECK ((VALUE > 0))" }],
    [{ definition: "CHECK ((VALUE > 0))" }, { definition: "CHECK ((VALUE > 1))" }]
  ],
  "composite type": [
    [{ attributes: [] }, { attributes: [integer("a")] }],
    [{ attributes: [integer("a"), integer("b")] }, { attributes: [integer("b"), integer("a")] }]
  ],
  "range type": [[{ subtype: "integer" }, { subtype: "bigint" }]],
  "access method": [[{ type: "index", handler: "a.g" }, { type: "index", handler: "a.h" }]],
  "text search parser": [[parser, { ...parser, headline: "a.h" }]],
  "text search template": [[{ lexize: "a.l" }, { lexize: "a.m" }]],
  "text search dictionary": [
    [{ template: "a.t" }, { template: "a.t", options: "stopwords = 'english'" }],
    [{ template: "a.t" }, { template: "a.u" }]
  ],
  "text search configuration": [
    [{ parser: "a.p" }, { parser: "a.p", mappings: [{ token: "word", dictionaries: ["simple"] }] }],
    [{ parser: "a.p" }, { parser: "a.q" }]
  ],
  sequence: [[{}, { increment: "2" }]],
  "foreign-data wrapper": [[{}, { handler: "a.h" }]],
  "foreign server": [
    [{ wrapper: "w" }, { wrapper: "w", options: ["a=1"] }],
    [{ wrapper: "w" }, { wrapper: "w", type: "t" }]
  ],
  "user mapping": [[{}, { options: ["user=b"] }]],
  table: [[{}, { options: ["fillfactor=70"] }], [{}, { partition_key: "LIST (a)" }]],
  "foreign table": [[{ server: "s" }, { server: "s", options: ["a=b"] }], [{ server: "s" }, { server: "u" }]],
  column: [[{ type: "integer", nullable: true }, { type: "bigint", nullable: true }]],
  default: [[{ expression: "1" }, { expression: "2" }]],
  constraint: [
    [{ ...check, definition: `${check.definition} NOT VALID` }, check],
    [check, { ...check, definition: "CHECK ((a > 1))" }]
  ],
  index: [
    [index, { ...index, clustered: true }],
    [index, { ...index, definition: "CREATE INDEX b ON public.t USING hash (a)" }]
  ],
  partition: [
    [{ of: ["a", "p"], bound: "FOR VALUES IN (1)" }, { of: ["a", "p"], bound: "FOR VALUES IN (2)" }]
  ],
  "index partition": [[{ of: ["a", "i"] }, { of: ["a", "j"] }]],
  inheritance: [],
  "typed table": [[{ type: ["a", "t"] }, { type: ["a", "u"] }]],
  "sequence owner": [[{ table: ["a", "t"], column: "b" }, { table: ["a", "t"], column: "c" }]],
  view: [
    [view, { ...view, options: ["security_barrier=true"] }],
    [view, { columns: [{ name: "a", type: "bigint" }], definition: " SELECT (1)::bigint AS a" }]
  ],
  "materialized view": [
    [view, { ...view, options: ["fillfactor=70"] }],
    [view, { ...view, definition: " SELECT 2 AS a" }]
  ],
  function: routine,
  procedure: routine,
  aggregate: [
    [{ arguments: "integer", sfunc: "int4pl", stype: "integer" }, {
      arguments: "integer",
      sfunc: "int4mi",
      stype: "integer"
    }],
    [{ arguments: "integer", sfunc: "int4pl", stype: "integer" }, {
      arguments: "integer",
      sfunc: "int4pl",
      stype: "integer",
      finalfunc: "a.f"
    }]
  ],
  operator: [[{ function: "a.f" }, { function: "a.f", join: "eqjoinsel" }], [{ function: "a.f" }, { function: "a.g" }]],
  "operator family": [],
  "operator family operator": [[{ operator: "<(integer,bigint)" }, { operator: ">(integer,bigint)" }]],
  "operator family function": [[{ function: "f(integer,bigint)" }, { function: "g(integer,bigint)" }]],
  "operator class": [[{ type: "integer", family: ["a", "f"] }, { type: "integer", family: ["a", "g"] }]],
  cast: [[{ method: "inout" }, { method: "inout", context: "assignment" }]],
  transform: [[{ from_sql: "a.f" }, { from_sql: "a.g" }]],
  conversion: [
    [{ source: "LATIN1", destination: "UTF8", function: "a.f" }, {
      source: "LATIN1",
      destination: "UTF8",
      function: "a.g"
    }]
  ],
  trigger: [
    [{ definition: trigger }, { definition: trigger, enabled: "disabled" }],
    [{ definition: trigger }, { definition: trigger.replace("INSERT", "UPDATE") }]
  ],
  "partition trigger": [[{ enabled: "disabled" }, { enabled: "always" }]],
  rule: [[{ definition: rule }, { definition: rule, enabled: "disabled" }]],
  policy: [[{}, { using: "true" }], [{}, { command: "select" }]],
  statistics: [
    [{ definition: "CREATE STATISTICS a.b ON a, b FROM a.t" }, {
      definition: "CREATE STATISTICS a.b ON a, b FROM a.t",
      target: 7
    }],
    [{ definition: "CREATE STATISTICS a.b ON a, b FROM a.t" }, { definition: "CREATE STATISTICS a.b ON a, c FROM a.t" }]
  ],
  publication: [[{}, { via_partition_root: true }], [{}, { all_tables: true }]],
  "publication table": [[{}, { where: "(a > 1)" }]],
  "publication schema": [],
  subscription: [[{ publications: ["p"] }, { publications: ["q"] }]],
  "event trigger": [
    [{ event: "sql_drop", function: ["a", "f"] }, { event: "sql_drop", function: ["a", "f"], enabled: "disabled" }],
    [{ event: "sql_drop", function: ["a", "f"] }, { event: "ddl_command_end", function: ["a", "f"] }]
  ],
  owner: [[{ on: "TABLE a.b", role: "r" }, { on: "TABLE a.b", role: "s" }]],
  grant: [
    [{ on: "TABLE a.b", grantee: "r", privileges: ["SELECT"] }, {
      on: "TABLE a.b",
      grantee: "r",
      privileges: ["INSERT"]
    }]
  ],
  "default privileges": [
    [{ objects: "tables", grantee: "r", privileges: ["SELECT"] }, {
      objects: "tables",
      grantee: "r",
      privileges: ["INSERT"]
    }]
  ],
  comment: [[{ on: "TABLE a.b", text: "one" }, { on: "TABLE a.b", text: "two" }]],
  "security label": [
    [{ on: "TABLE a.b", provider: "p", label: "one" }, { on: "TABLE a.b", provider: "p", label: "two" }]
  ]
}

const wayOf = (kind: Kind, [before, after]: Change): Alteration["_tag"] => {
  const decode = Schema.decodeUnknownSync(kind.state, { onExcessProperty: "error" })
  const object = (state: State): CatalogObject => ({
    kind: kind.kind,
    id: `${kind.kind} a.b.c`,
    name: ["a", "b", "c"],
    state: decode(state)
  })
  const [from, to] = [object(before), object(after)]
  const catalog = (one: CatalogObject) => ({ ...empty("postgres", 18), objects: new Map([[one.id, one]]) })
  return kind.alter(from, to, { ...aloneContext, source: catalog(from), target: catalog(to), serverMajor: 18 })._tag
}

/** The ways of a kind's examples, in their order. */
export const waysIn = (kind: Kind): ReadonlyArray<Alteration["_tag"]> =>
  (changes[kind.kind] ?? []).map((change) => wayOf(kind, change))

const known = new Map(kinds.map((kind) => [kind.kind, new Set(waysIn(kind))]))

/** How objects of the kind get from one state to another. */
export const waysOf = (kind: Kind): ReadonlySet<Alteration["_tag"]> => known.get(kind.kind) ?? new Set()
