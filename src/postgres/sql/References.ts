/**
 * Which objects a statement names, read from its parse tree. Names inside of string constants are not looked for, except where
 * the constant is an object's name (`'seq'::regclass`).
 */
import { lexSignificant } from "./Lexer.ts"
import { type AnyFields, as, type Node, type QualifiedName, textsOf, walk } from "./ParseTree.ts"

/** The name spaces in which PostgreSQL looks names up. A table is in two: it is a relation, and its row a type. */
export type NameSpace =
  | "schema"
  | "extension"
  | "relation"
  | "type"
  | "routine"
  | "collation"
  | "operator"
  | "operator class"
  | "language"
  | "other"

/** A name as written, with the space it is looked up in. */
export interface Name extends QualifiedName {
  readonly space: NameSpace
}

/** What a statement names. */
export interface References {
  readonly names: ReadonlyArray<Name>
  readonly roles: ReadonlyArray<string>
}

const builtInLanguages = new Set(["sql", "plpgsql", "c", "internal"])

/** The options of CREATE AGGREGATE, OPERATOR and TYPE whose value is a type; every other name among them is a routine. */
const typeOptions = new Set([
  "basetype",
  "stype",
  "mstype",
  "leftarg",
  "rightarg",
  "subtype",
  "like",
  "element",
  "multirange_type_name"
])

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null
const isFields = (value: unknown): value is AnyFields => typeof value === "object" && value !== null
const listOf = (value: unknown): ReadonlyArray<Node> => (Array.isArray(value) ? value.filter(isNode) : [])
const string = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined)

/** A name written as text, such as the constant of `nextval`. */
const nameFromText = (text: string): ReadonlyArray<string> =>
  lexSignificant(text)
    .filter(({ kind }) => kind === "word" || kind === "quoted")
    .map(({ kind, word }) => (kind === "quoted" ? word.slice(1, -1).replaceAll("\"\"", "\"") : word))

const constantTypes: ReadonlyMap<string, NameSpace> = new Map([
  ["regclass", "relation"],
  ["regtype", "type"],
  ["regproc", "routine"],
  ["regprocedure", "routine"],
  ["regcollation", "collation"],
  ["regnamespace", "schema"]
])

/**
 * How COMMENT, SECURITY LABEL, GRANT and ALTER … OWNER name an object: the space of it, and how many parts of the list
 * follow its name.
 */
const objectSpaces: ReadonlyMap<string, readonly [space: NameSpace, rest: number]> = new Map([
  ["OBJECT_TABLE", ["relation", 0]],
  ["OBJECT_VIEW", ["relation", 0]],
  ["OBJECT_MATVIEW", ["relation", 0]],
  ["OBJECT_SEQUENCE", ["relation", 0]],
  ["OBJECT_INDEX", ["relation", 0]],
  ["OBJECT_FOREIGN_TABLE", ["relation", 0]],
  ["OBJECT_COLUMN", ["relation", 1]],
  ["OBJECT_TABCONSTRAINT", ["relation", 1]],
  ["OBJECT_TRIGGER", ["relation", 1]],
  ["OBJECT_POLICY", ["relation", 1]],
  ["OBJECT_RULE", ["relation", 1]],
  ["OBJECT_COLLATION", ["collation", 0]],
  ["OBJECT_SCHEMA", ["schema", 0]],
  ["OBJECT_EXTENSION", ["extension", 0]],
  ["OBJECT_LANGUAGE", ["language", 0]],
  ["OBJECT_STATISTIC_EXT", ["other", 0]]
])

/** Every name that a statement's tree holds, its own included, each once. */
export const referencesOf = (node: Node): References => {
  const names = new Map<string, Name>()
  const roles = new Set<string>()
  const queries = new Set<string>()

  const add = (space: NameSpace, parts: ReadonlyArray<string>): void => {
    const name = parts.at(-1)
    const schema = parts.at(-2)
    if (name === undefined || schema === "pg_catalog" || schema === "information_schema") return
    names.set(JSON.stringify([space, schema, name]), { space, schema, name })
    if (schema !== undefined) {
      names.set(JSON.stringify(["schema", null, schema]), { space: "schema", schema: undefined, name: schema })
    }
  }

  const object = (objectType: string | undefined, target: unknown): void => {
    const found = objectSpaces.get(objectType ?? "")
    if (found === undefined || !isNode(target)) return
    const [space, rest] = found
    const parts = as(target, "String") === undefined ? textsOf(as(target, "List")?.items) : textsOf([target])
    add(space, parts.slice(0, parts.length - rest))
  }

  const option = (fields: AnyFields): void => {
    const name = string(fields["defname"]) ?? ""
    const argument = isNode(fields["arg"]) ? fields["arg"] : undefined
    if (name === "owned_by") add("relation", textsOf(as(argument, "List")?.items).slice(0, -1))
    if (name === "schema") add("schema", textsOf(argument === undefined ? [] : [argument]))
    if (name === "language") {
      add(
        "language",
        textsOf(argument === undefined ? [] : [argument]).filter((language) => !builtInLanguages.has(language))
      )
    }
    const type = as(argument, "TypeName")
    if (type !== undefined && !typeOptions.has(name)) add("routine", textsOf(type.names))
  }

  const constant = (typeNames: ReadonlyArray<string>, argument: unknown): void => {
    const space = constantTypes.get(typeNames.at(-1) ?? "")
    const text = isNode(argument) ? as(argument, "A_Const")?.sval?.sval : undefined
    if (space !== undefined && text !== undefined) add(space, nameFromText(text.replace(/\(.*/, "")))
  }

  walk(node, (tag, fields) => {
    const relation = string(fields["relname"])
    if (relation !== undefined) {
      const schema = string(fields["schemaname"])
      add("relation", schema === undefined ? [relation] : [schema, relation])
    }
    if (tag === "CommonTableExpr") queries.add(string(fields["ctename"]) ?? "")
    if (tag === "DefElem") option(fields)
    if (tag === "FuncCall" || tag === "CreateTrigStmt" || tag === "CreateEventTrigStmt") {
      const parts = textsOf(listOf(fields["funcname"]))
      add("routine", parts)
      if (parts.at(-1) === "nextval") constant(["regclass"], listOf(fields["args"])[0])
    }
    if (Array.isArray(fields["names"]) && "typemod" in fields) {
      const parts = textsOf(listOf(fields["names"]))
      // table.column%TYPE
      if (fields["pct_type"] === true) add("relation", parts.slice(0, -1))
      else add("type", parts)
    }
    if (tag === "TypeCast" && isFields(fields["typeName"])) {
      constant(textsOf(listOf(fields["typeName"]["names"])), fields["arg"])
    }
    if (tag === "CollateClause" || tag === "collClause") add("collation", textsOf(listOf(fields["collname"])))
    if (tag === "IndexElem" || tag === "PartitionElem") add("collation", textsOf(listOf(fields["collation"])))
    if (Array.isArray(fields["objname"])) add("routine", textsOf(listOf(fields["objname"])))
    if (Array.isArray(fields["opclass"])) add("operator class", textsOf(listOf(fields["opclass"])))
    if (tag === "AlterEnumStmt" || tag === "AlterDomainStmt") add("type", textsOf(listOf(fields["typeName"])))
    if (tag === "A_Expr" && listOf(fields["name"]).length > 1) add("operator", textsOf(listOf(fields["name"])))
    if (fields["roletype"] === "ROLESPEC_CSTRING") roles.add(string(fields["rolename"]) ?? "")
    if (tag === "CommentStmt" || tag === "SecLabelStmt") object(string(fields["objtype"]), fields["object"])
    if (tag === "AlterOwnerStmt") object(string(fields["objectType"]), fields["object"])
    if (tag === "GrantStmt") {
      for (const target of listOf(fields["objects"])) object(string(fields["objtype"]), target)
    }
  })
  return {
    names: [...names.values()].filter(({ space, schema, name }) =>
      space !== "relation" || schema !== undefined || !queries.has(name)
    ),
    roles: [...roles].toSorted()
  }
}
