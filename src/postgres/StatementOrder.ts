/**
 * The order in which the statements of a schema can run, whatever order they were written in: by what each one defines
 * and what it names, as the parse tree shows. Names are matched as text, so an order is a good guess and not a promise:
 * where it is wrong, the database says so and the statement runs again later.
 */
import type { Aspect } from "../Catalog.ts"
import type { ParsedStatement } from "./sql/Parser.ts"
import { as, type Node, type QualifiedName } from "./sql/ParseTree.ts"
import { isObject, type Names, namesOf } from "./StatementNames.ts"

/** A statement that waits for others, which stand before it in the order. */
export interface OrderedStatement {
  readonly statement: ParsedStatement
  /** Places in the ordered list of the statements that define what this one names. */
  readonly needs: ReadonlySet<number>
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

const isSame = (a: QualifiedName, b: QualifiedName): boolean => a.name === b.name && a.schema === b.schema

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
      // columns that are added later count as the table's own, except to statements that alter it or inherit from it earlier
      const isOfMoment = tag === "AlterTableStmt" || entry.inherits.some((parent) => isSame(parent, name))
      for (const extender of extenders.find(name)) if (!isOfMoment || extender < index) found.add(extender)
      if (tag === "CommentStmt" || tag === "SecLabelStmt") { for (const part of parts.find(name)) found.add(part) }
    }
    // an index of a table is made for its partitions too where they do not have it: theirs must come before
    for (const attachment of entry.spreads.flatMap((name) => attachments.find(name))) {
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
  [...new Set(statements.flatMap(({ node }) => as(node, "CreateExtensionStmt")?.extname ?? []))].sort()
