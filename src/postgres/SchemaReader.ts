/**
 * Reads the document of a PostgreSQL schema: its entries become objects, with what they leave out filled in, and what
 * contradicts itself is found.
 */
import * as Schema from "effect/Schema"
import type { CatalogObject, Json, ObjectId, State } from "../Catalog.ts"
import { pathText, ReferentialAction, type SchemaDocumentIssue } from "../SchemaDocument.ts"
import { makeComment } from "./kinds/comment.ts"
import { GrantState, makeGrant } from "./kinds/grant.ts"
import { objectId } from "./kinds/names.ts"
import { makeOwner } from "./kinds/owner.ts"
import { kindOf } from "./kinds/registry.ts"
import { makeSecurityLabel } from "./kinds/security-label.ts"
import {
  type Entry,
  type EntryName,
  foreignKeys,
  type Part,
  partsOf,
  present,
  stateFields,
  strings
} from "./SchemaLayout.ts"
import {
  type Contradiction,
  foreignKeyContradiction,
  foreignKeyDefinition,
  indexContradiction,
  indexDefinition,
  keyContradiction,
  keyDefinition
} from "./TableShorthand.ts"

const string = (value: Json | undefined): string | undefined => typeof value === "string" ? value : undefined
const boolean = (value: Json | undefined): boolean | undefined => typeof value === "boolean" ? value : undefined
const schemaAndName = (
  name: ReadonlyArray<string>
): readonly [schema: string, name: string] => [name[0] ?? "", name[1] ?? ""]

const isEntry = (value: Json | undefined): value is Entry =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** The entries of a list. What is none, the document's schema has refused. */
const entries = (list: Json | undefined): ReadonlyArray<Entry> => Array.isArray(list) ? list.filter(isEntry) : []

const nameOf = (entry: Entry): EntryName =>
  Object.fromEntries(Object.entries(entry).filter((field): field is [string, string] => typeof field[1] === "string"))

const isGrantState = Schema.is(GrantState)

/** What a document says in full: the objects, and where it contradicts itself. */
export class SchemaReader {
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
    const name = part.naming.read(nameOf(entry), parent?.name ?? [])
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
    entries(list).forEach((state, i) => {
      if (isGrantState(state)) this.add(makeGrant(parent, state), [...path, i])
      else this.problem([...path, i], "is no grant")
    })
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
      entries(value).forEach((item, i) => this.entry(part, item, parent, i + 1, [...path, i]))
    } else if (isEntry(value)) this.entry(part, value, parent, 1, path)
  }

  private labels(object: CatalogObject, entry: Entry, path: ReadonlyArray<PropertyKey>): void {
    const whole = kindOf(object.kind)?.commentTarget?.(object)
    entries(entry["security_labels"]).forEach((item, i) => {
      const on = string(item["on"]) ?? whole
      const place = [...path, "security_labels", i]
      if (on === undefined) this.problem(place, `a ${object.kind} has no security label`)
      else {
        const [provider, label] = [string(item["provider"]) ?? "", string(item["label"]) ?? ""]
        this.add(makeSecurityLabel(object.id, { on, provider, label }), place)
      }
    })
  }

  private comments(object: CatalogObject, entry: Entry, path: ReadonlyArray<PropertyKey>): void {
    const text = string(entry["comment"])
    const on = kindOf(object.kind)?.commentTarget?.(object)
    if (text !== undefined) {
      if (on === undefined) this.problem([...path, "comment"], `a ${object.kind} has no comment`)
      else this.add(makeComment(object.id, on, text), [...path, "comment"])
    }
    entries(entry["comments"]).forEach(({ on, text }, i) => {
      this.add(makeComment(object.id, String(on), String(text)), [...path, "comments", i])
    })
  }

  /** Holds `is_primary_key` of the columns against the primary key, or makes one. */
  private primaryKey(table: CatalogObject, entry: Entry, path: ReadonlyArray<PropertyKey>): void {
    const columns = entries(entry["columns"])
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
