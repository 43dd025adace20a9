/**
 * The order in which the statements of a schema can run, whatever order they were written in: by what each one defines
 * and what it names, as the parse tree shows. Names are matched as text, so an order is a good guess and not a promise:
 * where it is wrong, the database says so and the statement runs again later.
 */
import type { Aspect } from "../Catalog.ts"
import type { ParsedStatement } from "./sql/Parser.ts"
import { as, type Fields, type Node, type QualifiedName, qualifiedName, textsOf } from "./sql/ParseTree.ts"

/** A statement that waits for others, which stand before it in the order. */
export interface OrderedStatement {
  readonly statement: ParsedStatement
  /** Places in the ordered list of the statements that define what this one names. */
  readonly needs: ReadonlySet<number>
}

/** What one statement defines and names. */
interface Names {
  readonly defines: ReadonlyArray<QualifiedName>
  /** Parts of a table that it creates, each with the table in place of a schema: only comments name them. */
  readonly parts: ReadonlyArray<QualifiedName>
  readonly refers: ReadonlyArray<QualifiedName>
  /** Tables to which it adds columns. */
  readonly extends: ReadonlyArray<QualifiedName>
  /** Tables on which it creates an index or a constraint that has one. */
  readonly indexes: ReadonlyArray<QualifiedName>
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

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

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

/** What a parse tree defines and names. */
const namesOf = (statement: ParsedStatement): Names => {
  const { node, tag } = statement
  const own = definitions(node, tag)
  const defines = createsPart.has(tag) ? [] : [...own]
  const parts: Array<QualifiedName> = []
  const refers: Array<QualifiedName> = []
  const extended: Array<QualifiedName> = []
  const indexes: Array<QualifiedName> = []
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
    if (indexed.has(type ?? "")) indexes.push(table)
    else if (attached === undefined) alters.push(table)
    if (type === "CONSTR_PRIMARY" || type === "CONSTR_UNIQUE") keys.push(table)
    if (subtype === "AT_ClusterOn") refers.push(...present(nameIn(name)))
  }
  const index = as(node, "IndexStmt")
  if (index?.relation !== undefined) {
    indexes.push(...present(rangeName(index.relation)))
    if (index.unique === true) keys.push(...present(rangeName(index.relation)))
  }
  const inherits = (as(node, "CreateStmt")?.inhRelations ?? []).flatMap((parent) =>
    present(rangeName(as(parent, "RangeVar") ?? {}))
  )
  return { defines, parts, refers, extends: extended, indexes, keys, alters, inherits, attaches, reliesOnKeysOf }
}

/** Statements by the name that they define; a name without a schema may be in any. */
class NameIndex {
  readonly #entries = new Map<string, Array<{ readonly schema: string | undefined; readonly index: number }>>()

  add(names: ReadonlyArray<QualifiedName>, index: number): void {
    for (const { name, schema } of names) {
      const entries = this.#entries.get(name)
      if (entries === undefined) this.#entries.set(name, [{ schema, index }])
      else entries.push({ schema, index })
    }
  }

  find({ name, schema }: QualifiedName): ReadonlyArray<number> {
    return (this.#entries.get(name) ?? [])
      .filter((entry) => schema === undefined || entry.schema === undefined || entry.schema === schema)
      .map(({ index }) => index)
  }
}

/**
 * Views and types that are defined more than once, each with the place of the first definition: a dump breaks circles by
 * a view without a query, or a type without a definition, that others can name until the real one comes.
 */
const definedAgain = (
  statements: ReadonlyArray<ParsedStatement>,
  names: ReadonlyArray<Names>
): ReadonlyMap<number, number> => {
  const first = new Map<string, number>()
  const again = new Map<number, number>()
  for (const [index, { node, tag }] of statements.entries()) {
    // operators and aggregates of one name are many
    const isType = tag === "CreateRangeStmt" || as(node, "DefineStmt")?.kind === "OBJECT_TYPE"
    if (tag !== "ViewStmt" && !isType) continue
    const [{ name, schema } = { name: "", schema: "" }] = names[index]?.defines ?? []
    const key = JSON.stringify([isType, schema, name])
    const before = first.get(key)
    if (before === undefined) first.set(key, index)
    else again.set(index, before)
  }
  return again
}

/**
 * True where a statement that names something waits for this one of its creators. The second definition of a view never is
 * waited for, that of a type by all but the functions that it names. What is added to an operator family must be there
 * before the classes of it, which may have the family's name.
 */
const isCreatorFor = (
  creator: number,
  names: Names,
  tag: string | undefined,
  statements: ReadonlyArray<ParsedStatement>,
  all: ReadonlyArray<Names>,
  again: ReadonlyMap<number, number>
): boolean => {
  const created = statements[creator]
  if (tag === "AlterOpFamilyStmt" && created?.tag === "CreateOpClassStmt") {
    const families = all.filter((_, i) => statements[i]?.tag === "CreateOpFamilyStmt").flatMap(({ defines }) => defines)
    return !families.some(({ name }) => names.refers.some((refers) => refers.name === name))
  }
  if (!again.has(creator)) return true
  return (created?.tag === "DefineStmt" || created?.tag === "CreateRangeStmt") &&
    !(all[creator]?.refers ?? []).some(({ name }) => names.defines.some((defines) => defines.name === name))
}

/** What is said of all objects of a schema is said when everything else is there. */
const isAboutAll = (node: Node): boolean => as(node, "GrantStmt")?.targtype === "ACL_TARGET_ALL_IN_SCHEMA"

/** Schemas, extensions and roles come first, then casts, because queries are read otherwise without them; event triggers last, because they fire on what is created after them. */
const rank = ({ node, tag }: ParsedStatement): number =>
  isAboutAll(node) ?
    3 :
    tag === "CreateExtensionStmt" || tag === "CreateRoleStmt" || tag === "CreatePLangStmt" ||
      (tag === "CreateSchemaStmt" && as(node, "CreateSchemaStmt")?.schemaElts === undefined)
    ? 0
    : tag === "CreateEventTrigStmt" || tag === "AlterEventTrigStmt" ||
        (as(node, "CommentStmt") ?? as(node, "SecLabelStmt"))?.objtype === "OBJECT_EVENT_TRIGGER"
    ? 2
    : tag === "CreateCastStmt"
    ? 0.5
    : 1

/**
 * Orders statements so that each comes after what it names. Where nothing asks for another order the written one stays,
 * because names that the database makes up depend on it. Cycles are left as written.
 */
export const order = (statements: ReadonlyArray<ParsedStatement>): ReadonlyArray<OrderedStatement> => {
  const names = statements.map(namesOf)
  const creators = new NameIndex()
  const parts = new NameIndex()
  const extenders = new NameIndex()
  const keys = new NameIndex()
  const indexes = new NameIndex()
  const alterations = new NameIndex()
  const attachments = new NameIndex()
  for (const [index, entry] of names.entries()) {
    creators.add(entry.defines, index)
    parts.add(entry.parts, index)
    extenders.add(entry.extends, index)
    keys.add(entry.keys, index)
    indexes.add(entry.indexes, index)
    alterations.add(entry.alters, index)
    attachments.add(entry.attaches.map(({ table }) => table), index)
  }
  const again = definedAgain(statements, names)
  const needs = names.map((entry, index) => {
    const tag = statements[index]?.tag
    const found = new Set<number>()
    for (const name of entry.refers) {
      for (const creator of creators.find(name)) {
        if (isCreatorFor(creator, entry, tag, statements, names, again)) found.add(creator)
      }
      // columns that are added later count as the table's own, except to statements that alter it earlier
      for (const extender of extenders.find(name)) if (tag !== "AlterTableStmt" || extender < index) found.add(extender)
      if (tag === "CommentStmt" || tag === "SecLabelStmt") { for (const part of parts.find(name)) found.add(part) }
    }
    // an index of a table is made for its partitions too where they do not have it: theirs must come before
    for (const attachment of entry.indexes.flatMap((name) => attachments.find(name))) {
      found.add(attachment)
      for (const { partition } of names[attachment]?.attaches ?? []) {
        for (const indexing of indexes.find(partition)) found.add(indexing)
      }
    }
    // what a table has from another depends on the moment: the two are tied behind what alters them before, as written
    for (const name of [...entry.inherits, ...entry.attaches.flatMap(({ partition, table }) => [partition, table])]) {
      for (const alteration of alterations.find(name)) if (alteration < index) found.add(alteration)
    }
    // and a partition's index has to be whole by then: ATTACH passes over one that is not, and makes another
    for (const { partition } of entry.attaches) {
      for (const whole of indexes.find(partition).flatMap((indexing) => names[indexing]?.defines ?? [])) {
        for (const attachment of attachments.find(whole)) if (attachment < index) found.add(attachment)
      }
    }
    if (again.has(index)) found.add(again.get(index) ?? index)
    for (const name of entry.reliesOnKeysOf) {
      // on a table that it creates itself there is no key before it
      if (!creators.find(name).includes(index)) { for (const key of keys.find(name)) found.add(key) }
    }
    found.delete(index)
    return [...found].sort((a, b) => a - b)
  })

  const places = new Map<number, number>()
  const entered = new Set<number>()
  const sequence: Array<number> = []
  const enter = (root: number): void => {
    // an explicit stack: a chain of statements may be deeper than the call stack
    const stack: Array<{ readonly index: number; next: number }> = []
    const push = (index: number) => {
      if (entered.has(index)) return
      entered.add(index)
      stack.push({ index, next: 0 })
    }
    push(root)
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const need = needs[top.index]?.[top.next++]
      if (need !== undefined) {
        push(need)
      } else {
        places.set(top.index, sequence.length)
        sequence.push(top.index)
        stack.pop()
      }
    }
  }
  // what default privileges are said before has them, as written
  const firstPrivileges = statements.findIndex(({ tag }) => tag === "AlterDefaultPrivilegesStmt")
  const ranks = statements.map((statement, index) =>
    statement.tag === "CreateExtensionStmt" && firstPrivileges >= 0 && index > firstPrivileges ? 1 : rank(statement)
  )
  for (const wanted of [0, 0.5, 1, 2, 3]) {
    for (const [index, is] of ranks.entries()) if (is === wanted) enter(index)
  }
  return sequence.flatMap((index) => {
    const statement = statements[index]
    return statement === undefined
      ? []
      : [{ statement, needs: new Set((needs[index] ?? []).flatMap((need) => places.get(need) ?? [])) }]
  })
}

/** The roles that statements name and none of them creates. `PUBLIC` and `CURRENT_USER` are no roles. */
export const rolesNamed = (statements: ReadonlyArray<ParsedStatement>): ReadonlyArray<string> => {
  const named = new Set<string>()
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit)
    if (!isObject(value)) return
    const role: unknown = Reflect.get(value, "rolename")
    if (typeof role === "string") named.add(role)
    Object.values(value).forEach(visit)
  }
  for (const { node } of statements) visit(node)
  for (const { node } of statements) named.delete(as(node, "CreateRoleStmt")?.role ?? "")
  return [...named].sort()
}

const statesOwner = ({ node }: ParsedStatement): boolean =>
  as(node, "AlterOwnerStmt") !== undefined || as(node, "CreateSchemaStmt")?.authrole !== undefined ||
  (as(node, "AlterTableStmt")?.cmds ?? []).some((command) => as(command, "AlterTableCmd")?.subtype === "AT_ChangeOwner")

const statesGrant = ({ node, tag }: ParsedStatement): boolean =>
  tag === "GrantStmt" || tag === "AlterDefaultPrivilegesStmt" ||
  (as(node, "CreateSchemaStmt")?.schemaElts ?? []).some((element) => as(element, "GrantStmt") !== undefined)

const statesLabel = ({ tag }: ParsedStatement): boolean => tag === "SecLabelStmt"

/** What statements say of their objects that a schema may leave unsaid. */
export const statedIn = (statements: ReadonlyArray<ParsedStatement>): ReadonlyArray<Aspect> => [
  ...(statements.some(statesGrant) ? ["grants" as const] : []),
  ...(statements.some(statesLabel) ? ["labels" as const] : []),
  ...(statements.some(statesOwner) ? ["owners" as const] : [])
]

/** The extensions that statements create, as `CREATE EXTENSION` names them. */
export const extensionsCreated = (statements: ReadonlyArray<ParsedStatement>): ReadonlyArray<string> =>
  [...new Set(statements.flatMap(({ node }) => present(as(node, "CreateExtensionStmt")?.extname)))].sort()
