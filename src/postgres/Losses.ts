/** Which statements take rows or values away, told by PostgreSQL's own parser. */
import * as Effect from "effect/Effect"
import { DatabaseError } from "../engine/DatabaseError.ts"
import { parse, type ParsedStatement } from "./sql/Parser.ts"
import { as } from "./sql/ParseTree.ts"

/** Objects whose drop takes rows or values along. */
const holdRows: ReadonlySet<string> = new Set([
  "OBJECT_TABLE",
  "OBJECT_MATVIEW",
  "OBJECT_SCHEMA",
  "OBJECT_SEQUENCE",
  "OBJECT_FOREIGN_TABLE",
  "OBJECT_EXTENSION"
])

const lossOf = ({ node, tag, text }: ParsedStatement): ReadonlyArray<string> => {
  const says = (loss: string): ReadonlyArray<string> => [`${loss} (${text.trim().replace(/\s+/g, " ").slice(0, 80)})`]
  switch (tag) {
    case "TruncateStmt":
      return says("removes all rows")
    case "DeleteStmt":
      return says("removes rows")
    // an update that says which rows it is about is how values are filled in
    case "UpdateStmt":
      return as(node, "UpdateStmt")?.whereClause === undefined ? says("changes all rows") : []
    case "MergeStmt":
      return says("changes rows")
    case "DropStmt": {
      const drop = as(node, "DropStmt")
      return drop?.behavior === "DROP_CASCADE"
        ? says("drops objects with everything that hangs on them")
        : holdRows.has(String(drop?.removeType))
        ? says("drops what holds rows or values")
        : []
    }
    case "DropOwnedStmt":
      return says("drops everything that a role owns here")
    case "DropSubscriptionStmt":
      return says("ends a subscription, and leaves its replication slot")
    case "AlterTableStmt": {
      const commands = as(node, "AlterTableStmt")?.cmds ?? []
      return commands.some((command) => as(command, "AlterTableCmd")?.subtype === "AT_DropColumn")
        ? says("drops a column with its values")
        : []
    }
    // what runs inside cannot be seen from outside
    case "DoStmt":
    case "CallStmt":
    case "CopyStmt":
      return says("runs code or loads rows that Lockplane cannot judge")
    default:
      return []
  }
}

/** What each of the statements removes or changes in rows; empty for statements that touch none. */
export const lossesIn = (statements: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>, DatabaseError> =>
  Effect.forEach(statements, (text) => parse({ path: "statement", text, form: "dump" })).pipe(
    Effect.map((files) => files.flatMap((file) => file.statements.flatMap(lossOf))),
    Effect.mapError((error) => new DatabaseError({ code: "LP_PARSER", message: error.message }))
  )
