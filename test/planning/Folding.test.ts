/** What ends up in the statement of its parent, and what has to be taken out of it again. */
import { expect, test } from "bun:test"
import * as Result from "effect/Result"
import { fold, unfoldingCost } from "../../src/planning/Folding.ts"
import type { PlanNode } from "../../src/planning/PlanGraph.ts"
import { constraint, planned, schemaOf, serial, table } from "./schemas.ts"

test("a table that takes over the sequence and the key names of a dropped one keeps its columns in order", () => {
  const columns = { id: "integer", name: "text" }
  const key = (tableName: string) => constraint(tableName, "tag_pkey", "primary key", ["id"], "PRIMARY KEY (id)")
  const from = schemaOf(table("tag", columns), serial("tag_id_seq", "tag", "id"), key("tag"))
  const to = schemaOf(table("label", columns), serial("tag_id_seq", "label", "id"), key("label"))
  expect(planned(from, to)).toEqual([
    "CREATE TABLE public.label (\n  id integer DEFAULT nextval('public.tag_id_seq'::regclass) NOT NULL,\n  name text NOT NULL\n)",
    "ALTER SEQUENCE public.tag_id_seq OWNED BY public.label.id",
    "ALTER TABLE public.tag DROP CONSTRAINT tag_pkey",
    "ALTER TABLE public.label ADD CONSTRAINT tag_pkey PRIMARY KEY (id)",
    "DROP TABLE public.tag"
  ])
})

const node = (
  id: string,
  operation: "create" | "drop",
  rest: Pick<PlanNode, "comesAlong" | "foldsInto" | "hasPlace" | "isTie"> & { readonly parent?: string } = {}
): PlanNode => {
  const { parent, ...how } = rest
  return {
    operation,
    key: id,
    object: { kind: "part", id, name: [id], state: {}, ...(parent !== undefined && { parent }) },
    ...how
  }
}

test("what it costs to take a part out of the statement of the whole", () => {
  const into = { foldsInto: 0, parent: "whole" }
  const costs = (operation: "create" | "drop", ...parts: ReadonlyArray<PlanNode>): ReadonlyArray<number> => {
    const nodes = [node("whole", operation), ...parts]
    return parts.map((part) => unfoldingCost(part, nodes))
  }
  expect(costs(
    "create",
    node("constraint", "create", into),
    node("inherited constraint", "create", { ...into, comesAlong: true }),
    node("column", "create", { ...into, hasPlace: true }),
    node("tie", "create", { ...into, comesAlong: true, hasPlace: true, isTie: true }),
    node("inherited column", "create", { ...into, comesAlong: true, hasPlace: true })
  )).toEqual([0, 1, 3, 3.5, 4])
  expect(costs(
    "drop",
    node("constraint", "drop", into),
    node("column", "drop", { ...into, hasPlace: true }),
    node("index of a partition", "drop", { foldsInto: 0, parent: "partition" })
  )).toEqual([0, 2, 4])
})

test("the parts that cost least are taken out of a circle of statements, and no others", () => {
  const nodes = [
    node("whole", "create"),
    node("column", "create", { foldsInto: 0, parent: "whole", hasPlace: true }),
    node("constraint", "create", { foldsInto: 0, parent: "whole" }),
    node("other", "create")
  ]
  const groups = (...edges: ReadonlyArray<readonly [number, number]>) =>
    Result.map(fold(nodes, { size: nodes.length, edges }), ({ groupOf }) => groupOf)
  expect(groups([0, 1], [0, 2], [1, 3])).toEqual(Result.succeed([0, 0, 0, 3]))
  expect(groups([0, 1], [0, 2], [1, 3], [3, 2])).toEqual(Result.succeed([0, 0, 2, 3]))
  expect(groups([0, 3], [3, 1])).toEqual(Result.succeed([0, 1, 0, 3]))
  expect(groups([0, 3], [3, 0])).toEqual(Result.fail([expect.arrayContaining([nodes[0], nodes[3]])]))
})
