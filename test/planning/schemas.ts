/** Made-up schemas for tests of plans: objects of PostgreSQL's kinds, as introspection would give them. */
import * as Result from "effect/Result"
import type { Catalog, CatalogObject, ObjectId, State } from "../../src/Catalog.ts"
import { statementsOf } from "../../src/Plan.ts"
import * as Planner from "../../src/Planner.ts"
import { objectId } from "../../src/postgres/kinds/names.ts"
import { kindOf } from "../../src/postgres/kinds/registry.ts"

/** An object, and what it needs beside its parent. */
export interface Made {
  readonly object: CatalogObject
  readonly needs: ReadonlyArray<ObjectId>
}

const make = (
  kind: string,
  name: ReadonlyArray<string>,
  state: State,
  rest: { readonly parent?: ObjectId; readonly position?: number; readonly needs?: ReadonlyArray<ObjectId> } = {}
): Made => {
  const { needs = [], ...place } = rest
  return { object: { kind, id: objectId(kind, name), name, state, ...place }, needs }
}

/** The identity of a part of a table of schema `public`. */
export const idOf = (kind: string, ...name: ReadonlyArray<string>): ObjectId => objectId(kind, ["public", ...name])

/** A table with columns of these types, in this order; a type that ends with `?` may be null. */
export const table = (
  name: string,
  columns: Readonly<Record<string, string>>,
  state: State = {},
  column: { readonly inherited?: true; readonly needs?: (column: string) => ReadonlyArray<ObjectId> } = {}
): ReadonlyArray<Made> => [
  make("table", ["public", name], state),
  ...Object.entries(columns).map(([columnName, type], i) =>
    make("column", ["public", name, columnName], {
      type: type.replace("?", ""),
      nullable: type.endsWith("?"),
      ...(column.inherited && { inherited: true })
    }, { parent: idOf("table", name), position: i + 1, needs: column.needs?.(columnName) ?? [] })
  )
]

/** A type of schema `public`. */
export const type = (kind: string, name: string, state: State, needs: ReadonlyArray<ObjectId> = []): Made =>
  make(kind, ["public", name], state, { needs })

/** A constraint on columns of a table. */
export const constraint = (
  tableName: string,
  name: string,
  type: string,
  columns: ReadonlyArray<string>,
  definition: string,
  state: State = {},
  needs: ReadonlyArray<ObjectId> = []
): Made =>
  make("constraint", ["public", tableName, name], { type, definition, columns, ...state }, {
    parent: idOf("table", tableName),
    needs: [...columns.map((column) => idOf("column", tableName, column)), ...needs]
  })

/** An index on one column of a table. */
export const index = (
  tableName: string,
  name: string,
  column: string,
  state: State = {},
  needs: ReadonlyArray<ObjectId> = []
): Made =>
  make("index", ["public", name], {
    on: ["public", tableName],
    definition: `CREATE INDEX ${name} ON public.${tableName} USING btree (${column})`,
    columns: [column],
    unique: false,
    ...state
  }, { parent: idOf("table", tableName), needs: [idOf("column", tableName, column), ...needs] })

/** A sequence that a column owns and takes its default from. */
export const serial = (name: string, tableName: string, column: string): ReadonlyArray<Made> => [
  make("sequence", ["public", name], {}),
  make("sequence owner", ["public", name], { table: ["public", tableName], column }, {
    parent: idOf("sequence", name),
    needs: [idOf("column", tableName, column)]
  }),
  make("default", ["public", tableName, column], { expression: `nextval('public.${name}'::regclass)` }, {
    parent: idOf("column", tableName, column),
    needs: [idOf("sequence", name)]
  })
]

/** That a table inherits from another, of which it needs the columns. */
export const inheritance = (child: string, parent: string, columns: ReadonlyArray<string>): Made =>
  make("inheritance", ["public", child, "public", parent], {}, {
    parent: idOf("table", child),
    position: 1,
    needs: [idOf("table", parent), ...columns.map((column) => idOf("column", parent, column))]
  })

/** That a table is a partition of another, with what ATTACH takes over or compares. */
export const partition = (child: string, parent: string, bound: string, needs: ReadonlyArray<ObjectId>): Made =>
  make("partition", ["public", child], { of: ["public", parent], bound }, {
    parent: idOf("table", child),
    needs: [idOf("table", parent), ...needs]
  })

/** A schema of these objects. */
export const schemaOf = (...made: ReadonlyArray<Made | ReadonlyArray<Made>>): Catalog => {
  const all = made.flat()
  return {
    dialect: "postgres",
    major: 18,
    objects: new Map(all.map(({ object }) => [object.id, object])),
    dependencies: new Map(
      all.map((
        { needs, object }
      ) => [object.id, new Set([...object.parent === undefined ? [] : [object.parent], ...needs])])
    ),
    unmanaged: []
  }
}

/** The statements of the plan from one schema to another, for a server of that major version. */
export const planned = (from: Catalog, to: Catalog, serverMajor = 18): ReadonlyArray<string> =>
  Result.getOrThrow(Planner.plan(from, to, {
    kindOf: (name) => {
      const kind = kindOf(name)
      if (kind === undefined) throw new Error(`no kind is called ${name}`)
      return kind
    },
    serverMajor
  })).flatMap(statementsOf)
