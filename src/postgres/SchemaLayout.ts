/**
 * Where each kind of object stands in schema JSON, and which fields its entries have: objects with a schema of their own
 * in sections at the top, their parts inside their entries. A kind that is not named here is a section at the top.
 */
import * as Schema from "effect/Schema"
import type { Json } from "../Catalog.ts"
import { columnFields, foreignKeyFields, head, indexFields, qualifiedName } from "../SchemaDocument.ts"
import { ColumnState } from "./kinds/column/state.ts"
import { ConstraintState } from "./kinds/constraint.ts"
import { defaultPrivilegesName, type DefaultPrivilegesState } from "./kinds/default-privileges.ts"
import { GrantState } from "./kinds/grant.ts"
import { IndexState } from "./kinds/index.ts"
import type { Kind } from "./kinds/Kind.ts"
import { kindOf, kinds } from "./kinds/registry.ts"
import { SecurityLabelState } from "./kinds/security-label.ts"

/** The name of an object as its entry says it; the rest is known from the entry around it. */
export interface EntryName {
  readonly schema?: string
  readonly name?: string
  readonly argument_types?: string
  readonly left_type?: string
  readonly right_type?: string
  readonly access_method?: string
  readonly number?: string
  readonly source_type?: string
  readonly target_type?: string
  readonly type?: string
  readonly language?: string
  readonly server?: string
  readonly role?: string
}

/** How the names of a kind's objects are written in entries, and read from there. */
export interface Naming {
  readonly fields: Schema.Struct.Fields
  readonly write: (name: ReadonlyArray<string>, parent: ReadonlyArray<string>) => EntryName
  readonly read: (entry: EntryName, parent: ReadonlyArray<string>) => ReadonlyArray<string>
}

const named: Naming = {
  fields: { name: Schema.NonEmptyString },
  write: ([name = ""]) => ({ name }),
  read: ({ name = "" }) => [name]
}

const qualified: Naming = {
  fields: qualifiedName,
  write: ([schema = "", name = ""]) => ({ schema, name }),
  read: ({ name = "", schema = "public" }) => [schema, name]
}

const routine: Naming = {
  fields: { ...qualifiedName, argument_types: Schema.String },
  write: ([schema = "", name = "", types = "()"]) => ({ schema, name, argument_types: types.slice(1, -1) }),
  read: ({ argument_types = "", name = "", schema = "public" }) => [schema, name, `(${argument_types})`]
}

const member: Naming = {
  fields: { name: Schema.NonEmptyString },
  write: (name) => ({ name: name.at(-1) ?? "" }),
  read: ({ name = "" }, parent) => [...parent, name]
}

const beside: Naming = {
  fields: qualifiedName,
  write: ([schema = "", name = ""], parent) => schema === parent[0] ? { name } : { schema, name },
  read: ({ name = "", schema }, parent) => [schema ?? parent[0] ?? "", name]
}

const ancestor: Naming = {
  fields: qualifiedName,
  write: (name) => ({ schema: name[2] ?? "", name: name[3] ?? "" }),
  read: ({ name = "", schema = "public" }, parent) => [...parent, schema, name]
}

const tableOfPublication: Naming = {
  fields: qualifiedName,
  write: (name) => ({ schema: name[1] ?? "", name: name[2] ?? "" }),
  read: ({ name = "", schema = "public" }, parent) => [...parent, schema, name]
}

const same: Naming = { fields: {}, write: () => ({}), read: (_, parent) => parent }

const ownIndex: Naming = { fields: {}, write: () => ({}), read: (_, parent) => [parent[0] ?? "", parent.at(-1) ?? ""] }

const mappingOfRole: Naming = {
  fields: { server: Schema.NonEmptyString, role: Schema.NonEmptyString },
  write: ([server = "", role = ""]) => ({ server, role }),
  read: ({ role = "", server = "" }) => [server, role]
}

const usingMethod: Naming = {
  fields: { ...qualifiedName, access_method: Schema.NonEmptyString },
  write: ([schema = "", name = "", access_method = ""]) => ({ schema, name, access_method }),
  read: ({ access_method = "", name = "", schema = "public" }) => [schema, name, access_method]
}

/** Inside of an operator family's entry, or for a family of the system with the name of that. */
const familyEntry: Naming = {
  fields: {
    schema: Schema.optionalKey(Schema.NonEmptyString),
    name: Schema.optionalKey(Schema.NonEmptyString),
    access_method: Schema.optionalKey(Schema.NonEmptyString),
    number: Schema.String,
    left_type: Schema.String,
    right_type: Schema.String
  },
  write: (name, parent) => ({
    ...(parent.length === 0 ? usingMethod.write(name, parent) : {}),
    number: name[3] ?? "",
    left_type: name[4] ?? "",
    right_type: name[5] ?? ""
  }),
  read: ({ access_method, left_type = "", name, number = "", right_type = "", schema }, parent) => [
    schema ?? parent[0] ?? "public",
    name ?? parent[1] ?? "",
    access_method ?? parent[2] ?? "",
    number,
    left_type,
    right_type
  ]
}

/** The parts of a kind's objects, in the order of their sections, with the way of their names. */
const parts: Readonly<Record<string, ReadonlyArray<readonly [kind: string, naming: Naming]>>> = {
  domain: [["domain constraint", member]],
  "base type": [["function", routine]],
  "range type": [["function", routine]],
  "operator family": [["operator family operator", familyEntry], ["operator family function", familyEntry]],
  sequence: [["sequence owner", same]],
  table: [
    ["column", member],
    ["index", beside],
    ["constraint", member],
    ["partition", same],
    ["inheritance", ancestor],
    ["typed table", same],
    ["trigger", member],
    ["rule", member],
    ["policy", member],
    ["statistics", beside]
  ],
  "foreign table": [
    ["column", member],
    ["constraint", member],
    ["partition", same],
    ["inheritance", ancestor],
    ["trigger", member],
    ["statistics", beside]
  ],
  column: [["default", same]],
  index: [["index partition", ownIndex]],
  constraint: [["index partition", ownIndex]],
  partition: [["partition trigger", member]],
  view: [["trigger", member], ["rule", member]],
  publication: [["publication table", tableOfPublication], ["publication schema", member]],
  "materialized view": [["index", beside], ["statistics", beside]]
}

const prefix = "NONE"

const operator: Naming = {
  fields: { ...qualifiedName, left_type: Schema.optionalKey(Schema.String), right_type: Schema.String },
  write: ([schema = "", name = "", left = "", right = ""]) => ({
    schema,
    name,
    ...(left === prefix ? {} : { left_type: left }),
    right_type: right
  }),
  read: ({ left_type = prefix, name = "", right_type = "", schema = "public" }) => [schema, name, left_type, right_type]
}

const betweenTypes: Naming = {
  fields: { source_type: Schema.NonEmptyString, target_type: Schema.NonEmptyString },
  write: ([source_type = "", target_type = ""]) => ({ source_type, target_type }),
  read: ({ source_type = "", target_type = "" }) => [source_type, target_type]
}

const forLanguage: Naming = {
  fields: { type: Schema.NonEmptyString, language: Schema.NonEmptyString },
  write: ([type = "", language = ""]) => ({ type, language }),
  read: ({ language = "", type = "" }) => [type, language]
}

const byState: Naming = {
  fields: {},
  write: () => ({}),
  // every field of the name is one of the state
  read: (entry) => defaultPrivilegesName(entry as DefaultPrivilegesState)
}

const topNames: Readonly<Record<string, Naming>> = {
  schema: named,
  extension: named,
  "foreign-data wrapper": named,
  "foreign server": named,
  "user mapping": mappingOfRole,
  publication: named,
  subscription: named,
  "event trigger": named,
  function: routine,
  procedure: routine,
  aggregate: routine,
  language: named,
  "access method": named,
  operator,
  "operator family": usingMethod,
  "operator class": usingMethod,
  "operator family operator": familyEntry,
  "operator family function": familyEntry,
  cast: betweenTypes,
  transform: forLanguage,
  "default privileges": byState
}

/** One part of an entry: its kind, and whether the section holds a list of entries or one. */
export interface Part {
  readonly kind: Kind
  readonly naming: Naming
  readonly single: boolean
}

const partLists: ReadonlyMap<string, ReadonlyArray<Part>> = new Map(
  Object.entries(parts).map(([kind, list]) => [
    kind,
    list.flatMap(([name, naming]) => {
      const part = kindOf(name)
      return part === undefined ? [] : [{ kind: part, naming, single: Object.keys(naming.fields).length === 0 }]
    })
  ])
)

const noParts: ReadonlyArray<Part> = []

/** The parts that an entry of the kind can hold. */
export const partsOf = (kind: string): ReadonlyArray<Part> => partLists.get(kind) ?? noParts

const inner: ReadonlySet<string> = new Set([
  "comment",
  "owner",
  "grant",
  "security label",
  ...Object.values(parts).flatMap((list) => list.map(([kind]) => kind))
])

/** The kinds with sections at the top, tables first; objects of some are in the entry of another object where they are its parts. */
export const topKinds: ReadonlyArray<Part> = [
  ...kinds.filter(({ kind }) => kind === "table"),
  ...kinds.filter(({ kind }) => kind !== "table")
]
  .filter(({ kind }) => !inner.has(kind) || topNames[kind] !== undefined)
  .map((kind) => ({ kind, naming: topNames[kind.kind] ?? qualified, single: false }))

/** The section of a table that holds its foreign keys, apart from its other constraints. */
export const foreignKeys = "foreign_keys"

/** An entry as it stands in the document. */
export type Entry = { readonly [key: string]: Json | undefined }

/** An entry of those fields that are there. */
export const present = (fields: ReadonlyArray<readonly [string, Json | undefined]>): Entry =>
  Object.fromEntries(fields.filter(([, value]) => value !== undefined))

/** The texts of a list. */
export const strings = (value: Json | undefined): ReadonlyArray<string> | undefined =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined

/** The states of all kinds are structs: their fields. */
export const stateFields = (kind: Kind): Schema.Struct.Fields =>
  "fields" in kind.state ? kind.state.fields as Schema.Struct.Fields : {}

const {
  columns: _columns,
  definition: _definition,
  type: _type,
  referenced_table: _table,
  referenced_columns: _referenced,
  ...keyFields
} = ConstraintState.fields
const { definition: indexDefinition, on: _on, columns: _keys, unique: _unique, ...furtherIndexFields } =
  IndexState.fields
const { nullable: _nullable, type: _columnType, ...furtherColumnFields } = ColumnState.fields
const definition = Schema.optionalKey(indexDefinition)

/** The fields of a kind's state where its entries do not have just those. */
const entryFields: Readonly<Record<string, Schema.Struct.Fields>> = {
  column: { ...columnFields, ...furtherColumnFields },
  index: { ...indexFields, definition, ...furtherIndexFields },
  constraint: {
    type: Schema.Literals(["primary key", "unique", "check", "exclusion"]),
    columns: ConstraintState.fields.columns,
    definition,
    ...keyFields
  },
  [foreignKeys]: { ...foreignKeyFields, definition, ...keyFields }
}

const comments = {
  comment: Schema.optionalKey(Schema.String),
  /** Comments on what has no entry: `on` is what `COMMENT ON` says. */
  comments: Schema.optionalKey(Schema.Array(Schema.Struct({ on: Schema.String, text: Schema.String }))),
  /** Those of the object, and those of what has no entry: `on` is what `SECURITY LABEL … ON` says. */
  security_labels: Schema.optionalKey(Schema.Array(
    Schema.Struct({ ...SecurityLabelState.fields, on: Schema.optionalKey(Schema.String) }).annotate({
      identifier: "SecurityLabel"
    })
  ))
} as const

const grants = Schema.Array(
  Schema.Struct(GrantState.fields).annotate({ identifier: "Grant" })
)

const access = {
  /** The role that owns it, where that is not whoever reads the schema; null where that one owns it unusually. */
  owner: Schema.optionalKey(Schema.NullOr(Schema.String)),
  grants: Schema.optionalKey(grants)
} as const

const entrySchema = (
  part: Part,
  fields: Schema.Struct.Fields,
  identifier: string
): Schema.Struct<Schema.Struct.Fields> =>
  Schema.Struct({ ...part.naming.fields, ...fields, ...sectionsOf(part.kind.kind), ...access, ...comments }).annotate({
    identifier
  })

const identifierOf = (text: string): string =>
  text.replace(/(^|[ _])(\w)/g, (_, __, letter: string) => letter.toUpperCase())

const built = new Map<string, Schema.Struct<Schema.Struct.Fields>>()

const partSchema = (part: Part): Schema.Struct<Schema.Struct.Fields> => {
  // an index of a table and one of a materialized view are the same: one schema, one definition
  const known = built.get(part.kind.kind)
  if (known !== undefined) return known
  const made = entrySchema(part, entryFields[part.kind.kind] ?? stateFields(part.kind), identifierOf(part.kind.kind))
  built.set(part.kind.kind, made)
  return made
}

const sectionsOf = (kind: string): Schema.Struct.Fields => {
  const fields: Record<string, Schema.Top> = {}
  for (const part of partsOf(kind)) {
    if (part.kind.kind === "default") continue
    const schema = partSchema(part)
    fields[part.kind.section] = part.single
      ? Schema.optionalKey(schema)
      : part.kind.kind === "column"
      ? Schema.Array(schema)
      : Schema.optionalKey(Schema.Array(schema))
    if (part.kind.kind === "index" && kind === "table") {
      const constraint = partsOf(kind).find((other) => other.kind.kind === "constraint")
      if (constraint !== undefined) {
        fields[foreignKeys] = Schema.optionalKey(
          Schema.Array(entrySchema(constraint, entryFields[foreignKeys] ?? {}, "ForeignKey"))
        )
      }
    }
  }
  return fields
}

const sections: Record<string, Schema.Top> = {}
for (const part of topKinds) {
  const list = Schema.Array(partSchema(part))
  sections[part.kind.section] = part.kind.kind === "table" ? list : Schema.optionalKey(list)
}

// on objects of the system
sections["grants"] = Schema.optionalKey(grants)

/** The whole document of a PostgreSQL schema. */
export const PostgresSchema: Schema.Codec<Entry> = Schema.Struct({ ...head, ...sections }).annotate({
  title: "Lockplane schema",
  description: "A PostgreSQL schema as Lockplane writes and reads it."
  // the fields come together at run time: their types are those of JSON
}) as Schema.Struct<Schema.Struct.Fields> as unknown as Schema.Codec<Entry>
