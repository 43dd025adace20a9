/**
 * The declarative rules: a schema file says what is wanted. What removes, renames, changes data, or depends on what is already
 * there is refused, and so is what Lockplane does not manage.
 */
import * as Result from "effect/Result"
import type { Range } from "../../text/Position.ts"
import { type IssueCode, type Problem, problem } from "../../text/Problem.ts"
import type { SourceForm } from "../../text/SourceText.ts"
import { namesSecret, namesSecretOfMapping } from "../kinds/foreignOptions.ts"
import { findWords } from "./Lexer.ts"
import { aspects, managed, objectKind } from "./ObjectKind.ts"
import type { ParsedStatement } from "./Parser.ts"
import { all, as, type Node, qualifiedName, tagOf, textOf, textsOf } from "./ParseTree.ts"
import { meaningOf, type Subcommand, subcommands } from "./Subcommand.ts"
import { readSubscription } from "./Subscription.ts"

interface Refusal {
  readonly code: IssueCode
  readonly message: string
}

type Refuse = (node: Node, form: SourceForm) => Refusal | undefined

const imperative = (message: string): Refusal => ({ code: "non_declarative_statement", message })
const always = (refusal: Refusal): Refuse => () => refusal

const dropWords: ReadonlyMap<string, Refusal> = new Map([
  ["OBJECT_TABLE", {
    code: "dangerous_drop_table",
    message: "DROP TABLE loses the table's data; take the table's definition out of the schema instead"
  }]
])

/** The settings that `pg_dump` prints, none of which is part of a schema. */
const dumpSettings = new Set([
  "statement_timeout",
  "lock_timeout",
  "idle_in_transaction_session_timeout",
  "transaction_timeout",
  "client_encoding",
  "standard_conforming_strings",
  "escape_string_warning",
  "check_function_bodies",
  "xmloption",
  "client_min_messages",
  "row_security",
  "default_tablespace",
  "default_table_access_method",
  "default_with_oids",
  "default_toast_compression",
  "search_path",
  "session_authorization"
])

const isSettingOfDump = (node: Node): boolean => {
  const set = as(node, "VariableSetStmt")
  if (set !== undefined) return dumpSettings.has(set.name ?? "") && set.is_local !== true
  const targets = as(node, "SelectStmt")?.targetList
  const call = as(as(targets?.[0], "ResTarget")?.val, "FuncCall")
  const setting = as(call?.args?.[0], "A_Const")?.sval?.sval
  return targets?.length === 1 && qualifiedName(call?.funcname)?.name === "set_config" &&
    dumpSettings.has(setting ?? "")
}

const setting: Refuse = (node, form) =>
  form === "dump" && isSettingOfDump(node)
    ? undefined
    : imperative("a setting of the session is not part of a schema; take it out, and qualify names with their schema")

const temporary = "a temporary object is gone when its session ends; take it out of the schema"

const writesData = (what: string): Refusal =>
  imperative(`${what} changes data, which a schema does not hold; put it into a script of its own`)

const removes = (what: string): Refusal =>
  imperative(`${what} removes or changes what is already there; write only what is wanted`)

const alterDomain = new Map([
  ["N", "DROP NOT NULL"],
  ["X", "DROP CONSTRAINT"],
  ["V", "VALIDATE CONSTRAINT"]
])

/** By the name of the statement's node: why it is refused. Statements that are neither here nor of a known kind are refused. */
const refusals: ReadonlyMap<string, Refuse> = new Map<string, Refuse>([
  [
    "TransactionStmt",
    always({
      code: "non_declarative_transaction",
      message: "a schema file is loaded as one; take BEGIN, COMMIT and the like out"
    })
  ],
  [
    "TruncateStmt",
    always({
      code: "dangerous_truncate",
      message: "TRUNCATE loses all rows of a table; put it into a script of its own"
    })
  ],
  ["DeleteStmt", (node) =>
    as(node, "DeleteStmt")?.whereClause === undefined
      ? {
        code: "dangerous_delete_all",
        message: "DELETE without WHERE loses all rows of the table; put it into a script of its own"
      }
      : writesData("DELETE")],
  ["InsertStmt", always(writesData("INSERT"))],
  ["UpdateStmt", always(writesData("UPDATE"))],
  ["MergeStmt", always(writesData("MERGE"))],
  ["CopyStmt", always(writesData("COPY"))],
  ["RefreshMatViewStmt", always(writesData("REFRESH MATERIALIZED VIEW"))],
  ["CallStmt", always(imperative("CALL runs code; write the objects that it makes"))],
  ["DoStmt", always(imperative("DO runs code; write the objects that it makes"))],
  ["DropStmt", (node) =>
    dropWords.get(as(node, "DropStmt")?.removeType ?? "") ??
      imperative("DROP removes what is already there; take the object's definition out of the schema instead")],
  [
    "RenameStmt",
    always(imperative(
      "RENAME changes what is already there; write the new name in the definition, with a line `-- lockplane: renamed from …` above it"
    ))
  ],
  ["AlterObjectSchemaStmt", always(removes("SET SCHEMA"))],
  ["AlterPolicyStmt", always(removes("ALTER POLICY"))],
  [
    "AlterObjectDependsStmt",
    (node) => as(node, "AlterObjectDependsStmt")?.remove === true ? removes("NO DEPENDS ON EXTENSION") : undefined
  ],
  [
    "AlterPublicationStmt",
    (node) => {
      const { action, options } = as(node, "AlterPublicationStmt") ?? {}
      return action === "AP_AddObjects" && options === undefined
        ? undefined
        : removes("ALTER PUBLICATION … SET or DROP")
    }
  ],
  ["AlterSubscriptionStmt", always(removes("ALTER SUBSCRIPTION"))],
  ["AlterExtensionStmt", always(removes("ALTER EXTENSION"))],
  ["AlterFdwStmt", always(removes("ALTER FOREIGN DATA WRAPPER"))],
  ["AlterForeignServerStmt", always(removes("ALTER SERVER"))],
  ["AlterUserMappingStmt", always(removes("ALTER USER MAPPING"))],
  [
    "ImportForeignSchemaStmt",
    always(imperative(
      "IMPORT FOREIGN SCHEMA makes what a remote server has at the time; write the foreign tables with CREATE FOREIGN TABLE"
    ))
  ],
  ["AlterExtensionContentsStmt", always(removes("ALTER EXTENSION"))],
  ["AlterEnumStmt", (node) => as(node, "AlterEnumStmt")?.oldVal === undefined ? undefined : removes("RENAME VALUE")],
  ["AlterDomainStmt", (node) => {
    const domain = as(node, "AlterDomainStmt")
    const what = domain?.subtype === "T" && domain.def === undefined
      ? "DROP DEFAULT"
      : alterDomain.get(domain?.subtype ?? "")
    return what === undefined ? undefined : removes(what)
  }],
  [
    "AlterSeqStmt",
    (node) =>
      all(as(node, "AlterSeqStmt")?.options, "DefElem").some(([option]) => option.defname === "restart")
        ? writesData("RESTART")
        : undefined
  ],
  ["AlterOpFamilyStmt", (node) => as(node, "AlterOpFamilyStmt")?.isDrop === true ? removes("DROP") : undefined],
  [
    "AlterTSConfigurationStmt",
    (node) =>
      as(node, "AlterTSConfigurationStmt")?.kind === "ALTER_TSCONFIG_ADD_MAPPING"
        ? undefined
        : removes("ALTER MAPPING or DROP MAPPING")
  ],
  ["VariableSetStmt", setting],
  ["SelectStmt", (node, form) =>
    form === "dump" && isSettingOfDump(node)
      ? undefined
      : imperative("a query is not part of a schema; put it into a view, or into a script of its own")],
  [
    "CreateStmt",
    (node) => as(node, "CreateStmt")?.relation?.relpersistence === "t" ? imperative(temporary) : undefined
  ],
  [
    "CreateTableAsStmt",
    (node) => as(node, "CreateTableAsStmt")?.into?.rel?.relpersistence === "t" ? imperative(temporary) : undefined
  ],
  [
    "CreateSeqStmt",
    (node) => as(node, "CreateSeqStmt")?.sequence?.relpersistence === "t" ? imperative(temporary) : undefined
  ],
  ["ViewStmt", (node) => as(node, "ViewStmt")?.view?.relpersistence === "t" ? imperative(temporary) : undefined]
])

const unknown = imperative(
  "this statement does something instead of saying what is wanted; put it into a script of its own"
)

/** Statements as a whole. */
const refuseStatement = (statement: ParsedStatement, form: SourceForm): ReadonlyArray<Problem> => {
  const refuse = refusals.get(statement.tag)
  const refusal = refuse === undefined
    ? objectKind(statement.node) === undefined ? unknown : undefined
    : refuse(statement.node, form)
  return refusal === undefined ? [] : [problem(statement, refusal.code, refusal.message)]
}

/** The subcommands of ALTER TABLE, each at its own place. */
const refuseSubcommands = (statement: ParsedStatement): ReadonlyArray<Problem> =>
  subcommands(statement).flatMap((subcommand) => {
    const meaning = meaningOf(subcommand.command)
    return "refused" in meaning
      ? [problem(statement, meaning.refused, `${meaning.what}; ${meaning.instead}`, subcommand)]
      : []
  })

const ifNotExists = ["if", "not", "exists"]

const saysIfNotExists = (node: Node): boolean => {
  const fields = as(node, "CreateStmt") ?? as(node, "IndexStmt") ?? as(node, "CreateSeqStmt") ??
    as(node, "CreateSchemaStmt") ?? as(node, "CreateExtensionStmt") ?? as(node, "CreateTableAsStmt") ??
    as(node, "CreateStatsStmt") ?? as(node, "DefineStmt") ?? as(node, "CreateForeignServerStmt") ??
    as(node, "CreateUserMappingStmt")
  return fields?.if_not_exists === true || as(node, "CreateForeignTableStmt")?.base?.if_not_exists === true ||
    as(node, "AlterEnumStmt")?.skipIfNewValExists === true
}

const ifNotExistsMessage =
  "IF NOT EXISTS depends on what is already there; Lockplane finds that out by itself: take it out"

/** `IF NOT EXISTS`, at the words. */
const refuseIfNotExists = (statement: ParsedStatement, form: SourceForm): ReadonlyArray<Problem> => {
  const at = (range: Range | undefined): Problem =>
    problem(statement, "non_declarative_if_not_exists", ifNotExistsMessage, range ?? statement)
  const inside = subcommands(statement)
    .filter(({ command }: Subcommand) => command.subtype === "AT_AddColumn" && command.missing_ok === true)
    .map((subcommand) => at(findWords(subcommand.tokens, ifNotExists)))
  const printedByDump = form === "dump" && statement.tag === "CreateExtensionStmt"
  return saysIfNotExists(statement.node) && !printedByDump
    ? [at(findWords(statement.tokens(), ifNotExists)), ...inside]
    : inside
}

/** `OR REPLACE`, at the words. */
const refuseOrReplace = (statement: ParsedStatement, form: SourceForm): ReadonlyArray<Problem> => {
  const { node } = statement
  const fields = as(node, "ViewStmt") ?? as(node, "CreateFunctionStmt") ?? as(node, "CreateTrigStmt") ??
    as(node, "RuleStmt") ?? as(node, "DefineStmt") ?? as(node, "CreateTransformStmt") ?? as(node, "CreatePLangStmt")
  const printedByDump = form === "dump" && (tagOf(node) === "ViewStmt" || tagOf(node) === "CreatePLangStmt")
  return fields?.replace === true && !printedByDump
    ? [problem(
      statement,
      "non_declarative_or_replace",
      "OR REPLACE depends on what is already there; Lockplane finds that out by itself: take it out",
      findWords(statement.tokens(), ["or", "replace"]) ?? statement
    )]
    : []
}

/** A subscription's connection, and options that Lockplane does not know. */
const reportSubscription = (statement: ParsedStatement): ReadonlyArray<Problem> => {
  const created = as(statement.node, "CreateSubscriptionStmt")
  if (created === undefined) return []
  const said = readSubscription(created)
  return [
    ...(Result.isFailure(said) ? [problem(statement, "unmanaged_statement", unmanagedMessage(said.failure))] : []),
    ...((created.conninfo ?? "") === "" ? [] : [problem(
      statement,
      "secret_left_out",
      "the connection of a subscription counts as a secret: it is not compared and never gets into a plan; write '', and " +
        `set it on the server yourself, by ALTER SUBSCRIPTION ${created.subname ?? ""} CONNECTION …`
    )])
  ]
}

/** Options whose values are secrets, and which Lockplane therefore neither reads nor writes into plans. */
const reportSecrets = (statement: ParsedStatement): ReadonlyArray<Problem> => {
  const mapping = as(statement.node, "CreateUserMappingStmt")
  const made = as(statement.node, "CreateForeignServerStmt") ?? as(statement.node, "CreateFdwStmt")
  const isSecret = mapping === undefined ? namesSecret : namesSecretOfMapping
  return all((mapping ?? made)?.options, "DefElem").filter(([{ defname = "" }]) => isSecret(defname)).map(
    ([{ defname = "" }]) =>
      problem(
        statement,
        "secret_left_out",
        `the value of option "${defname}" counts as a secret: it is not compared and never gets into a plan; set it on ` +
          `the server yourself, by ALTER ${mapping === undefined ? "…" : "USER MAPPING …"} OPTIONS (ADD "${defname}" …)`
      )
  )
}

const unmanagedMessage = (kind: string): string =>
  `Lockplane does not manage this yet: ${kind}; take it out of the schema and keep it in a script of your own`

/** What is declarative, and yet not managed. */
const refuseUnmanaged = (statement: ParsedStatement): ReadonlyArray<Problem> => {
  const { node } = statement
  const unmanaged = (kind: string, range: Range = statement): ReadonlyArray<Problem> =>
    managed.has(kind)
      ? []
      : [problem(statement, "unmanaged_statement", unmanagedMessage(kind), range)]
  const kind = objectKind(node)
  const inside = subcommands(statement).flatMap((subcommand) => {
    const meaning = meaningOf(subcommand.command)
    return "states" in meaning ? unmanaged(meaning.states, subcommand) : []
  })
  return [
    ...(kind === undefined ? [] : unmanaged(kind)),
    ...aspects(node).flatMap((aspect) => unmanaged(aspect)),
    ...inside
  ]
}

/** A dump can set where the following tables go; a place that Lockplane does not manage would be lost without a word. */
const refuseSettings = (statement: ParsedStatement): ReadonlyArray<Problem> => {
  const set = as(statement.node, "VariableSetStmt")
  const values = (set?.args ?? []).map((value) => as(value, "A_Const")?.sval?.sval ?? textOf(value) ?? "")
  const kind = set?.name === "default_tablespace" ? "tablespace" : undefined
  return kind !== undefined && values.some((value) => value !== "") && !managed.has(kind)
    ? [problem(statement, "unmanaged_statement", unmanagedMessage(kind))]
    : []
}

/** The declarative rules for one statement of a file of the given form: what it may not hold, in the order of the rules. */
export const checkDeclarative = (statement: ParsedStatement, form: SourceForm): ReadonlyArray<Problem> => {
  const refused = [...refuseStatement(statement, form), ...refuseSubcommands(statement)]
  return [
    ...refused,
    ...refuseIfNotExists(statement, form),
    ...refuseOrReplace(statement, form),
    ...(refused.length > 0 && subcommands(statement).length === 0
      ? []
      : [
        ...refuseUnmanaged(statement),
        ...refuseSettings(statement),
        ...reportSecrets(statement),
        ...reportSubscription(statement)
      ])
  ]
}

/** The schemas of a `SET search_path` statement or a call of `set_config` for it; `undefined` for any other statement. */
export const searchPathOf = (node: Node): ReadonlyArray<string> | undefined => {
  const set = as(node, "VariableSetStmt")
  if (set?.name === "search_path") {
    return set.kind === "VAR_SET_VALUE"
      ? (set.args ?? []).flatMap((value) => as(value, "A_Const")?.sval?.sval ?? textsOf([value]))
      : ["public"]
  }
  const call = as(as(as(node, "SelectStmt")?.targetList?.[0], "ResTarget")?.val, "FuncCall")
  const [name, value] = (call?.args ?? []).map((argument) => as(argument, "A_Const")?.sval?.sval)
  return qualifiedName(call?.funcname)?.name === "set_config" && name === "search_path"
    ? (value ?? "").split(",").map((schema) => schema.trim().replaceAll("\"", "")).filter((schema) => schema !== "")
    : undefined
}
