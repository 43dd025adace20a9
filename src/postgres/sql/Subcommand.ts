/** What the subcommands of ALTER TABLE (and of ALTER INDEX, SEQUENCE, VIEW, TYPE, which share them) say. */
import type { Range } from "../../text/Position.ts"
import type { IssueCode } from "../../text/Problem.ts"
import { lexSignificant, nameRange, splitElements, type Token } from "./Lexer.ts"
import type { ParsedStatement } from "./Parser.ts"
import { all, as, type Fields } from "./ParseTree.ts"

/** A subcommand with its stretch of the statement. */
export interface Subcommand extends Range {
  readonly command: Fields<"AlterTableCmd">
  readonly tokens: ReadonlyArray<Token>
}

/** A subcommand states what is wanted, of a kind or aspect (ObjectKind.ts), or it is refused, with the way out. */
export type Meaning =
  | { readonly states: string }
  | { readonly refused: IssueCode; readonly what: string; readonly instead: string }

const states = (aspect: string): Meaning => ({ states: aspect })
const refused = (what: string, instead: string, code: IssueCode = "non_declarative_statement"): Meaning => ({
  refused: code,
  what,
  instead
})

const atDefinition = "write it where the column is defined"
const atConstraint = "write it where the constraint is defined"

/** By PostgreSQL's name of the subcommand. What is not here is refused. */
const meanings: ReadonlyMap<string, Meaning> = new Map([
  ["AT_AddColumn", states("column")],
  ["AT_SetNotNull", states("column")],
  ["AT_SetStatistics", states("column")],
  ["AT_SetOptions", states("column")],
  ["AT_SetStorage", states("column")],
  ["AT_SetCompression", states("column")],
  ["AT_AddIdentity", states("column")],
  ["AT_SetIdentity", states("column")],
  ["AT_AddConstraint", states("constraint")],
  ["AT_AddIndexConstraint", states("constraint")],
  ["AT_ClusterOn", states("clustering")],
  ["AT_ReplicaIdentity", states("replica identity")],
  ["AT_SetLogged", states("table")],
  ["AT_SetUnLogged", states("table")],
  ["AT_SetRelOptions", states("table")],
  ["AT_AddInherit", states("table")],
  ["AT_AddOf", states("table")],
  ["AT_AttachPartition", states("table")],
  ["AT_SetAccessMethod", states("table access method")],
  ["AT_SetTableSpace", states("tablespace")],
  ["AT_ChangeOwner", states("owner")],
  ["AT_EnableRowSecurity", states("row-level security")],
  ["AT_DisableRowSecurity", states("row-level security")],
  ["AT_ForceRowSecurity", states("row-level security")],
  ["AT_NoForceRowSecurity", states("row-level security")],
  ["AT_EnableTrig", states("trigger")],
  ["AT_EnableAlwaysTrig", states("trigger")],
  ["AT_EnableReplicaTrig", states("trigger")],
  ["AT_DisableTrig", states("trigger")],
  ["AT_EnableTrigAll", states("trigger")],
  ["AT_EnableTrigUser", states("trigger")],
  ["AT_DisableTrigAll", states("trigger")],
  ["AT_DisableTrigUser", states("trigger")],
  ["AT_EnableRule", states("rule")],
  ["AT_EnableAlwaysRule", states("rule")],
  ["AT_EnableReplicaRule", states("rule")],
  ["AT_DisableRule", states("rule")],
  ["AT_GenericOptions", states("foreign table")],
  ["AT_AlterColumnGenericOptions", states("foreign table")],
  [
    "AT_DropColumn",
    refused(
      "DROP COLUMN loses the column's data",
      "take the column out of the table's definition instead",
      "dangerous_drop_column"
    )
  ],
  ["AT_AlterColumnType", refused("ALTER COLUMN … TYPE changes a column", atDefinition)],
  ["AT_DropNotNull", refused("DROP NOT NULL changes a column", atDefinition)],
  ["AT_SetExpression", refused("SET EXPRESSION changes a column", atDefinition)],
  ["AT_DropExpression", refused("DROP EXPRESSION changes a column", atDefinition)],
  ["AT_DropIdentity", refused("DROP IDENTITY changes a column", atDefinition)],
  ["AT_ResetOptions", refused("RESET changes a column", atDefinition)],
  [
    "AT_DropConstraint",
    refused("DROP CONSTRAINT removes a constraint", "take the constraint out of the schema instead")
  ],
  ["AT_AlterConstraint", refused("ALTER CONSTRAINT changes a constraint", atConstraint)],
  [
    "AT_ValidateConstraint",
    refused("VALIDATE CONSTRAINT changes a constraint", "write the constraint without NOT VALID")
  ]
])

const otherwise = refused(
  "this ALTER changes what is already there",
  "write the wanted state where the object is defined"
)
const defaultDropped = refused("DROP DEFAULT changes a column", atDefinition)
const defaultSet = states("column")

/** What one subcommand means for a declarative schema. */
export const meaningOf = (command: Fields<"AlterTableCmd">): Meaning => {
  if (command.subtype === "AT_ColumnDefault") return command.def === undefined ? defaultDropped : defaultSet
  return meanings.get(command.subtype ?? "") ?? otherwise
}

/** The subcommands of an ALTER TABLE statement, each with its place. */
export const subcommands = (statement: ParsedStatement): ReadonlyArray<Subcommand> => {
  const alter = as(statement.node, "AlterTableStmt")
  if (alter === undefined) return []
  const nameEnd = alter.relation?.location === undefined
    ? undefined
    : relationEnd(statement, statement.offset(alter.relation.location))
  const elements = nameEnd === undefined
    ? []
    : splitElements(statement.tokens().filter((token) => token.start >= nameEnd))
  return all(alter.cmds, "AlterTableCmd").map(([command, index]) => {
    const tokens = elements[index] ?? []
    return {
      command,
      tokens,
      start: tokens[0]?.start ?? statement.start,
      end: tokens.at(-1)?.end ?? statement.end
    }
  })
}

const relationEnd = (statement: ParsedStatement, start: number): number => {
  // the text of the statement, not of the file, so that a name at its end does not read on
  const { end } = nameRange(statement.text, start - statement.start)
  const star = lexSignificant(statement.text, end)[0]
  return statement.start + (star?.word === "*" ? star.end : end)
}
