/**
 * The structural rules: what PostgreSQL would refuse when it loads the files, as far as that can be told for certain without a
 * database, each at the place of the name itself; and what it would take, but nobody wants.
 */
import type { Range } from "../../text/Position.ts"
import { type IssueCode, type Problem, problem } from "../../text/Problem.ts"
import { findWords, listAfter } from "./Lexer.ts"
import { key, nameAt, type Outline, type Place, type Relation, relationRange, type Unit } from "./Outline.ts"
import { all, as, type Fields, type QualifiedName, relationName, textOf, textsOf, walk } from "./ParseTree.ts"

type Rule = (outline: Outline) => ReadonlyArray<Problem>

const systemColumns = new Set(["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"])

const at = (place: Place, code: IssueCode, message: string): Problem =>
  problem(place.statement, code, message, place.range)

const written = ({ schema, name }: QualifiedName): string =>
  schema === undefined || schema === "public" ? `"${name}"` : `"${schema}.${name}"`

/** A list of names with the place of each. */
interface NamedPlace {
  readonly name: string
  readonly range: Range
}

/** A constraint or index element list: names in the tree's order, places from the statement's tokens. */
const listedNames = (
  unit: Unit,
  names: ReadonlyArray<string>,
  listFrom: number,
  which: 0 | -1 = 0
): ReadonlyArray<NamedPlace> => {
  const elements = listAfter(unit.statement.tokens(), listFrom)
  return names.map((name, i) => {
    const token = elements[i]?.at(which)
    return { name, range: token === undefined ? unit.statement : { start: token.start, end: token.end } }
  })
}

const unknownColumns = (
  outline: Outline,
  unit: Unit,
  relation: Relation | undefined,
  names: ReadonlyArray<NamedPlace>,
  code: IssueCode
): ReadonlyArray<Problem> => {
  const columns = relation === undefined ? undefined : outline.columnsOf(relation)
  if (relation === undefined || columns === undefined) return []
  return names
    .filter(({ name }) => !columns.has(name) && !systemColumns.has(name))
    .filter(({ name }) => !(outline.isInBroken(relation.name) && outline.isInBroken(name)))
    .map(({ name, range }) =>
      problem(
        unit.statement,
        code,
        `${written(relation)} has no column "${name}"; its columns are ${[...columns].join(", ")}`,
        range
      )
    )
}

/** A table's constraint with the columns that it stands on, if it stands on one column's definition. */
interface TableConstraint {
  readonly unit: Unit
  readonly table: QualifiedName
  readonly constraint: Fields<"Constraint">
  readonly column: Fields<"ColumnDef"> | undefined
}

/** Every constraint that the files write, in column and table definitions and in ALTER TABLE. */
const constraints = (outline: Outline): ReadonlyArray<TableConstraint> =>
  outline.units.flatMap((unit): ReadonlyArray<TableConstraint> => {
    const created = as(unit.node, "CreateStmt") ?? as(unit.node, "CreateForeignTableStmt")?.base
    const altered = as(unit.node, "AlterTableStmt")
    const table = relationName(created?.relation ?? altered?.relation)
    if (table === undefined || created?.relation?.relpersistence === "t") return []
    const elements = created?.tableElts ??
      all(altered?.cmds, "AlterTableCmd").flatMap(([{ def }]) => (def === undefined ? [] : [def]))
    return elements.flatMap((element) => {
      const constraint = as(element, "Constraint")
      const column = as(element, "ColumnDef")
      return [
        ...(constraint === undefined ? [] : [{ unit, table, constraint, column: undefined }]),
        ...all(column?.constraints, "Constraint").map(([own]) => ({ unit, table, constraint: own, column }))
      ]
    })
  })

const keyConstraints = new Set(["CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_EXCLUSION"])

const duplicateTable: Rule = ({ repeated }) =>
  repeated.map(({ name, place }) =>
    at(place, "duplicate_table", `relation ${written(name)} is defined twice; keep one of the definitions`)
  )

const duplicateColumn: Rule = ({ relations }) =>
  relations.flatMap((relation) =>
    [...relation.columns].flatMap(([name, places]) =>
      places.slice(1).map((place) =>
        at(
          place,
          "duplicate_column",
          `column "${name}" of ${written(relation)} is defined twice; keep one of the definitions`
        )
      )
    )
  )

const duplicatePrimaryKey: Rule = ({ relations }) =>
  relations.flatMap((relation) =>
    relation.primaryKeys.slice(1).map((place) =>
      at(place, "duplicate_primary_key", `${written(relation)} has a primary key already; a table has only one`)
    )
  )

const indexNameRange = (unit: Unit): Range => {
  const tokens = unit.statement.tokens()
  const from = findWords(tokens, ["index"])?.end ?? unit.statement.start
  const after = findWords(tokens, ["if", "not", "exists"])?.end ?? findWords(tokens, ["index", "concurrently"])?.end ??
    from
  const token = tokens.find(({ start }) => start >= after)
  return token === undefined ? unit.statement : { start: token.start, end: token.end }
}

const constraintNameRange = ({ statement }: Unit, constraint: Fields<"Constraint">): Range => {
  const tokens = statement.tokens()
  const start = statement.offset(constraint.location)
  const name = tokens[tokens.findIndex((token) => token.start >= start && token.word === "constraint") + 1]
  return name === undefined ? statement : { start: name.start, end: name.end }
}

const duplicateIndex: Rule = (outline) => {
  const taken = new Map(
    outline.relations.map((relation): [string, string] => [key(relation.schema, relation.name), relation.kind])
  )
  const problems: Array<Problem> = []
  const take = (unit: Unit, table: QualifiedName, name: string, range: () => Range, repeatable: boolean): void => {
    const schema = outline.find(table, unit.path)?.schema ?? table.schema ?? unit.path[0] ?? "public"
    const id = key(schema, name)
    const by = taken.get(id)
    if (by === undefined) taken.set(id, "index")
    else if (!repeatable) {
      const message =
        `the name of index ${written({ schema, name })} is taken already (by ${
          by === "index" ? "an index" : `a ${by}`
        }); ` +
        "give it another, or take it out if it is the same"
      problems.push(problem(unit.statement, "duplicate_index", message, range()))
    }
  }
  for (const { unit, table, constraint } of constraints(outline)) {
    const { conname, contype } = constraint
    // a constraint USING INDEX takes the index over under its own name
    if (conname === undefined || !keyConstraints.has(contype ?? "") || constraint.indexname !== undefined) continue
    take(unit, table, conname, () => constraintNameRange(unit, constraint), false)
  }
  for (const unit of outline.units) {
    const index = as(unit.node, "IndexStmt")
    const table = relationName(index?.relation)
    if (index?.idxname === undefined || table === undefined) continue
    take(unit, table, index.idxname, () => indexNameRange(unit), index.if_not_exists === true)
  }
  return problems
}

const missingRelation = (outline: Outline, unit: Unit, name: QualifiedName | undefined): name is QualifiedName =>
  name !== undefined && outline.find(name, unit.path) === undefined && !outline.mayExist(name, unit.path)

const foreignKeys = (outline: Outline): ReadonlyArray<TableConstraint> =>
  constraints(outline).filter(({ constraint }) => constraint.contype === "CONSTR_FOREIGN")

const invalidFkTable: Rule = (outline) =>
  foreignKeys(outline).flatMap(({ unit, constraint }) => {
    const name = relationName(constraint.pktable)
    const range = (): Range => relationRange(unit.statement, constraint.pktable)
    if (missingRelation(outline, unit, name)) {
      const elsewhere = outline.relations.find((relation) => name.schema === undefined && relation.name === name.name)
      const hint = elsewhere === undefined
        ? "define it, or correct the name"
        : `write "${elsewhere.schema}.${elsewhere.name}" if you mean that one`
      return [
        problem(
          unit.statement,
          "invalid_fk_table",
          `foreign key references table ${written(name)}, which does not exist; ${hint}`,
          range()
        )
      ]
    }
    const relation = name === undefined ? undefined : outline.find(name, unit.path)
    return relation === undefined || relation.kind === "table" || relation.kind === "partition"
      ? []
      : [
        problem(
          unit.statement,
          "invalid_fk_table",
          `foreign key references ${written(relation)}, which is a ${relation.kind}, not a table`,
          range()
        )
      ]
  })

const invalidFkColumn: Rule = (outline) =>
  foreignKeys(outline).flatMap(({ unit, table, constraint, column }) => {
    const { statement } = unit
    const own = textsOf(constraint.fk_attrs)
    const other = textsOf(constraint.pk_attrs)
    const from = findWords(statement.tokens(), ["foreign", "key"], statement.offset(constraint.location))?.end ??
      statement.end
    const problems = [
      ...unknownColumns(
        outline,
        unit,
        outline.find(table, unit.path),
        listedNames(unit, own, from, -1),
        "invalid_fk_column"
      )
    ]
    const name = relationName(constraint.pktable)
    const target = name === undefined ? undefined : outline.find(name, unit.path)
    const range = relationRange(statement, constraint.pktable)
    problems.push(
      ...unknownColumns(outline, unit, target, listedNames(unit, other, range.end, -1), "invalid_fk_column")
    )
    if (target?.kind === "table" && other.length === 0 && outline.hasPrimaryKey(target) === false) {
      const message = `${written(target)} has no primary key to reference; write the referenced columns after its name`
      problems.push(problem(statement, "invalid_fk_column", message, range))
    }
    const count = column === undefined ? own.length : 1
    if (other.length > 0 && other.length !== count) {
      const message =
        `foreign key has ${count} column(s) and references ${other.length}; write as many of one as of the other`
      problems.push(problem(statement, "invalid_fk_column", message, range))
    }
    return problems
  })

/** The columns that an expression names by themselves. */
const columnReferences = (unit: Unit, relation: QualifiedName, expression: unknown): ReadonlyArray<NamedPlace> => {
  const found: Array<NamedPlace> = []
  walk(expression, (tag, fields) => {
    if (tag !== "ColumnRef") return
    const reference = as({ ColumnRef: fields }, "ColumnRef")
    const name = reference?.fields?.length === 1 ? textOf(reference.fields[0]) : undefined
    // the table's own name is its whole row
    if (name !== undefined && name !== relation.name) {
      found.push({ name, range: nameAt(unit.statement, reference?.location) })
    }
  })
  return found
}

const indexedNames = (unit: Unit, index: Fields<"IndexStmt">, table: QualifiedName): ReadonlyArray<NamedPlace> => {
  const { statement } = unit
  const from = relationRange(statement, index.relation).end
  const keys = all(index.indexParams, "IndexElem").map(([element]) => element.name ?? "")
  const included = all(index.indexIncludingParams, "IndexElem").map(([element]) => element.name ?? "")
  const include = findWords(statement.tokens(), ["include"], from)?.end ?? statement.end
  return [
    ...listedNames(unit, keys, from).filter(({ name }) => name !== ""),
    ...(included.length === 0 ? [] : listedNames(unit, included, include)),
    ...columnReferences(unit, table, [index.indexParams, index.whereClause])
  ]
}

const invalidIndexColumn: Rule = (outline) => [
  ...outline.units.flatMap((unit) => {
    const index = as(unit.node, "IndexStmt")
    const table = relationName(index?.relation)
    if (index === undefined || table === undefined) return []
    if (missingRelation(outline, unit, table)) {
      const message = `index is on ${written(table)}, which does not exist; define it, or correct the name`
      return [problem(unit.statement, "invalid_index_column", message, relationRange(unit.statement, index.relation))]
    }
    const relation = outline.find(table, unit.path)
    return unknownColumns(outline, unit, relation, indexedNames(unit, index, table), "invalid_index_column")
  }),
  ...constraints(outline).flatMap(({ unit, table, constraint }) => {
    if (!keyConstraints.has(constraint.contype ?? "")) return []
    const from = unit.statement.offset(constraint.location)
    return unknownColumns(
      outline,
      unit,
      outline.find(table, unit.path),
      listedNames(unit, textsOf(constraint.keys), from),
      "invalid_index_column"
    )
  })
]

const noPrimaryKey: Rule = (outline) =>
  outline.relations
    .filter((relation) => relation.kind === "table" && outline.columnsOf(relation)?.size !== 0)
    .filter((relation) => outline.hasPrimaryKey(relation) === false)
    .map((relation) =>
      at(
        relation.place,
        "no_primary_key",
        `table ${written(relation)} has no primary key; add one, so that each of its rows can be told apart`
      )
    )

const emptyTable: Rule = (outline) =>
  outline.relations
    .filter((relation) => relation.kind === "table" && outline.columnsOf(relation)?.size === 0)
    .filter((relation) => !outline.isInBroken(relation.name))
    .map((relation) =>
      at(relation.place, "empty_table", `table ${written(relation)} has no columns; add some, or take it out`)
    )

const rules: ReadonlyArray<Rule> = [
  duplicateTable,
  duplicateColumn,
  duplicatePrimaryKey,
  duplicateIndex,
  invalidFkTable,
  invalidFkColumn,
  invalidIndexColumn,
  noPrimaryKey,
  emptyTable
]

/** The structural rules for all files of a schema together. */
export const checkStructure = (outline: Outline): ReadonlyArray<Problem> => rules.flatMap((rule) => rule(outline))
