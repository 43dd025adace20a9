/**
 * What a statement is about, in the words of PostgreSQL's documentation: the kind of the object that it defines, and the other
 * aspects that it states (owner, privileges, tablespace …). Which of them Lockplane manages is one list, `managed`.
 */
import { as, type Fields, type Node, tagOf } from "./ParseTree.ts"

/**
 * The kinds and aspects that Lockplane manages. What is not here is `unmanaged_statement`. A kind that Lockplane learns to manage is one
 * more line here.
 */
export const managed: ReadonlySet<string> = new Set([
  "schema",
  "extension",
  "enum type",
  "domain",
  "composite type",
  "range type",
  "sequence",
  "table",
  "column",
  "constraint",
  "index",
  "view",
  "materialized view",
  "function",
  "procedure",
  "aggregate",
  "routine",
  "base type",
  "operator",
  "operator family",
  "operator class",
  "cast",
  "collation",
  "conversion",
  "text search parser",
  "text search template",
  "text search dictionary",
  "text search configuration",
  "procedural language",
  "transform",
  "access method",
  "trigger",
  "policy",
  "rule",
  "event trigger",
  "publication",
  "subscription",
  "row-level security",
  "extended statistics",
  "foreign-data wrapper",
  "foreign server",
  "user mapping",
  "foreign table",
  "owner",
  "privileges",
  "security label",
  "default privileges",
  "type",
  "table access method",
  "replica identity",
  "clustering",
  "function that depends on an extension",
  "procedure that depends on an extension",
  "routine that depends on an extension",
  "materialized view that depends on an extension",
  "trigger that depends on an extension"
])

/** What each kind of statement is about, by the name of its node; other statements are by their object type or imperative. */
const kinds: ReadonlyMap<string, string> = new Map([
  ["CreateSchemaStmt", "schema"],
  ["CreateExtensionStmt", "extension"],
  ["CreateEnumStmt", "enum type"],
  ["AlterEnumStmt", "enum type"],
  ["CreateDomainStmt", "domain"],
  ["AlterDomainStmt", "domain"],
  ["CompositeTypeStmt", "composite type"],
  ["CreateRangeStmt", "range type"],
  ["CreateSeqStmt", "sequence"],
  ["AlterSeqStmt", "sequence"],
  ["CreateStmt", "table"],
  ["IndexStmt", "index"],
  ["ViewStmt", "view"],
  ["AlterFunctionStmt", "function"],
  ["CreateTrigStmt", "trigger"],
  ["CreatePolicyStmt", "policy"],
  ["CreateStatsStmt", "extended statistics"],
  ["AlterStatsStmt", "extended statistics"],
  ["GrantStmt", "privileges"],
  ["GrantRoleStmt", "role membership"],
  ["AlterDefaultPrivilegesStmt", "default privileges"],
  ["AlterOwnerStmt", "owner"],
  ["RuleStmt", "rule"],
  ["CreateEventTrigStmt", "event trigger"],
  ["AlterEventTrigStmt", "event trigger"],
  ["CreateOpClassStmt", "operator class"],
  ["CreateOpFamilyStmt", "operator family"],
  ["AlterOpFamilyStmt", "operator family"],
  ["AlterOperatorStmt", "operator"],
  ["CreateCastStmt", "cast"],
  ["CreateTransformStmt", "transform"],
  ["CreateConversionStmt", "conversion"],
  ["AlterTSConfigurationStmt", "text search configuration"],
  ["AlterTSDictionaryStmt", "text search dictionary"],
  ["AlterTypeStmt", "base type"],
  ["CreateFdwStmt", "foreign-data wrapper"],
  ["AlterFdwStmt", "foreign-data wrapper"],
  ["CreateForeignServerStmt", "foreign server"],
  ["AlterForeignServerStmt", "foreign server"],
  ["CreateForeignTableStmt", "foreign table"],
  ["CreateUserMappingStmt", "user mapping"],
  ["AlterUserMappingStmt", "user mapping"],
  ["ImportForeignSchemaStmt", "foreign table"],
  ["CreatePublicationStmt", "publication"],
  ["AlterPublicationStmt", "publication"],
  ["CreateSubscriptionStmt", "subscription"],
  ["AlterSubscriptionStmt", "subscription"],
  ["CreateRoleStmt", "role"],
  ["AlterRoleStmt", "role"],
  ["AlterRoleSetStmt", "role"],
  ["CreatePLangStmt", "procedural language"],
  ["CreateAmStmt", "access method"],
  ["CreateTableSpaceStmt", "tablespace"],
  ["AlterTableSpaceOptionsStmt", "tablespace"],
  ["CreatedbStmt", "database"],
  ["AlterDatabaseStmt", "database"],
  ["AlterDatabaseSetStmt", "database"],
  ["AlterSystemStmt", "server setting"]
])

/** PostgreSQL's object types whose documentation calls them otherwise. */
const objectTypes: ReadonlyMap<string, string> = new Map([
  ["OBJECT_MATVIEW", "materialized view"],
  ["OBJECT_TABCONSTRAINT", "constraint"],
  ["OBJECT_DOMCONSTRAINT", "constraint"],
  ["OBJECT_STATISTIC_EXT", "extended statistics"],
  ["OBJECT_TYPE", "type"],
  ["OBJECT_OPCLASS", "operator class"],
  ["OBJECT_OPFAMILY", "operator family"],
  ["OBJECT_FDW", "foreign-data wrapper"],
  ["OBJECT_FOREIGN_SERVER", "foreign server"],
  ["OBJECT_LANGUAGE", "procedural language"],
  ["OBJECT_LARGEOBJECT", "large object"],
  ["OBJECT_TSCONFIGURATION", "text search configuration"],
  ["OBJECT_TSDICTIONARY", "text search dictionary"],
  ["OBJECT_TSPARSER", "text search parser"],
  ["OBJECT_TSTEMPLATE", "text search template"]
])

/** The documentation's word for one of PostgreSQL's object types: `OBJECT_MATVIEW` is a materialized view. */
export const objectTypeKind = (objectType: string | undefined): string =>
  objectTypes.get(objectType ?? "") ?? (objectType ?? "").replace("OBJECT_", "").toLowerCase().replaceAll("_", " ")

/** Labels of what the server has, and of what is data, are as little managed as that. */
const labelled = (kind: string): string => managed.has(kind) ? "security label" : `security label of a ${kind}`

/** The kind of object that a statement defines or alters; `undefined` for a statement that does something else. */
export const objectKind = (node: Node): string | undefined => {
  const define = as(node, "DefineStmt")
  if (define !== undefined) return define.kind === "OBJECT_TYPE" ? "base type" : objectTypeKind(define.kind)
  const alter = as(node, "AlterTableStmt")
  if (alter !== undefined) return alter.objtype === "OBJECT_TYPE" ? "composite type" : objectTypeKind(alter.objtype)
  const comment = as(node, "CommentStmt")
  if (comment !== undefined) return objectTypeKind(comment.objtype)
  const label = as(node, "SecLabelStmt")
  if (label !== undefined) return labelled(objectTypeKind(label.objtype))
  const routine = as(node, "CreateFunctionStmt")
  if (routine !== undefined) return routine.is_procedure === true ? "procedure" : "function"
  const created = as(node, "CreateTableAsStmt")
  if (created !== undefined) return objectTypeKind(created.objtype)
  const dependence = as(node, "AlterObjectDependsStmt")
  if (dependence !== undefined) return `${objectTypeKind(dependence.objectType)} that depends on an extension`
  return kinds.get(tagOf(node))
}

const persistent = (method: string | undefined): boolean => method === undefined || method === "heap"

const tableAspects = (table: Fields<"CreateStmt">): ReadonlyArray<string> => [
  ...(table.tablespacename === undefined ? [] : ["tablespace"]),
  ...(persistent(table.accessMethod) ? [] : ["table access method"])
]

/** Everything that a statement states beside the kind of its object, where PostgreSQL's syntax lets one statement say more. */
export const aspects = (node: Node): ReadonlyArray<string> => {
  const schema = as(node, "CreateSchemaStmt")
  if (schema !== undefined) {
    const inside = (schema.schemaElts ?? []).flatMap((element) => [objectKind(element) ?? "", ...aspects(element)])
    return schema.authrole === undefined ? inside : ["owner", ...inside]
  }
  const table = as(node, "CreateStmt")
  if (table !== undefined) return tableAspects(table)
  const index = as(node, "IndexStmt")
  if (index?.tableSpace !== undefined) return ["tablespace"]
  const into = as(node, "CreateTableAsStmt")?.into
  if (into?.tableSpaceName !== undefined) return ["tablespace"]
  if (!persistent(into?.accessMethod)) return ["table access method"]
  return []
}
