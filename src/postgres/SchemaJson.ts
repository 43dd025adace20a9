/**
 * Schema JSON for PostgreSQL, both ways: a catalog as a document and back, without loss. Dependencies are not part of it:
 * a document is created on an engine and read back.
 */
import * as Effect from "effect/Effect"
import {
  type Catalog,
  type CatalogObject,
  compareText,
  type Json,
  type ObjectId,
  partsIndex,
  type State
} from "../Catalog.ts"
import {
  decodeDocument,
  pathText,
  ReferentialAction,
  SchemaDocumentError,
  type SchemaDocumentIssue
} from "../SchemaDocument.ts"
import { jsonSchemaOf } from "../version.ts"
import { makeComment } from "./kinds/comment.ts"
import { GrantState, isGrant, makeGrant } from "./kinds/grant.ts"
import { objectId } from "./kinds/names.ts"
import { isOwner, makeOwner } from "./kinds/owner.ts"
import { kindOf } from "./kinds/registry.ts"
import { isSecurityLabel, makeSecurityLabel, type SecurityLabelState } from "./kinds/security-label.ts"
import {
  type Entry,
  type EntryName,
  foreignKeys,
  type Part,
  partsOf,
  PostgresSchema,
  stateFields,
  topKinds
} from "./SchemaLayout.ts"
import {
  actionOf,
  type Contradiction,
  foreignKeyContradiction,
  foreignKeyDefinition,
  indexContradiction,
  indexDefinition,
  keyContradiction,
  keyDefinition
} from "./TableShorthand.ts"

const strings = (value: Json | undefined): ReadonlyArray<string> | undefined =>
  Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined
const string = (value: Json | undefined): string | undefined => typeof value === "string" ? value : undefined
const boolean = (value: Json | undefined): boolean | undefined => typeof value === "boolean" ? value : undefined
const schemaAndName = (
  name: ReadonlyArray<string>
): readonly [schema: string, name: string] => [name[0] ?? "", name[1] ?? ""]

// writing

type Fields = Record<string, Json | undefined>

const present = (entries: ReadonlyArray<readonly [string, Json | undefined]>): Entry =>
  Object.fromEntries(entries.filter(([, value]) => value !== undefined))

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
  ordered(Object.keys(GrantState.fields), state as State)

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

// reading

/** What a document says in full: the objects, and where it contradicts itself. */
class Reader {
  readonly objects = new Map<ObjectId, CatalogObject>()
  readonly issues: Array<SchemaDocumentIssue> = []
  /** The primary key of each table. */
  private readonly primaryKeys = new Map<ObjectId | undefined, CatalogObject>()

  problem(path: ReadonlyArray<PropertyKey>, message: string): void {
    this.issues.push({ path: pathText(path), message })
  }

  add(object: CatalogObject, path: ReadonlyArray<PropertyKey>): void {
    if (this.objects.has(object.id)) this.problem(path, `${object.id} is there twice`)
    else this.objects.set(object.id, object)
    if (object.kind === "constraint" && object.state["type"] === "primary key") {
      this.primaryKeys.set(object.parent, object)
    }
  }

  private agree(path: ReadonlyArray<PropertyKey>, contradiction: Contradiction | undefined): void {
    if (contradiction !== undefined) this.problem(path, contradiction)
  }

  /** The state that an entry stands for, what it leaves out filled in. */
  private state(
    part: Part,
    entry: Entry,
    name: ReadonlyArray<string>,
    parent: ReadonlyArray<string>,
    path: ReadonlyArray<PropertyKey>
  ): State {
    const said = present(Object.keys(stateFields(part.kind)).map((key) => [key, entry[key]]))
    const definition = string(entry["definition"])
    const columns = strings(entry["columns"])
    switch (part.kind.kind) {
      case "column":
        return { ...said, nullable: boolean(entry["nullable"]) ?? entry["is_primary_key"] !== true }
      case "index": {
        const unique = boolean(entry["unique"])
        if (definition !== undefined) this.agree(path, indexContradiction({ columns, unique }, definition))
        else if (columns === undefined || columns.length === 0) this.problem(path, "needs columns or a definition")
        const made = {
          name: name[1] ?? "",
          columns: columns ?? [],
          unique: unique ?? /^\s*CREATE\s+UNIQUE\s/i.test(definition ?? "")
        }
        return {
          ...said,
          ...made,
          name: undefined,
          on: parent.slice(0, 2),
          definition: definition ?? indexDefinition(schemaAndName(parent), made)
        }
      }
      case "constraint":
        return entry["referenced_table"] === undefined
          ? this.constraint(said, columns, definition, path)
          : this.foreignKey(entry, said, columns ?? [], definition, path)
      default:
        return said
    }
  }

  private constraint(
    said: State,
    columns: ReadonlyArray<string> | undefined,
    definition: string | undefined,
    path: ReadonlyArray<PropertyKey>
  ): State {
    const { type } = said
    if (type !== "primary key" && type !== "unique" || columns === undefined) {
      if (definition === undefined) this.problem(path, "needs a definition")
      return said
    }
    if (definition !== undefined) this.agree(path, keyContradiction(columns, definition))
    return { ...said, definition: definition ?? keyDefinition(type, columns) }
  }

  private foreignKey(
    entry: Entry,
    said: State,
    columns: ReadonlyArray<string>,
    definition: string | undefined,
    path: ReadonlyArray<PropertyKey>
  ): State {
    const action = (value: Json | undefined) => ReferentialAction.literals.find((literal) => literal === value)
    const key = {
      columns,
      referenced: [string(entry["referenced_schema"]) ?? "public", string(entry["referenced_table"]) ?? ""] as const,
      referencedColumns: strings(entry["referenced_columns"]) ?? [],
      onDelete: action(entry["on_delete"]),
      onUpdate: action(entry["on_update"])
    }
    if (definition !== undefined) this.agree(path, foreignKeyContradiction(key, definition))
    return {
      ...said,
      type: "foreign key",
      referenced_table: key.referenced,
      definition: definition ?? foreignKeyDefinition(key)
    }
  }

  /** Adds the object of an entry, and its parts. */
  entry(
    part: Part,
    entry: Entry,
    parent: CatalogObject | undefined,
    position: number,
    path: ReadonlyArray<PropertyKey>
  ): void {
    const name = part.naming.read(entry as EntryName, parent?.name ?? [])
    const object: CatalogObject = {
      kind: part.kind.kind,
      id: objectId(part.kind.kind, name),
      name,
      ...(parent === undefined ? {} : { parent: parent.id }),
      ...(["column", "index", "inheritance"].includes(part.kind.kind) ? { position } : {}),
      state: present(Object.entries(this.state(part, entry, name, parent?.name ?? [], path)))
    }
    this.add(object, path)
    for (const section of partsOf(object.kind)) {
      this.section(section, entry[section.kind.section], object, [...path, section.kind.section])
    }
    if (object.kind === "table") {
      const constraint = partsOf("table").find(({ kind }) => kind.kind === "constraint")
      if (constraint !== undefined) this.section(constraint, entry[foreignKeys], object, [...path, foreignKeys])
      this.primaryKey(object, entry, path)
    }
    this.comments(object, entry, path)
    this.labels(object, entry, path)
    this.access(object, entry, path)
  }

  /** Adds the owner of an entry's object, and the grants on it. */
  private access(object: CatalogObject, entry: Entry, path: ReadonlyArray<PropertyKey>): void {
    const on = kindOf(object.kind)?.commentTarget?.(object)
    const owner = entry["owner"]
    if (owner !== undefined) {
      if (on === undefined) this.problem([...path, "owner"], `a ${object.kind} has no owner of its own`)
      else this.add(makeOwner(object.id, on, string(owner)), [...path, "owner"])
    }
    this.grants(object.id, entry["grants"], [...path, "grants"])
  }

  /** Adds grants; those without a parent are on objects of the system. */
  grants(parent: ObjectId | undefined, list: Json | undefined, path: ReadonlyArray<PropertyKey>): void {
    if (!Array.isArray(list)) return
    list.forEach((state, i) => this.add(makeGrant(parent, state as GrantState), [...path, i]))
  }

  /** Adds the objects of a section: a list of entries, one entry, or the text of a default. */
  section(
    part: Part,
    value: Json | undefined,
    parent: CatalogObject | undefined,
    path: ReadonlyArray<PropertyKey>
  ): void {
    if (value === undefined) return
    if (part.kind.kind === "default") this.entry(part, { expression: value }, parent, 1, path)
    else if (Array.isArray(value)) {
      value.forEach((item, i) => this.entry(part, item as Entry, parent, i + 1, [...path, i]))
    } else this.entry(part, value as Entry, parent, 1, path)
  }

  private labels(object: CatalogObject, entry: Entry, path: ReadonlyArray<PropertyKey>): void {
    const list = entry["security_labels"]
    if (!Array.isArray(list)) return
    list.forEach((item, i) => {
      const { label, on = kindOf(object.kind)?.commentTarget?.(object), provider } = item as Partial<SecurityLabelState>
      const place = [...path, "security_labels", i]
      if (on === undefined) this.problem(place, `a ${object.kind} has no security label`)
      else this.add(makeSecurityLabel(object.id, { on, provider: provider ?? "", label: label ?? "" }), place)
    })
  }

  private comments(object: CatalogObject, entry: Entry, path: ReadonlyArray<PropertyKey>): void {
    const text = string(entry["comment"])
    const on = kindOf(object.kind)?.commentTarget?.(object)
    if (text !== undefined) {
      if (on === undefined) this.problem([...path, "comment"], `a ${object.kind} has no comment`)
      else this.add(makeComment(object.id, on, text), [...path, "comment"])
    }
    const others = entry["comments"]
    if (Array.isArray(others)) {
      others.forEach((other, i) => {
        const { on, text } = other as Entry
        this.add(makeComment(object.id, String(on), String(text)), [...path, "comments", i])
      })
    }
  }

  /** Holds `is_primary_key` of the columns against the primary key, or makes one. */
  private primaryKey(table: CatalogObject, entry: Entry, path: ReadonlyArray<PropertyKey>): void {
    const columns = (Array.isArray(entry["columns"]) ? entry["columns"] : []) as ReadonlyArray<Entry>
    const marked = columns.flatMap(({ is_primary_key, name }) => is_primary_key === true ? [String(name)] : [])
    const found = this.primaryKeys.get(table.id)
    if (found === undefined) {
      if (marked.length === 0) return
      const name = [...table.name, `${table.name[1]}_pkey`]
      this.add({
        kind: "constraint",
        id: objectId("constraint", name),
        name,
        parent: table.id,
        state: { type: "primary key", definition: keyDefinition("primary key", marked), columns: marked }
      }, path)
      return
    }
    const key = new Set(strings(found.state["columns"]))
    columns.forEach(({ is_primary_key: said, name }, i) => {
      if (said !== undefined && said !== key.has(String(name))) {
        this.problem(
          [...path, "columns", i, "is_primary_key"],
          `is ${String(said)}, but the primary key is ${found.state["definition"]}`
        )
      }
    })
  }
}

/**
 * The objects of a document, with what it leaves out filled in. Fails with everything that does not fit the schema
 * (unknown keys included), or else with everything that contradicts itself or is there twice.
 */
export const decode = Effect.fn("SchemaJson.decode")(
  function*(text: string): Effect.fn.Return<ReadonlyArray<CatalogObject>, SchemaDocumentError> {
    const document = yield* Effect.fromResult(decodeDocument(PostgresSchema, text))
    const reader = new Reader()
    if (document["dialect"] === "sqlite") reader.problem(["dialect"], "is sqlite: not a PostgreSQL schema")
    for (const part of topKinds) reader.section(part, document[part.kind.section], undefined, [part.kind.section])
    reader.grants(undefined, document["grants"], ["grants"])
    if (reader.issues.length > 0) return yield* new SchemaDocumentError({ issues: reader.issues })
    return [...reader.objects.values()]
  }
)
