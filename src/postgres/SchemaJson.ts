/**
 * Schema JSON for PostgreSQL, both ways: a catalog as a document and back, without loss. Dependencies are not part of it:
 * a document is created on an engine and read back.
 */
import * as Effect from "effect/Effect"
import { type Catalog, type CatalogObject, compareText, type Json, partsIndex, type State } from "../Catalog.ts"
import { decodeDocument, SchemaDocumentError } from "../SchemaDocument.ts"
import { jsonSchemaOf } from "../version.ts"
import { GrantState, isGrant } from "./kinds/grant.ts"
import { isOwner } from "./kinds/owner.ts"
import { kindOf } from "./kinds/registry.ts"
import { isSecurityLabel } from "./kinds/security-label.ts"
import {
  type Entry,
  foreignKeys,
  type Part,
  partsOf,
  PostgresSchema,
  present,
  stateFields,
  strings,
  topKinds
} from "./SchemaLayout.ts"
import { SchemaReader } from "./SchemaReader.ts"
import { actionOf } from "./TableShorthand.ts"

type Fields = Record<string, Json | undefined>

/** A value with the keys of its objects sorted: databases and decoders have orders of their own. */
const sorted = (value: Json | undefined): Json | undefined => {
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  return present(
    Object.entries(value).sort(([a], [b]) => compareText(a, b)).map(([key, inner]) => [key, sorted(inner)])
  )
}

/** A state with its keys in this order. */
const ordered = (keys: ReadonlyArray<string>, state: State): Entry => {
  const fields: Fields = {}
  for (const key of keys) {
    const value = state[key]
    if (value !== undefined) fields[key] = sorted(value)
  }
  return fields
}

/** The state's keys in the order of its schema. */
const statedEntry = ({ kind }: Part, state: State): Entry => {
  const known = statedEntries.get(state)
  if (known !== undefined && known.kind === kind) return known.entry
  const entry = ordered(Object.keys(stateFields(kind)), state)
  statedEntries.set(state, { kind, entry })
  return entry
}

/** Objects that came from one reading share their states. */
const statedEntries = new WeakMap<State, { readonly kind: Part["kind"]; readonly entry: Entry }>()

/** The state of a part of a table in the words of its entry. */
const stateEntry = (part: Part, { name, state }: CatalogObject, primaryKey: ReadonlySet<string>): Entry => {
  const entry = statedEntry(part, state)
  switch (part.kind.kind) {
    case "index": {
      const { on: _, ...rest } = entry
      return rest
    }
    case "column": {
      const { nullable, type, ...rest } = entry
      return { type, nullable, is_primary_key: primaryKey.has(name[2] ?? ""), ...rest }
    }
    case "constraint": {
      if (state["type"] !== "foreign key") return entry
      const { columns, definition, referenced_columns, type: _, ...rest } = entry
      const [schema, table] = strings(state["referenced_table"]) ?? []
      const [onDelete, onUpdate] = [actionOf(String(definition), "DELETE"), actionOf(String(definition), "UPDATE")]
      return {
        columns,
        ...(schema === "public" ? {} : { referenced_schema: schema }),
        ...rest,
        referenced_table: table,
        referenced_columns,
        ...(onDelete === "NO ACTION" ? {} : { on_delete: onDelete }),
        ...(onUpdate === "NO ACTION" ? {} : { on_update: onUpdate }),
        definition
      }
    }
    default:
      return entry
  }
}

/** A grant's fields in a fixed order. */
export const grantEntry = ({ state }: CatalogObject<GrantState>): Entry =>
  ordered(Object.keys(GrantState.fields), state)

const asides: ReadonlySet<string> = new Set(["comment", "owner", "grant", "security label"])

const isAside = ({ kind }: CatalogObject): boolean => asides.has(kind)

const commentEntry = (object: CatalogObject, parts: ReadonlyArray<CatalogObject>): Entry => {
  if (!parts.some(isAside)) return {}
  const own = kindOf(object.kind)?.commentTarget?.(object)
  const comments = parts.filter(({ kind }) => kind === "comment")
  const owner = parts.find(isOwner)
  const grants = parts.filter(isGrant).toSorted((a, b) => compareText(a.id, b.id))
  const labels = parts.filter(isSecurityLabel).toSorted((a, b) => compareText(a.id, b.id))
  const others = comments.filter(({ state }) => state["on"] !== own)
  return present([
    ["owner", owner === undefined ? undefined : owner.state.role ?? null],
    ["grants", grants.length === 0 ? undefined : grants.map(grantEntry)],
    ["comment", comments.find(({ state }) => state["on"] === own)?.state["text"]],
    ["comments", others.length === 0 ? undefined : others.map(({ state: { on, text } }) => ({ on, text }))],
    [
      "security_labels",
      labels.length === 0
        ? undefined
        : labels.map(({ state: { label, on, provider } }) => ({ ...(on === own ? {} : { on }), provider, label }))
    ]
  ])
}

/**
 * A catalog as the value of its document, keys in a fixed order, lists in order of identity (columns: as they stand).
 * What the census names is not in it.
 */
export const toDocument = (catalog: Catalog): Entry => {
  const index = partsIndex(catalog)
  const none: ReadonlyArray<never> = []

  const entry = (
    part: Part,
    object: CatalogObject,
    parent: CatalogObject | undefined,
    primaryKey: ReadonlySet<string>
  ): Entry => {
    const own = index.get(object.id) ?? none
    const fields: Fields = {
      ...part.naming.write(object.name, parent?.name ?? none),
      ...stateEntry(part, object, primaryKey)
    }
    // most objects are columns and have no parts
    if (own.length === 0 && !partsOf(object.kind).some(({ kind }) => kind.kind === "column")) return fields
    const byKind = Map.groupBy(own, ({ kind }) => kind)
    const key = byKind.get("constraint")?.find(({ state }) => state["type"] === "primary key")?.state["columns"]
    const ownKey = new Set(strings(key))
    for (const section of partsOf(object.kind)) {
      const { kind, section: name } = section.kind
      const objects = byKind.get(kind) ?? none
      const [first] = objects
      if (first === undefined && kind !== "column") continue
      const entries = (chosen: ReadonlyArray<CatalogObject>): ReadonlyArray<Entry> =>
        chosen.map((one) => entry(section, one, object, ownKey))
      if (kind === "default") fields[name] = first?.state["expression"]
      else if (section.single) fields[name] = entries(objects)[0]
      else if (kind === "constraint") {
        const byType = Map.groupBy(objects, ({ state }) => state["type"] === "foreign key" ? foreignKeys : name)
        for (const list of [foreignKeys, name]) {
          const chosen = byType.get(list)
          if (chosen !== undefined) fields[list] = entries(chosen)
        }
      } else fields[name] = entries(objects)
    }
    return Object.assign(fields, commentEntry(object, own))
  }

  const isInside = ({ kind, parent = "" }: CatalogObject): boolean =>
    partsOf(catalog.objects.get(parent)?.kind ?? "").some((part) => part.kind.kind === kind)
  const byKind = Map.groupBy(catalog.objects.values(), ({ kind }) => kind)
  const ofSystem = [...byKind.get("grant") ?? none].filter(isGrant).filter(({ parent }) => parent === undefined)
    .toSorted((a, b) => compareText(a.id, b.id))
  const noKey: ReadonlySet<string> = new Set()
  return present([
    ["$schema", jsonSchemaOf("schema")],
    ["dialect", catalog.dialect],
    ...topKinds.map((part): readonly [string, Json | undefined] => {
      const objects = (byKind.get(part.kind.kind) ?? none).filter((object) => !isInside(object))
        .sort((a, b) => compareText(a.id, b.id))
      return [
        part.kind.section,
        objects.length === 0 && part.kind.kind !== "table"
          ? undefined
          : objects.map((object) => entry(part, object, undefined, noKey))
      ]
    }),
    ["grants", ofSystem.length === 0 ? undefined : ofSystem.map(grantEntry)]
  ])
}

/** A catalog as schema JSON: 2 spaces, final newline. */
export const encodeJson = (catalog: Catalog): string => `${JSON.stringify(toDocument(catalog), undefined, 2)}\n`

/**
 * The objects of a document, with what it leaves out filled in. Fails with everything that does not fit the schema
 * (unknown keys included), or else with everything that contradicts itself or is there twice.
 */
export const decode = Effect.fn("SchemaJson.decode")(
  function*(text: string): Effect.fn.Return<ReadonlyArray<CatalogObject>, SchemaDocumentError> {
    const document = yield* Effect.fromResult(decodeDocument(PostgresSchema, text))
    const reader = new SchemaReader()
    if (document["dialect"] === "sqlite") reader.problem(["dialect"], "is sqlite: not a PostgreSQL schema")
    for (const part of topKinds) reader.section(part, document[part.kind.section], undefined, [part.kind.section])
    reader.grants(undefined, document["grants"], ["grants"])
    if (reader.issues.length > 0) return yield* new SchemaDocumentError({ issues: reader.issues })
    return [...reader.objects.values()]
  }
)
