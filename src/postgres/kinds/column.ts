/** Columns of tables (PostgreSQL manual, CREATE TABLE and ALTER TABLE). */
import { dependentsIndex } from "../../Catalog.ts"
import { columnClause, columnExtras, compression, statistics, storage } from "./column/definition.ts"
import { alterGenerated, expressionFrom, refusesExpression } from "./column/generated.ts"
import {
  arrivingFrom,
  changesDefinition,
  hasChildren,
  isExplicitColumn,
  linkedChildren,
  losesExpression,
  passesNotNull
} from "./column/inheritance.ts"
import { nullability, setNotNull, withoutChosenName } from "./column/notNull.ts"
import { columnQuery } from "./column/query.ts"
import {
  alterColumn,
  collate,
  type Column,
  columnName,
  ColumnState,
  display,
  displayTable,
  isForeign,
  tableOf
} from "./column/state.ts"
import {
  alterType,
  bothEndsChangeType,
  isPartitionKey,
  readsColumn,
  standsInTheWay,
  tiesInTheWay,
  toastOptions,
  withoutModifier
} from "./column/type.ts"
import { moved } from "./compositeConversion.ts"
import { optionsChange } from "./foreignOptions.ts"
import { identityAlterations } from "./identity.ts"
import { type Hazard, inPlace, type Kind, type PlanContext, type Statement } from "./Kind.ts"
import { sqlName } from "./names.ts"
import { optionChanges } from "./options.ts"
import { dropsOnlyHere, inheritedFrom, leaves, onlyInherits, takenAlongBy } from "./parents.ts"
import { withinOwner } from "./renaming.ts"

/** The change of a column's options for the foreign-data wrapper of its table. */
const foreignOptions = (from: Column, to: Column): ReadonlyArray<Statement> => {
  const change = optionsChange(from.state.foreign_options, to.state.foreign_options)
  return change === undefined ? [] : [{
    sql: `ALTER FOREIGN TABLE ${tableOf(to)} ALTER COLUMN ${columnName(to)} ${change}`,
    description: `Change options of ${display(to)}`
  }]
}

const tablePersistence = (object: Column, { target }: PlanContext): "logged" | "unlogged" =>
  target.objects.get(object.parent ?? "")?.state["persistence"] === "unlogged" ? "unlogged" : "logged"

/** The column without what servers of this major version do not have. */
const asOf = (object: Column, major: number): Column => {
  if (major >= 18) return object
  // not-null constraints have names and options of their own since PostgreSQL 18
  const { identity, not_null: named, own, ...state } = object.state
  const isOld = named === undefined && own?.not_null === undefined
  if (isOld && (major >= 15 || identity?.persistence === undefined)) return object
  const { persistence: __, ...older } = identity ?? {}
  return {
    ...object,
    state: {
      ...state,
      ...(own?.declared === undefined ? {} : { own: { declared: own.declared } }),
      ...(identity === undefined
        ? {}
        : { identity: major >= 15 ? identity : { ...older, generation: identity.generation } })
    }
  }
}

const failsWithRows = (object: Column): Hazard => ({
  code: "fails_with_rows",
  message: `Column ${display(object)} is NOT NULL and has no default: the step fails if table ${
    displayTable(object)
  } has rows.`
})

/** The kind `column`. */
export const column: Kind<ColumnState> = {
  kind: "column",
  section: "columns",
  catalog: "pg_class",
  printed: ["generated"],
  convertsValues: true,
  state: ColumnState,
  query: columnQuery,
  columns: ["oid", "subid", "of", "part", "position", "addresses", "depends"],
  sharesStates: true,
  normalize: withoutChosenName,
  asOf,
  claims: (object) => {
    const { identity, not_null: notNull, own } = object.state
    const constraint = notNull?.name ?? own?.not_null?.name
    const sequence = identity?.sequence_name ?? `${object.name[1]}_${object.name[2]}_seq`
    return [
      ...(identity === undefined
        ? []
        : [`relation ${sqlName([identity.sequence_schema ?? object.name[0] ?? "", sequence])}`]),
      ...(constraint === undefined ? [] : [`constraint ${sqlName([...object.name.slice(0, 2), constraint])}`])
    ]
  },
  dropsWith: (object, context) => onlyInherits(object) ? takenAlongBy(object, context) : [],
  folds: () => true,
  comesAlong: (object, context) => !isExplicitColumn(object, context),
  create: (object, context, folded) => {
    if (!isExplicitColumn(object, context)) return columnExtras(object, context)
    const columnDefault = folded.find((part) => part.kind === "default")
    if (object.state.identity !== undefined && hasChildren(object, context)) {
      const { identity, ...plain } = object.state
      return [
        ...column.create({ ...object, state: plain }, context, folded),
        ...identityAlterations(object.name, undefined, identity, tablePersistence(object, context)).add
      ]
    }
    const mustHaveValue = !isForeign(object) && !object.state.nullable && columnDefault === undefined &&
      object.state.identity === undefined &&
      object.state.generated === undefined
    // said with the column, PostgreSQL 18 makes the children's columns not null too, without a constraint
    if (object.state.not_null?.no_inherit === true && hasChildren(object, context)) {
      const { not_null: _, ...state } = object.state
      const nullable = { ...object, state: { ...state, nullable: true } }
      return [
        ...column.create(nullable, context, folded),
        ...setNotNull(nullable, object, context).map((statement) => ({
          ...statement,
          hazards: mustHaveValue ? [failsWithRows(object)] : statement.hazards ?? []
        }))
      ]
    }
    return [
      {
        sql: `ALTER TABLE ${tableOf(object)} ADD COLUMN ${columnClause(object, columnDefault, context)}`,
        description: `Add column ${columnName(object)} to table ${displayTable(object)}`,
        hazards: mustHaveValue ? [failsWithRows(object)] : []
      },
      ...columnExtras(object, context),
      ...toastOptions(object, context)
    ]
  },
  displaces: (object, { creates, target }) =>
    creates(object.parent ?? "") ? [] : [...dependentsIndex(target).get(object.id) ?? []].filter((id) =>
      // it holds rows of the table; what only reads the column is there no sooner than that
      target.objects.get(id)?.kind === "materialized view"
    ),
  drop: (object, context) =>
    onlyInherits(object) && takenAlongBy(object, context).length > 0 ? [] : [
      // with the column, PostgreSQL 18 leaves the not-null constraints of children that keep theirs inherited from nothing
      ...(context.serverMajor >= 18 && passesNotNull(object) && linkedChildren(object, context).length > 0
        ? [
          ...identityAlterations(object.name, object.state.identity, undefined, "logged").drop,
          { sql: alterColumn(object, "DROP NOT NULL", true), description: `Change nullability of ${display(object)}` }
        ]
        : []),
      {
        sql: `ALTER TABLE ${dropsOnlyHere(object.id, context) ? "ONLY " : ""}${tableOf(object)} DROP COLUMN ${
          columnName(object)
        }`,
        description: `Drop column ${columnName(object)} from table ${displayTable(object)}`,
        hazards: object.state.generated === undefined && !isForeign(object)
          ? [{ code: "data_loss", message: `The values of ${display(object)} are lost.` }]
          : []
      }
    ],
  refuses: (from, to, context) => {
    const table = context.target.objects.get(to.parent ?? "")
    return from.state.type === to.state.type && from.state.collation === to.state.collation ||
        !readsColumn(table?.state["partition_key"], to)
      ? refusesExpression(from, to, context)
      : `${
        display(to)
      } cannot change from ${from.state.type} to ${to.state.type}: it is in the partition key of table ${
        displayTable(to)
      }, and PostgreSQL never changes the type of such a column. Create a partitioned table with the new type under ` +
        "another name, move the rows over, and drop the old one."
  },
  alter: (from, to, context) => {
    const generated = alterGenerated(from, to, context)
    if ("_tag" in generated) return generated
    const typeChanges = changesDefinition(from, to)
    const isBrought = (way: (from: Column, to: Column) => boolean): boolean =>
      way(from, to) && arrivingFrom(from, to, context, way).length > 0
    const identity = identityAlterations(
      to.name,
      from.state.identity,
      to.state.identity,
      tablePersistence(to, context)
    )
    const nullabilityChanges = nullability(from, to, context)
    const statements: Array<Statement> = [
      ...identity.drop,
      // PostgreSQL 18 does not make the constraint again for a new type where a child declares its own under another name
      ...(to.state.nullable ? nullabilityChanges : []),
      ...(isBrought(losesExpression) ? [] : generated),
      ...(typeChanges && !isBrought(changesDefinition) && !context.carries(to.id)
        ? [alterType(from, to, context)]
        : []),
      ...(typeChanges ? toastOptions(to, context) : []),
      ...(to.state.nullable ? [] : nullabilityChanges),
      ...identity.add,
      ...(from.state.storage === to.state.storage && !(typeChanges && to.state.storage !== undefined)
        ? []
        : [storage(to, context)]),
      ...(from.state.compression === to.state.compression && !(typeChanges && to.state.compression !== undefined)
        ? []
        : [compression(to)]),
      ...(from.state.statistics === to.state.statistics ? [] : [statistics(to)]),
      ...optionChanges(from.state.options, to.state.options).map((change) => ({
        sql: alterColumn(to, change, true),
        description: `Change options of ${display(to)}`
      })),
      ...foreignOptions(from, to)
    ]
    if (!typeChanges) return inPlace(statements, (dependent) => tiesInTheWay(from, to, dependent, context))
    const other = withoutModifier(from.state.type) !== withoutModifier(to.state.type)
    return inPlace(
      statements,
      (dependent) =>
        standsInTheWay(to, dependent, context) || tiesInTheWay(from, to, dependent, context) ||
        other && (dependent.kind === "default" && dependent.parent === to.id || bothEndsChangeType(dependent, context))
    )
  },
  carry: (object, context) => {
    if (object.state.generated !== undefined) return undefined
    if (isPartitionKey(object, context)) return undefined
    const values = moved(columnName(object), object, object.state.type, context)
    const isBrought = object.state.inherited === true &&
      inheritedFrom(object, context.source).some((id) => !leaves(object, id, context))
    const statements: ReadonlyArray<Statement> = isBrought ? [] : [{
      sql: alterColumn(
        object,
        `TYPE ${object.state.type}${collate(object.state)}${isForeign(object) ? "" : ` USING ${values}`}`
      ),
      description: `Move ${display(object)} to the new type ${object.state.type}`,
      hazards: isForeign(object) ? [] : [
        { code: "rewrite", message: `Table ${displayTable(object)} is rewritten while nobody can read or write it.` },
        {
          code: "conversion",
          message: `Values of ${display(object)} that the new ${object.state.type} does not have make this step fail.`
        }
      ]
    }]
    // the new type brings its own
    const settings = [
      ...(object.state.storage === undefined ? [] : [storage(object, context)]),
      ...(object.state.compression === undefined ? [] : [compression(object)])
    ]
    // what a foreign key pairs with the column is of the same type, and moves too
    return inPlace(
      [...statements, ...settings, ...toastOptions(object, context)],
      (dependent) =>
        standsInTheWay(object, dependent, context) || dependent.state["type"] === "foreign key" ||
        dependent.kind === "default" && dependent.parent === object.id
    )
  },
  altersWith: (from, to, context) => [...arrivingFrom(from, to, context), ...expressionFrom(from, to, context)],
  outlives: (object, need) => need.kind === "column" && need.parent !== object.parent,
  holdsRows: (object) => object.state.generated === undefined && !isForeign(object),
  requires: (object) =>
    object.state.generated?.kind === "virtual" ? [{ feature: "a virtual generated column", since: 18 }] : [],
  commentTarget: (object) => `COLUMN ${sqlName(object.name)}`,
  renaming: withinOwner("TABLE", "COLUMN", { users: "statements", follows: ({ state }) => state.inherited === true }),
  describe: (object) => `column ${display(object)}`
}
