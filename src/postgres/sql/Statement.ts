/**
 * A statement as the loader sees it: what it defines and what it names, so that statements can run in an order that works, whatever
 * their order in the files.
 */
import { objectKind } from "./ObjectKind.ts"
import type { ParsedStatement } from "./Parser.ts"
import { as, type Node, type QualifiedName, qualifiedName, relationName } from "./ParseTree.ts"
import { type Name, type NameSpace, referencesOf } from "./References.ts"

export type { Name, NameSpace } from "./References.ts"

/** A parsed statement with the names in it. Names are as written: without a schema, the search path decides. */
export interface Statement extends ParsedStatement {
  /** What it is about, in the documentation's words (`table`, `enum type`, `owner`); `undefined` for a statement of no object. */
  readonly kind: string | undefined
  /** What is there after it that was not there before. */
  readonly defines: ReadonlyArray<Name>
  /** What it names and does not define itself. */
  readonly references: ReadonlyArray<Name>
  /** The roles that it names. */
  readonly roles: ReadonlyArray<string>
}

const inSpaces = (name: QualifiedName | undefined, ...spaces: ReadonlyArray<NameSpace>): ReadonlyArray<Name> =>
  name === undefined ? [] : spaces.map((space) => ({ space, ...name }))

const plain = (name: string | undefined): QualifiedName | undefined =>
  name === undefined ? undefined : { schema: undefined, name }

/** The space of what CREATE AGGREGATE, OPERATOR, COLLATION … define. */
const defineSpaces: ReadonlyMap<string, NameSpace> = new Map([
  ["OBJECT_AGGREGATE", "routine"],
  ["OBJECT_OPERATOR", "operator"],
  ["OBJECT_TYPE", "type"],
  ["OBJECT_COLLATION", "collation"]
])

const definitions = (node: Node): ReadonlyArray<Name> => {
  const schema = as(node, "CreateSchemaStmt")
  if (schema !== undefined) {
    const inside = (schema.schemaElts ?? []).flatMap(definitions)
    const own = schema.schemaname ?? schema.authrole?.rolename
    return [...inSpaces(plain(own), "schema"), ...inside.map((name) => ({ ...name, schema: name.schema ?? own }))]
  }
  const relation = as(node, "CreateStmt")?.relation ?? as(node, "CreateForeignTableStmt")?.base?.relation ??
    as(node, "CreateTableAsStmt")?.into?.rel ?? as(node, "ViewStmt")?.view ?? as(node, "CompositeTypeStmt")?.typevar
  if (relation !== undefined) return inSpaces(relationName(relation), "relation", "type")
  const sequence = as(node, "CreateSeqStmt")?.sequence
  if (sequence !== undefined) return inSpaces(relationName(sequence), "relation")
  const index = as(node, "IndexStmt")
  if (index?.idxname !== undefined) {
    return inSpaces({ schema: index.relation?.schemaname, name: index.idxname }, "relation")
  }
  const range = as(node, "CreateRangeStmt")
  if (range !== undefined) return inSpaces(qualifiedName(range.typeName), "type", "routine")
  const type = as(node, "CreateEnumStmt")?.typeName ?? as(node, "CreateDomainStmt")?.domainname
  if (type !== undefined) return inSpaces(qualifiedName(type), "type")
  const routine = as(node, "CreateFunctionStmt")
  if (routine !== undefined) return inSpaces(qualifiedName(routine.funcname), "routine")
  const define = as(node, "DefineStmt")
  if (define !== undefined) {
    return inSpaces(qualifiedName(define.defnames), defineSpaces.get(define.kind ?? "") ?? "other")
  }
  const opclass = as(node, "CreateOpClassStmt")
  if (opclass !== undefined) return inSpaces(qualifiedName(opclass.opclassname), "operator class")
  return [
    ...inSpaces(plain(as(node, "CreateExtensionStmt")?.extname), "extension"),
    ...inSpaces(plain(as(node, "CreatePLangStmt")?.plname), "language"),
    ...inSpaces(qualifiedName(as(node, "CreateStatsStmt")?.defnames), "other")
  ]
}

const same = (a: Name) => (b: Name): boolean => a.space === b.space && a.schema === b.schema && a.name === b.name

/** Reads what a parsed statement defines and names. */
export const describeStatement = (statement: ParsedStatement): Statement => {
  const defines = definitions(statement.node)
  const { names, roles } = referencesOf(statement.node)
  const schemas = defines.flatMap(({ schema }) => inSpaces(plain(schema), "schema"))
  const references = [...names, ...schemas.filter((name) => !names.some(same(name)))]
  return {
    ...statement,
    kind: objectKind(statement.node),
    defines,
    references: references.filter((name, i) => !defines.some(same(name)) && references.findIndex(same(name)) === i),
    roles
  }
}
