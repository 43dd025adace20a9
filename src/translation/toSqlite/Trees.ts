/** The texts of a PostgreSQL schema as parse trees, read once before they are translated. */
import * as Effect from "effect/Effect"
import type { Catalog, CatalogObject } from "../../Catalog.ts"
import { parse, type ParserError } from "../../postgres/sql/Parser.ts"
import { all, as, type Fields, type Node } from "../../postgres/sql/ParseTree.ts"

/** Trees by the texts that they were read from. */
export interface Trees {
  readonly expression: (text: string) => Node | undefined
  readonly constraint: (definition: string) => Fields<"Constraint"> | undefined
  readonly index: (definition: string) => Fields<"IndexStmt"> | undefined
  readonly query: (definition: string) => Fields<"SelectStmt"> | undefined
}

const asExpression = (text: string): string => `SELECT ${text}`
const asConstraint = (text: string): string => `ALTER TABLE t ADD ${text}`

const string = (value: unknown): ReadonlyArray<string> => typeof value === "string" ? [value] : []

/** The statements that hold the texts of an object. */
const statementsOf = ({ kind, state }: CatalogObject): ReadonlyArray<string> => {
  switch (kind) {
    case "default":
      return string(state["expression"]).map(asExpression)
    case "column": {
      const generated = state["generated"]
      return typeof generated === "object" && generated !== null && "expression" in generated
        ? string(generated["expression"]).map(asExpression)
        : []
    }
    case "domain":
      return string(state["default"]).map(asExpression)
    case "constraint":
    case "domain constraint":
      return string(state["definition"]).map(asConstraint)
    case "index":
    case "view":
      return string(state["definition"])
    default:
      return []
  }
}

/** Reads all texts of a schema. What cannot be read is no tree. */
export const readTrees = Effect.fn("Trees.readTrees")(function*(
  catalog: Catalog
): Effect.fn.Return<Trees, ParserError> {
  const nodes = new Map<string, Node>()
  for (const text of new Set([...catalog.objects.values()].flatMap(statementsOf))) {
    const { problems, statements: [statement] } = yield* parse({ path: "schema", text, form: "dump" })
    if (problems.length === 0 && statement !== undefined) nodes.set(text, statement.node)
  }
  return {
    expression: (text) => {
      const [target] = all(as(nodes.get(asExpression(text)), "SelectStmt")?.targetList, "ResTarget")
      return target?.[0].val
    },
    constraint: (definition) => {
      const [command] = all(as(nodes.get(asConstraint(definition)), "AlterTableStmt")?.cmds, "AlterTableCmd")
      return as(command?.[0].def, "Constraint")
    },
    index: (definition) => as(nodes.get(definition), "IndexStmt"),
    query: (definition) => as(nodes.get(definition), "SelectStmt")
  }
})
