/** Tables of PostgreSQL as SQLite has them, with their columns and constraints. */
import * as Result from "effect/Result"
import { type Catalog, type CatalogObject, dependenciesOf, type ObjectId } from "../../Catalog.ts"
import { isColumn } from "../../postgres/kinds/column/state.ts"
import type { Column } from "../../postgres/kinds/column/state.ts"
import { isConstraint } from "../../postgres/kinds/constraint.ts"
import { isDefault } from "../../postgres/kinds/default.ts"
import { as, type Fields, type Node, tagOf, textsOf } from "../../postgres/sql/ParseTree.ts"
import type { ColumnDefinition, ConstraintDefinition, ForeignKeyAction } from "../../sqlite/sql/Definition.ts"
import { quoteLiteral } from "../../sqlite/sql/Identifier.ts"
import { printTable } from "../../sqlite/sql/Printer.ts"
import type { Creation, Part } from "../Creation.ts"
import { changed, leftOut, type Note } from "../Note.ts"
import type { RelationNames } from "./Names.ts"
import type { Scope } from "./Natures.ts"
import type { Trees } from "./Trees.ts"
import { domainChecks, sqliteType, type TypeTranslation } from "./Types.ts"
import { translateExpression } from "./Writer.ts"

/** What tables share. */
export interface Surroundings {
  readonly catalog: Catalog
  readonly trees: Trees
  readonly names: RelationNames
  readonly types: ReadonlyMap<string, CatalogObject>
  readonly partsOf: (id: ObjectId) => ReadonlyArray<CatalogObject>
}

/** A translated table. */
export interface TranslatedTable {
  readonly creation: Creation
  readonly scope: Scope
  readonly notes: ReadonlyArray<Note>
}

type ConstraintTree = Fields<"Constraint">

const actions: Readonly<Record<string, ForeignKeyAction>> = {
  r: "RESTRICT",
  c: "CASCADE",
  n: "SET NULL",
  d: "SET DEFAULT"
}

const uuids = "Give the value in the INSERT, or use DEFAULT (lower(hex(randomblob(16))))."

/** A default that takes numbers from a sequence, as those of `serial` do. */
const isCounter = (node: Node | undefined): boolean =>
  as(node, "FuncCall") !== undefined && textsOf(as(node, "FuncCall")?.funcname).at(-1) === "nextval"

/** The scope of texts about a table. */
export const scopeOf = (columns: ReadonlyArray<Column>, around: Surroundings): Scope => {
  const natures = new Map(
    columns.map(({ name, state }) => [name[2] ?? "", sqliteType(state.type, around.types).nature] as const)
  )
  return { relation: around.names.of, nature: (column) => natures.get(column) }
}

/** The name that PostgreSQL chooses for a constraint without one: SQLite needs none (PostgreSQL manual, CREATE TABLE). */
const isChosen = (name: string, table: string, columns: ReadonlyArray<string>, type: string): boolean => {
  const suffix = type === "primary key" ? "pkey" : type === "unique" ? "key" : type === "foreign key" ? "fkey" : "check"
  const start = name.slice(0, name.lastIndexOf(`_${suffix}`))
  return new RegExp(`_${suffix}\\d*$`).test(name) &&
    [table, `${table}_${columns.join("_")}`, ...columns.map((column) => `${table}_${column}`)].includes(start)
}

/** A part of a table, with what it does to the definition. */
interface Clause extends Part {
  readonly column?: string
  readonly change?: (column: ColumnDefinition) => ColumnDefinition
  readonly constraint?: ConstraintDefinition
  /** What SQLite would look at only when a row is written. */
  readonly trial?: string
}

/** Translates a table. */
export const translateTable = (table: CatalogObject, called: string, around: Surroundings): TranslatedTable => {
  const { trees, types } = around
  const parts = around.partsOf(table.id)
  const columns = parts.filter(isColumn)
  const constraints = parts.filter(isConstraint).flatMap((object) => {
    const tree = trees.constraint(object.state.definition)
    return [{ object, tree, name: object.name[2] ?? "", state: object.state }]
  })
  const scope = scopeOf(columns, around)
  const notes: Array<Note> = []
  const clauses: Array<Clause> = []
  const add = <A>(object: string, made: Result.Result<A, string>, clause: (made: A) => Clause, next?: string): void => {
    if (Result.isSuccess(made)) clauses.push(clause(made.success))
    else notes.push(leftOut(object, made.failure, next))
  }

  const key = constraints.find(({ state }) => state.type === "primary key")
  const [only, ...others] = key?.state.columns ?? []
  const keyColumn = others.length > 0 ? undefined : only
  const defaultOf = (column: Column) => around.partsOf(column.id).find(isDefault)?.state.expression
  const counts = (column: Column): boolean => {
    const expression = defaultOf(column)
    return column.state.identity !== undefined || expression !== undefined && isCounter(trees.expression(expression))
  }

  /** Whether its sequence does anything else than to count from 1. */
  const isUnusual = (column: Column): boolean => {
    const sequences = around.partsOf(column.id).filter(isDefault)
      .flatMap(({ id }) => [...dependenciesOf(around.catalog, id)])
      .flatMap((id) => around.catalog.objects.get(id) ?? [])
      .filter(({ kind }) => kind === "sequence")
    return [column.state.identity, ...sequences.map(({ state }) => state)].some((state) =>
      ["start", "increment", "min", "cycle"].some((option) => state !== undefined && Object.hasOwn(state, option))
    )
  }

  const check = (object: string, tree: Node | undefined, name: string | undefined, of: Scope): void =>
    add(object, Result.flatMap(translateExpression(tree, of), timeless), (expression) => ({
      object,
      constraint: { kind: "check", expression, ...(name === undefined ? {} : { name }) }
    }))

  const define = (column: Column): ColumnDefinition => {
    const { generated, identity, nullable, type: declared } = column.state
    const name = column.name[2] ?? ""
    const object = `column ${called}.${name}`
    const type = sqliteType(declared, types)
    const isRowid = name === keyColumn && counts(column) && type.nature === "integer"
    if (type.why !== undefined) notes.push(changed(object, type.why, type.next))
    if (column.state.collation !== undefined) {
      notes.push(changed(object, `SQLite has no collation ${column.state.collation}: texts are compared byte by byte.`))
    }
    if (counts(column) && !isRowid) {
      notes.push(
        leftOut(
          `the counter of ${called}.${name}`,
          "SQLite counts only in an INTEGER PRIMARY KEY of one column.",
          "Give the value in the INSERT."
        )
      )
    } else if (isRowid && isUnusual(column)) {
      notes.push(changed(object, "SQLite counts from 1, by 1.", "Give the first row its number."))
    }
    if (isRowid && identity?.generation === "always") {
      notes.push(changed(object, "SQLite takes a value that is given, and PostgreSQL refuses it: GENERATED ALWAYS."))
    }
    typeChecks(name, type)
    columnDefault(column, type)
    if (generated !== undefined) {
      const tree = trees.expression(generated.expression)
      const shown = `the expression of generated column ${called}.${name}`
      add(shown, translateExpression(tree, scope), (expression) => ({
        object: shown,
        column: name,
        change: (definition) => ({
          ...definition,
          generated: { expression, ...(generated.kind === "stored" ? { stored: true as const } : {}) }
        })
      }), "It is an ordinary column now: a trigger can fill it.")
    }
    // INTEGER alone as the key would be the rowid, which counts
    const isPlainKey = name === keyColumn && !isRowid
    const plain = isPlainKey && type.type === "INTEGER" ? "BIGINT" : type.type
    const notNull = !nullable || type.domains?.some(({ state }) => state["not_null"] === true)
    return {
      name,
      type: isRowid ? "INTEGER" : plain,
      ...(notNull && !isRowid ? { notNull: true as const } : {}),
      ...(type.collate === undefined ? {} : { collate: type.collate })
    }
  }

  const typeChecks = (column: string, { domains = [], labels }: TypeTranslation): void => {
    if (labels !== undefined) {
      const list = labels.map(quoteLiteral).join(", ")
      clauses.push({
        object: `the values of ${called}.${column}`,
        constraint: { kind: "check", expression: `${sqliteName(column)} IN (${list})` }
      })
    }
    for (const domain of domains) {
      for (const { name, state } of domainChecks(around.partsOf(domain.id))) {
        check(
          `check ${name[2]} of ${called}.${column}, by its domain`,
          trees.constraint(state.definition)?.raw_expr,
          undefined,
          { ...scope, value: column }
        )
      }
    }
  }

  const columnDefault = (column: Column, { domains = [] }: TypeTranslation): void => {
    const inherited = domains.map(({ state }) => state["default"]).find((value) => typeof value === "string")
    const expression = defaultOf(column) ?? (typeof inherited === "string" ? inherited : undefined)
    if (expression === undefined) return
    const tree = trees.expression(expression)
    if (isCounter(tree)) return
    const name = column.name[2] ?? ""
    const object = `default ${expression} of ${called}.${name}`
    const made = translateExpression(tree, scope)
    if (Result.isSuccess(made) && made.success === "NULL") return
    add(object, made, (text) => {
      const isPlain = ["A_Const", "SQLValueFunction"].includes(tagOf(as(tree, "TypeCast")?.arg ?? tree)) ||
        /^CURRENT_(TIMESTAMP|DATE|TIME)$/.test(text)
      const value = isPlain ? truthOf(text) : `(${text})`
      return {
        object,
        column: name,
        next: nextFor(expression),
        trial: `SELECT ${value}`,
        change: (it) => ({ ...it, default: value })
      }
    }, nextFor(expression))
  }

  const definitions = columns.map(define)
  const counted = columns.find((column) =>
    column.name[2] === keyColumn && counts(column) &&
    sqliteType(column.state.type, types).nature === "integer"
  )
  for (const { name, object, state, tree } of constraints) {
    const shown = `${state.type} ${name} of ${called}`
    if (tree === undefined) {
      notes.push(leftOut(shown, "PostgreSQL's parser does not read it."))
      continue
    }
    notes.push(...constraintNotes(shown, tree))
    const named = isChosen(name, object.name[1] ?? "", state.columns ?? [], state.type) ? {} : { name }
    const list = state.columns ?? []
    switch (state.type) {
      case "primary key":
        clauses.push({
          object: shown,
          constraint: {
            kind: "primary key",
            ...named,
            columns: list.map((column) => ({ column })),
            ...(counted === undefined ? {} : { autoincrement: true })
          }
        })
        break
      case "unique":
        clauses.push({
          object: shown,
          constraint: { kind: "unique", ...named, columns: list.map((column) => ({ column })) }
        })
        break
      case "check":
        if (tree.is_enforced === false) notes.push(leftOut(shown, "It is NOT ENFORCED."))
        else check(shown, tree.raw_expr, named.name, scope)
        break
      case "foreign key":
        add(shown, foreignKey(tree, named, around.names), (constraint) => ({ object: shown, constraint }))
        break
      case "exclusion":
        notes.push(leftOut(shown, "SQLite has no exclusion constraints.", "Write triggers that refuse such rows."))
        break
    }
  }

  return {
    scope,
    notes,
    creation: {
      object: `table ${called}`,
      parts: clauses,
      sql: (without) => {
        const kept = clauses.filter((clause) => !without.has(clause))
        const script = [
          printTable({
            kind: "table",
            name: called,
            columns: definitions.map((definition) =>
              kept.filter(({ column }) => column === definition.name)
                .reduce((made, { change }) => change?.(made) ?? made, definition)
            ),
            constraints: kept.flatMap(({ constraint }) => constraint ?? [])
          }),
          ...kept.flatMap(({ trial }) => trial ?? [])
        ]
        return script.join(";\n")
      }
    }
  }
}

const sqliteName = (name: string): string => translateName({ ColumnRef: { fields: [{ String: { sval: name } }] } })

const noScope: Scope = { relation: () => undefined, nature: () => undefined }

const translateName = (node: Node): string => Result.getOrElse(translateExpression(node, noScope), () => "")

/** Truth values as SQLite stores them. */
const truthOf = (text: string): string => text === "TRUE" ? "1" : text === "FALSE" ? "0" : text

const nextFor = (expression: string): string | undefined =>
  /uuid/i.test(expression) ? uuids : "Give the value in the INSERT."

/** SQLite refuses rows whose check asks for the time. */
const timeless = (text: string): Result.Result<string, string> =>
  /\bCURRENT_(TIMESTAMP|DATE|TIME)\b/.test(text)
    ? Result.fail("SQLite does not ask for the time in a CHECK.")
    : Result.succeed(text)

const constraintNotes = (object: string, tree: ConstraintTree): ReadonlyArray<Note> => [
  ...(tree.nulls_not_distinct === true
    ? [changed(object, "SQLite takes NULLs for distinct: NULLS NOT DISTINCT.")]
    : []),
  ...((tree.including ?? []).length > 0 ? [changed(object, "SQLite has no INCLUDE.")] : []),
  ...(tree.deferrable === true && tree.contype !== "CONSTR_FOREIGN"
    ? [changed(object, "SQLite checks it at once, and defers foreign keys only.")]
    : []),
  ...(tree.deferrable === true && tree.initdeferred !== true && tree.contype === "CONSTR_FOREIGN"
    ? [changed(object, "SQLite has no SET CONSTRAINTS.", "PRAGMA defer_foreign_keys defers them for a transaction.")]
    : []),
  ...(tree.fk_matchtype === "f" ? [changed(object, "SQLite has no MATCH FULL.")] : [])
]

const foreignKey = (
  tree: ConstraintTree,
  named: { readonly name?: string },
  names: RelationNames
): Result.Result<ConstraintDefinition, string> => {
  const table = names.of(tree.pktable?.schemaname, tree.pktable?.relname ?? "")
  if (table === undefined) return Result.fail("The table that it references is not there.")
  if (tree.is_enforced === false) return Result.fail("It is NOT ENFORCED.")
  if ((tree.fk_del_set_cols ?? []).length > 0) return Result.fail("SQLite has no SET NULL of some columns alone.")
  const onDelete = actions[tree.fk_del_action ?? ""]
  const onUpdate = actions[tree.fk_upd_action ?? ""]
  return Result.succeed({
    kind: "foreign key",
    ...named,
    columns: textsOf(tree.fk_attrs),
    table,
    referenced: textsOf(tree.pk_attrs),
    ...(onDelete === undefined ? {} : { onDelete }),
    ...(onUpdate === undefined ? {} : { onUpdate }),
    ...(tree.initdeferred === true ? { deferred: true as const } : {})
  })
}
