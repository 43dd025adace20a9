/** What is there before the first migration where only part of a database is managed: what no migration makes. Pure. */
import type { Catalog } from "../../Catalog.ts"
import { without } from "../../migrations/Ground.ts"
import type { ParsedStatement } from "../sql/Parser.ts"
import { as } from "../sql/ParseTree.ts"
import { describeStatement } from "../sql/Statement.ts"

const keyOf = (parts: ReadonlyArray<string>): string => JSON.stringify(parts)

/** A schema or an extension that may be there already is left to whoever has made it, with everything in it. */
const mayBeThere = ({ node }: ParsedStatement): boolean =>
  as(node, "CreateSchemaStmt")?.if_not_exists === true || as(node, "CreateExtensionStmt")?.if_not_exists === true

/** The ground without what the statements make, and without what needs that. */
export const beside = (ground: Catalog, statements: ReadonlyArray<ParsedStatement>): Catalog => {
  const made = new Set(
    statements.filter((statement) => !mayBeThere(statement)).flatMap((statement) =>
      describeStatement(statement).defines.map(({ name, schema, space }) =>
        keyOf(space === "schema" || space === "extension" ? [name] : [schema ?? "public", name])
      )
    )
  )
  return without(ground, ({ name, parent }) => parent === undefined && made.has(keyOf(name.slice(0, 2))))
}
