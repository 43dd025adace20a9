/**
 * What the files of a schema define, as far as it can be told without a database: relations, their columns and primary keys.
 * Where something cannot be known (the columns of a query, of a table that an extension made), the outline says so, and the
 * structural rules keep silent.
 */
import type { Range } from "../../text/Position.ts"
import { searchPathOf } from "./Declarative.ts"
import { nameRange } from "./Lexer.ts"
import type { ParsedFile, ParsedStatement } from "./Parser.ts"
import { all, as, type Fields, type Node, type QualifiedName, qualifiedName, relationName } from "./ParseTree.ts"

/** A statement, or an element of a CREATE SCHEMA statement, with the schemas in which its unqualified names are looked up. */
export interface Unit {
  readonly statement: ParsedStatement
  readonly node: Node
  readonly path: ReadonlyArray<string>
}

/** A place in a statement. */
export interface Place {
  readonly statement: ParsedStatement
  readonly range: Range
}

/** A relation that the files define. */
export interface Relation {
  readonly schema: string
  readonly name: string
  readonly kind: "table" | "partition" | "foreign table" | "view" | "materialized view" | "sequence" | "composite type"
  readonly unit: Unit
  /** Its name where it is defined. */
  readonly place: Place
  /** Its own columns: every place that defines one of a name. */
  readonly columns: Map<string, Array<Place>>
  /** Whether a part of the definition cannot be known, so that it may have more columns and constraints than these. */
  hidden: boolean
  /** The relations that it has all columns of: parents, sources of LIKE, its type. */
  readonly from: Array<{ readonly name: QualifiedName; readonly path: ReadonlyArray<string>; readonly keys: boolean }>
  readonly primaryKeys: Array<Place>
  partition: boolean
}

/** All that the structural rules ask about the files together. */
export interface Outline {
  readonly units: ReadonlyArray<Unit>
  readonly relations: ReadonlyArray<Relation>
  /** Relations whose name was taken already. */
  readonly repeated: ReadonlyArray<{ readonly unit: Unit; readonly name: QualifiedName; readonly place: Place }>
  /** The relation that a name means at a unit. */
  readonly find: (name: QualifiedName, path: ReadonlyArray<string>) => Relation | undefined
  /** Every column of a relation; `undefined` if not all can be known. */
  readonly columnsOf: (relation: Relation) => ReadonlySet<string> | undefined
  /** Whether a relation has a primary key; `undefined` if that cannot be known. */
  readonly hasPrimaryKey: (relation: Relation) => boolean | undefined
  /** Whether a name that is not found may still exist: in a schema or an extension that is not spelled out, or a broken statement. */
  readonly mayExist: (name: QualifiedName, path: ReadonlyArray<string>) => boolean
  /** Whether a statement with a syntax error speaks of a name. */
  readonly isInBroken: (name: string) => boolean
}

/** PostgreSQL's own extensions that bring no table; any other may. */
const withoutTables = new Set([
  "amcheck",
  "autoinc",
  "bloom",
  "btree_gin",
  "btree_gist",
  "citext",
  "cube",
  "dblink",
  "dict_int",
  "dict_xsyn",
  "earthdistance",
  "file_fdw",
  "fuzzystrmatch",
  "hstore",
  "insert_username",
  "intagg",
  "intarray",
  "isn",
  "lo",
  "ltree",
  "moddatetime",
  "pageinspect",
  "pg_buffercache",
  "pg_freespacemap",
  "pg_logicalinspect",
  "pg_prewarm",
  "pg_stat_statements",
  "pg_surgery",
  "pg_trgm",
  "pg_visibility",
  "pg_walinspect",
  "pgcrypto",
  "pgrowlocks",
  "pgstattuple",
  "plpgsql",
  "postgres_fdw",
  "refint",
  "seg",
  "sslinfo",
  "tablefunc",
  "tcn",
  "tsm_system_rows",
  "tsm_system_time",
  "unaccent",
  "uuid-ossp",
  "vector",
  "xml2"
])

/** CREATE_TABLE_LIKE_INDEXES of PostgreSQL's `parsenodes.h`. */
const likeIndexes = 1 << 6

/** A key for maps by schema and name. */
export const key = (schema: string, name: string): string => JSON.stringify([schema, name])

const unitsOf = (file: ParsedFile): ReadonlyArray<Unit> => {
  let path: ReadonlyArray<string> = ["public"]
  return file.statements.flatMap((statement): ReadonlyArray<Unit> => {
    const set = searchPathOf(statement.node)
    if (set !== undefined) {
      const schemas = set.filter((schema) => schema !== "$user" && schema !== "pg_catalog")
      path = schemas.length === 0 ? ["public"] : schemas
    }
    const schema = as(statement.node, "CreateSchemaStmt")
    if (schema === undefined) return [{ statement, node: statement.node, path }]
    const inside = schema.schemaname === undefined ? path : [schema.schemaname]
    return [
      { statement, node: statement.node, path },
      ...(schema.schemaElts ?? []).map((node) => ({ statement, node, path: inside }))
    ]
  })
}

/** The stretch of a relation's name as written. */
export const relationRange = (statement: ParsedStatement, relation: Fields<"RangeVar"> | undefined): Range => {
  const start = statement.offset(relation?.location) - statement.start
  const range = nameRange(statement.text, start)
  return { start: statement.start + range.start, end: statement.start + range.end }
}

/** The stretch of the one name that begins at a location of the tree. */
export const nameAt = (statement: ParsedStatement, location: number | undefined): Range => {
  const start = statement.offset(location)
  const token = statement.tokens().find((candidate) => candidate.start >= start)
  return token === undefined ? { start, end: statement.end } : { start: token.start, end: token.end }
}

/** The stretch of the words PRIMARY KEY of a constraint. */
const primaryKeyRange = (statement: ParsedStatement, constraint: Fields<"Constraint">): Range => {
  const start = statement.offset(constraint.location)
  const tokens = statement.tokens()
  const at = tokens.findIndex((token) => token.start >= start && token.kind === "word" && token.word === "primary")
  const [first, second] = [tokens[at], tokens[at + 1]]
  return first === undefined || second === undefined
    ? nameAt(statement, constraint.location)
    : { start: first.start, end: second.end }
}

const addColumn = (relation: Relation, unit: Unit, column: Fields<"ColumnDef">, repeats: boolean): void => {
  const { statement } = unit
  // a column of a typed table or a partition that has no type only adds to one that is there
  if (column.colname !== undefined && (column.typeName !== undefined || relation.kind !== "partition")) {
    const places = relation.columns.get(column.colname) ?? []
    if (!repeats || places.length === 0) places.push({ statement, range: nameAt(statement, column.location) })
    relation.columns.set(column.colname, places)
  }
  for (const [constraint] of all(column.constraints, "Constraint")) addConstraint(relation, unit, constraint)
}

const addConstraint = (relation: Relation, { statement }: Unit, constraint: Fields<"Constraint">): void => {
  if (constraint.contype === "CONSTR_PRIMARY") {
    relation.primaryKeys.push({ statement, range: primaryKeyRange(statement, constraint) })
  }
}

const typeName = (type: Fields<"TypeName"> | undefined): QualifiedName | undefined => qualifiedName(type?.names)

const defineTable = (
  table: Fields<"CreateStmt">,
  kind: "table" | "foreign table",
  unit: Unit
): Relation | undefined => {
  const relation = emptyRelation(table.partbound === undefined ? kind : "partition", table.relation, unit)
  if (relation === undefined) return undefined
  relation.partition = table.partbound !== undefined
  relation.hidden = unit.statement.partial
  for (const [parent] of all(table.inhRelations, "RangeVar")) {
    addSource(relation, relationName(parent), unit, relation.partition)
  }
  if (table.ofTypename !== undefined) addSource(relation, typeName(table.ofTypename), unit, false)
  for (const element of table.tableElts ?? []) {
    const column = as(element, "ColumnDef")
    const constraint = as(element, "Constraint")
    const like = as(element, "TableLikeClause")
    if (column !== undefined) addColumn(relation, unit, column, false)
    if (constraint !== undefined) addConstraint(relation, unit, constraint)
    if (like !== undefined) {
      addSource(relation, relationName(like.relation), unit, ((like.options ?? 0) & likeIndexes) !== 0)
    }
  }
  return relation
}

const addSource = (relation: Relation, name: QualifiedName | undefined, { path }: Unit, keys: boolean): void => {
  if (name === undefined) relation.hidden = true
  else relation.from.push({ name, path, keys })
}

const emptyRelation = (
  kind: Relation["kind"],
  written: Fields<"RangeVar"> | undefined,
  unit: Unit,
  name: QualifiedName | undefined = relationName(written)
): Relation | undefined =>
  name === undefined || written?.relpersistence === "t" ? undefined : {
    schema: name.schema ?? unit.path[0] ?? "public",
    name: name.name,
    kind,
    unit,
    place: { statement: unit.statement, range: relationRange(unit.statement, written) },
    columns: new Map(),
    hidden: false,
    from: [],
    primaryKeys: [],
    partition: false
  }

const hide = (relation: Relation | undefined): Relation | undefined => {
  if (relation !== undefined) relation.hidden = true
  return relation
}

/** The relation that a unit defines, and whether another one of its name is no mistake. */
const define = (unit: Unit): { readonly relation: Relation | undefined; readonly repeatable: boolean } => {
  const { node } = unit
  const once = (relation: Relation | undefined, repeatable: boolean | undefined = false) => ({ relation, repeatable })
  const table = as(node, "CreateStmt")
  if (table !== undefined) return once(defineTable(table, "table", unit), table.if_not_exists)
  const foreign = as(node, "CreateForeignTableStmt")?.base
  if (foreign !== undefined) return once(defineTable(foreign, "foreign table", unit), foreign.if_not_exists)
  const query = as(node, "CreateTableAsStmt")
  if (query !== undefined) {
    const kind = query.objtype === "OBJECT_MATVIEW" ? "materialized view" : "table"
    return once(hide(emptyRelation(kind, query.into?.rel, unit)), query.if_not_exists)
  }
  const view = as(node, "ViewStmt")
  if (view !== undefined) return once(hide(emptyRelation("view", view.view, unit)), view.replace)
  const sequence = as(node, "CreateSeqStmt")
  if (sequence !== undefined) {
    return once(hide(emptyRelation("sequence", sequence.sequence, unit)), sequence.if_not_exists)
  }
  const type = as(node, "CompositeTypeStmt")
  const relation = type === undefined ? undefined : emptyRelation("composite type", type.typevar, unit)
  for (const [column] of all(type?.coldeflist, "ColumnDef")) {
    if (relation !== undefined) addColumn(relation, unit, column, false)
  }
  return once(relation)
}

/** Adds what ALTER TABLE says to the relation that it speaks of. */
const alter = (relation: Relation, unit: Unit, statement: Fields<"AlterTableStmt">): void => {
  for (const [command] of all(statement.cmds, "AlterTableCmd")) {
    const column = as(command.def, "ColumnDef")
    const constraint = as(command.def, "Constraint")
    if (command.subtype === "AT_AddColumn" && column !== undefined) {
      addColumn(relation, unit, column, command.missing_ok === true)
    }
    if (command.subtype === "AT_AddConstraint" && constraint !== undefined) addConstraint(relation, unit, constraint)
    if (command.subtype === "AT_AddOf") relation.hidden = true
    if (command.subtype === "AT_DropColumn") relation.hidden = true
  }
}

/** Reads the outline of the files together, as one schema. */
export const outline = (files: ReadonlyArray<ParsedFile>): Outline => {
  const units = files.flatMap(unitsOf)
  const relations = new Map<string, Relation>()
  const repeated: Array<{ unit: Unit; name: QualifiedName; place: Place }> = []
  for (const unit of units) {
    const { relation, repeatable } = define(unit)
    if (relation === undefined) continue
    const id = key(relation.schema, relation.name)
    if (!relations.has(id)) relations.set(id, relation)
    else if (!repeatable) repeated.push({ unit, name: relation, place: relation.place })
  }
  const find = (name: QualifiedName, path: ReadonlyArray<string>): Relation | undefined => {
    for (const schema of name.schema === undefined ? path : [name.schema]) {
      const relation = relations.get(key(schema, name.name))
      if (relation !== undefined) return relation
    }
    return undefined
  }

  const schemas = new Set(["public"])
  let extensionTables = false
  for (const unit of units) {
    const schema = as(unit.node, "CreateSchemaStmt")
    if (schema?.schemaname !== undefined) schemas.add(schema.schemaname)
    const extension = as(unit.node, "CreateExtensionStmt")?.extname
    if (extension !== undefined && !withoutTables.has(extension)) extensionTables = true
    const altered = as(unit.node, "AlterTableStmt")
    const renamed = as(unit.node, "RenameStmt")
    const name = relationName(altered?.relation ?? renamed?.relation)
    const relation = name === undefined ? undefined : find(name, unit.path)
    if (relation === undefined) continue
    if (renamed !== undefined) relation.hidden = true
    if (altered === undefined) continue
    alter(relation, unit, altered)
    for (const [command] of all(altered.cmds, "AlterTableCmd")) {
      const child = command.subtype === "AT_AttachPartition"
        ? relationName(as(command.def, "PartitionCmd")?.name)
        : undefined
      const partition = child === undefined ? undefined : find(child, unit.path)
      if (partition !== undefined) partition.partition = true
    }
  }

  const broken = files.flatMap((file) => file.broken.map((text) => text.toLowerCase()))
  const isInBroken = (name: string): boolean => broken.some((text) => text.includes(name.toLowerCase()))

  const columnSets = new Map<Relation, ReadonlySet<string> | undefined>()
  const columnsOf = (relation: Relation): ReadonlySet<string> | undefined => {
    if (columnSets.has(relation)) return columnSets.get(relation)
    columnSets.set(relation, undefined) // ends a circle of definitions
    let columns: Set<string> | undefined = relation.hidden ? undefined : new Set(relation.columns.keys())
    for (const { name, path } of relation.from) {
      const source = find(name, path)
      const inherited = source === undefined ? undefined : columnsOf(source)
      columns = columns === undefined || inherited === undefined ? undefined : new Set([...columns, ...inherited])
    }
    columnSets.set(relation, columns)
    return columns
  }

  const keyed = new Map<Relation, boolean | undefined>()
  const hasPrimaryKey = (relation: Relation): boolean | undefined => {
    if (relation.primaryKeys.length > 0) return true
    if (keyed.has(relation)) return keyed.get(relation)
    keyed.set(relation, undefined)
    const copied = relation.from.filter(({ keys }) => keys).map(({ name, path }) => {
      const source = find(name, path)
      return source === undefined ? undefined : hasPrimaryKey(source)
    })
    const unknown = relation.unit.statement.partial || relation.partition || isInBroken(relation.name)
    const result = copied.includes(true) ? true : unknown || copied.includes(undefined) ? undefined : false
    keyed.set(relation, result)
    return result
  }

  const mayExist = (name: QualifiedName, path: ReadonlyArray<string>): boolean =>
    extensionTables || isInBroken(name.name) ||
    (name.schema === undefined ? path : [name.schema]).some((schema) => !schemas.has(schema))

  return {
    units,
    relations: [...relations.values()],
    repeated,
    find,
    columnsOf,
    hasPrimaryKey,
    mayExist,
    isInBroken
  }
}
