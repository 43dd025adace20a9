/** Which objects SQL statements define and name, as far as their parse trees tell. */
import type { ParsedStatement } from "./sql/Parser.ts"
import { as, type Fields, type Node, type QualifiedName, qualifiedName, textsOf } from "./sql/ParseTree.ts"

/** What one statement defines and names. */
export interface Names {
  readonly defines: ReadonlyArray<QualifiedName>
  /** Parts of a table that it creates, each with the table in place of a schema: only comments name them. */
  readonly parts: ReadonlyArray<QualifiedName>
  readonly refers: ReadonlyArray<QualifiedName>
  /** Tables to which it adds columns. */
  readonly extends: ReadonlyArray<QualifiedName>
  /** Tables on which it creates an index or a constraint that has one. */
  readonly indexes: ReadonlyArray<QualifiedName>
  /** Those of them whose partitions get one too: all but those with `ONLY`. */
  readonly spreads: ReadonlyArray<QualifiedName>
  /** Those of them that are unique. */
  readonly keys: ReadonlyArray<QualifiedName>
  /** Tables that it alters otherwise than by an index or an attachment. */
  readonly alters: ReadonlyArray<QualifiedName>
  /** Tables that it creates a table to inherit from. */
  readonly inherits: ReadonlyArray<QualifiedName>
  /** Partitions that it attaches, each to its table. */
  readonly attaches: ReadonlyArray<{ readonly table: QualifiedName; readonly partition: QualifiedName }>
  /** Tables whose keys it relies on: by a foreign key, by GROUP BY or by ON CONFLICT. */
  readonly reliesOnKeysOf: ReadonlyArray<QualifiedName>
}

/** Where each kind of CREATE statement holds the name of what it creates: a relation, a list of texts, or a text. */
const definedIn: Readonly<Record<string, string>> = {
  CompositeTypeStmt: "typevar",
  CreateAmStmt: "amname",
  CreateConversionStmt: "conversion_name",
  CreateDomainStmt: "domainname",
  CreateEnumStmt: "typeName",
  CreateEventTrigStmt: "trigname",
  CreateExtensionStmt: "extname",
  CreateFdwStmt: "fdwname",
  CreateForeignServerStmt: "servername",
  CreateFunctionStmt: "funcname",
  CreateOpClassStmt: "opclassname",
  CreateOpFamilyStmt: "opfamilyname",
  CreatePLangStmt: "plname",
  CreatePolicyStmt: "policy_name",
  CreatePublicationStmt: "pubname",
  CreateRangeStmt: "typeName",
  CreateSchemaStmt: "schemaname",
  CreateSeqStmt: "sequence",
  CreateStatsStmt: "defnames",
  CreateStmt: "relation",
  CreateTrigStmt: "trigname",
  DefineStmt: "defnames",
  RuleStmt: "rulename",
  ViewStmt: "view"
}

/** Statements that create a part of a table. */
const createsPart: ReadonlySet<string> = new Set(["CreatePolicyStmt", "CreateTrigStmt", "RuleStmt"])

/** Types of constraints that have an index of the same name. */
const indexed: ReadonlySet<string> = new Set(["CONSTR_EXCLUSION", "CONSTR_PRIMARY", "CONSTR_UNIQUE"])

/** Lists of texts that are not names of objects. */
const notNames: ReadonlySet<string> = new Set([
  "aliases",
  "attlist",
  "colnames",
  "fields",
  "fk_attrs",
  "fk_del_set_cols",
  "including",
  "keys",
  "pk_attrs",
  "tokentype",
  "vals"
])

/** Where statements that change an object hold its name as a plain text. */
const changedIn: Readonly<Record<string, string>> = {
  AlterEventTrigStmt: "trigname",
  AlterPublicationStmt: "pubname"
}

/** Functions whose first argument is the name of a sequence. */
const sequenceFunctions: ReadonlySet<string> = new Set(["currval", "nextval", "setval"])

/** True for what can have fields. */
export const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

const fieldOf = (node: Node, tag: string, field: string): unknown => {
  const fields: unknown = Reflect.get(node, tag)
  return isObject(fields) ? Reflect.get(fields, field) : undefined
}

const rangeName = (value: object): QualifiedName | undefined => {
  const name: unknown = Reflect.get(value, "relname")
  const schema: unknown = Reflect.get(value, "schemaname")
  return typeof name === "string" ? { schema: typeof schema === "string" ? schema : undefined, name } : undefined
}

const isNameList = (value: unknown): value is Array<Node> =>
  Array.isArray(value) && value.length > 0 && value.every((item) => isObject(item) && "String" in item)

/** A name in a string constant, as `'s.t'::regclass` holds it. */
const nameInText = (text: string): QualifiedName | undefined => {
  const parts = [...text.matchAll(/"((?:[^"]|"")*)"|([^."]+)/g)].map(([, quoted, plain = ""]) =>
    quoted === undefined ? plain.toLowerCase() : quoted.replaceAll("\"\"", "\"")
  )
  const name = parts.at(-1)
  return name === undefined ? undefined : { schema: parts.at(-2), name }
}

/** `a.b.c` may mean the object `a.b` with a part `c`, or an object `b.c`: every reading of the list. */
const readings = (parts: ReadonlyArray<string>): ReadonlyArray<QualifiedName> =>
  parts.map((name, i) => ({ schema: parts[i - 1], name }))

const nameIn = (value: unknown): QualifiedName | undefined =>
  typeof value === "string"
    ? { schema: undefined, name: value }
    : isNameList(value)
    ? qualifiedName(value)
    : isObject(value)
    ? rangeName(value)
    : undefined

const present = <A>(value: A | undefined): ReadonlyArray<A> => value === undefined ? [] : [value]

const definitions = (node: Node, tag: string): ReadonlyArray<QualifiedName> => {
  const field = definedIn[tag]
  if (field !== undefined) return present(nameIn(fieldOf(node, tag, field)))
  const index = as(node, "IndexStmt")
  if (index?.idxname !== undefined) return [{ schema: index.relation?.schemaname, name: index.idxname }]
  const foreign = as(node, "CreateForeignTableStmt")?.base?.relation ?? as(node, "CreateTableAsStmt")?.into?.rel
  return foreign === undefined ? [] : present(rangeName(foreign))
}

const stringConstant = (node: Node | undefined): string | undefined => as(node, "A_Const")?.sval?.sval

/** Names that a typed constant or a call of a sequence function holds as text. */
const namesInConstants = (key: string, fields: object): ReadonlyArray<QualifiedName> => {
  // `key` is the node's type, so `as` narrows what was walked over as a plain object
  const node = { [key]: fields } as unknown as Node
  const cast = as(node, "TypeCast")
  const call = as(node, "FuncCall")
  const text = cast !== undefined && (textsOf(cast.typeName?.names).at(-1) ?? "").startsWith("reg")
    ? stringConstant(cast.arg)
    : call !== undefined && sequenceFunctions.has(textsOf(call.funcname).at(-1) ?? "")
    ? stringConstant(call.args?.[0])
    : undefined
  return text === undefined ? [] : present(nameInText(text))
}

/** What a parse tree defines and names. Pure. */
export const namesOf = (statement: ParsedStatement): Names => {
  const { node, tag } = statement
  const own = definitions(node, tag)
  const defines = createsPart.has(tag) ? [] : [...own]
  const parts: Array<QualifiedName> = []
  const refers: Array<QualifiedName> = []
  const extended: Array<QualifiedName> = []
  const indexes: Array<QualifiedName> = []
  const spreads: Array<QualifiedName> = []
  const keys: Array<QualifiedName> = []
  const alters: Array<QualifiedName> = []
  const attaches: Array<Names["attaches"][number]> = []
  const relations: Array<QualifiedName> = []
  const reliesOnKeysOf: Array<QualifiedName> = []
  let groups = false

  const constraint = ({ conname, contype, indexname, pktable }: Fields<"Constraint">) => {
    if (conname !== undefined) {
      parts.push({ schema: relations[0]?.name, name: conname })
      if (indexed.has(contype ?? "")) defines.push({ schema: undefined, name: conname })
    }
    if (indexname !== undefined) refers.push({ schema: undefined, name: indexname })
    if (pktable !== undefined) reliesOnKeysOf.push(...present(rangeName(pktable)))
  }

  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit)
    if (!isObject(value)) return
    const relation = rangeName(value)
    if (relation !== undefined) relations.push(relation)
    for (const [key, child] of Object.entries(value)) {
      if (isNameList(child)) {
        const texts = textsOf(child)
        if (!notNames.has(key) && key !== definedIn[tag] && texts[0] !== "pg_catalog") refers.push(...readings(texts))
      } else if ((key === "servername" || key === "fdwname") && typeof child === "string") {
        refers.push({ schema: undefined, name: child })
      } else if (isObject(child)) {
        if (key === "groupClause" || key === "onConflictClause") groups = true
        if (key === "Constraint") constraint(child)
        else if (key === "ReplicaIdentityStmt") refers.push(...present(nameIn(Reflect.get(child, "name"))))
        else if (key === "DefElem" && Reflect.get(child, "defname") === "as" && tag === "CreateFunctionStmt") continue
        refers.push(...namesInConstants(key, child))
        visit(child)
      }
    }
  }
  visit(node)
  refers.push(...present(nameIn(fieldOf(node, tag, changedIn[tag] ?? ""))))
  // the first relation that such a statement names is its table
  if (createsPart.has(tag)) parts.push(...own.map(({ name }) => ({ schema: relations[0]?.name, name })))
  const others = relations.filter(({ name, schema }) => !own.some((is) => is.name === name && is.schema === schema))
  refers.push(...others)
  if (groups) reliesOnKeysOf.push(...others)

  for (const element of as(node, "CreateSchemaStmt")?.schemaElts ?? []) {
    defines.push(...definitions(element, Object.keys(element)[0] ?? ""))
  }
  const alter = as(node, "AlterTableStmt")
  const table = alter?.relation === undefined ? undefined : rangeName(alter.relation)
  for (const command of alter?.cmds ?? []) {
    const { def, name, subtype } = as(command, "AlterTableCmd") ?? {}
    const type = as(def, "Constraint")?.contype
    const attached = as(def, "PartitionCmd")?.name
    if (table === undefined) continue
    if (subtype === "AT_AddColumn") extended.push(table)
    if (subtype === "AT_AttachPartition" && attached !== undefined) {
      attaches.push(...present(rangeName(attached)).map((partition) => ({ table, partition })))
    }
    if (indexed.has(type ?? "")) {
      indexes.push(table)
      if (alter?.relation?.inh === true) spreads.push(table)
    } else if (attached === undefined) alters.push(table)
    if (type === "CONSTR_PRIMARY" || type === "CONSTR_UNIQUE") keys.push(table)
    if (subtype === "AT_ClusterOn") refers.push(...present(nameIn(name)))
  }
  const index = as(node, "IndexStmt")
  if (index?.relation !== undefined) {
    indexes.push(...present(rangeName(index.relation)))
    if (index.relation.inh === true) spreads.push(...present(rangeName(index.relation)))
    if (index.unique === true) keys.push(...present(rangeName(index.relation)))
  }
  const inherits = (as(node, "CreateStmt")?.inhRelations ?? []).flatMap((parent) =>
    present(rangeName(as(parent, "RangeVar") ?? {}))
  )
  return {
    defines,
    parts,
    refers,
    extends: extended,
    indexes,
    spreads,
    keys,
    alters,
    inherits,
    attaches,
    reliesOnKeysOf
  }
}
