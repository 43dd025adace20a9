/**
 * What a schema document may leave out of a table's indexes and constraints, because the rest implies it, and what it
 * says twice. Definitions are built from columns; where both are there, they must agree.
 */
import { ReferentialAction } from "../SchemaDocument.ts"
import { qualified, quoteIdentifier } from "./Identifier.ts"

/** A definition and what an entry says beside it do not agree: a sentence for people. */
export type Contradiction = string

const list = (columns: ReadonlyArray<string>): string => columns.map(quoteIdentifier).join(", ")

/** The definition of an index on columns alone. */
export const indexDefinition = (
  table: readonly [schema: string, name: string],
  index: { readonly name: string; readonly columns: ReadonlyArray<string>; readonly unique: boolean }
): string =>
  `CREATE ${index.unique ? "UNIQUE " : ""}INDEX ${quoteIdentifier(index.name)} ON ${qualified(...table)} USING btree (${
    list(index.columns)
  })`

/** The definition of a primary key or unique constraint on columns alone. */
export const keyDefinition = (type: "primary key" | "unique", columns: ReadonlyArray<string>): string =>
  `${type.toUpperCase()} (${list(columns)})`

/** A foreign key as its fields say it. */
export interface ForeignKey {
  readonly columns: ReadonlyArray<string>
  readonly referenced: readonly [schema: string, name: string]
  readonly referencedColumns: ReadonlyArray<string>
  readonly onDelete?: ReferentialAction | undefined
  readonly onUpdate?: ReferentialAction | undefined
}

const action = (event: string, does: ReferentialAction | undefined): string =>
  does === undefined || does === "NO ACTION" ? "" : ` ON ${event} ${does}`

/** The definition of a foreign key without further options. */
export const foreignKeyDefinition = (key: ForeignKey): string =>
  `FOREIGN KEY (${list(key.columns)}) REFERENCES ${qualified(...key.referenced)}(${list(key.referencedColumns)})${
    action("UPDATE", key.onUpdate)
  }${action("DELETE", key.onDelete)}`

/** What the definition of a foreign key says of an event; quoted names cannot be taken for it. */
export const actionOf = (definition: string, event: "DELETE" | "UPDATE"): ReferentialAction => {
  const [, found] = new RegExp(` ON ${event} (${ReferentialAction.literals.join("|")})`).exec(
    definition.replace(/"(?:[^"]|"")*"/g, "\"\"")
  ) ?? []
  return ReferentialAction.literals.find((literal) => literal === found) ?? "NO ACTION"
}

const unquoted = (text: string): string => text.replaceAll("\"", "").replaceAll("PERIOD ", "")

/** Where the definition of a foreign key says something else than its fields. */
export const foreignKeyContradiction = (key: ForeignKey, definition: string): Contradiction | undefined => {
  const start = foreignKeyDefinition({ ...key, onDelete: undefined, onUpdate: undefined })
  if (!unquoted(definition).startsWith(unquoted(start))) return `definition does not begin with ${start}`
  for (const [event, said] of [["DELETE", key.onDelete], ["UPDATE", key.onUpdate]] as const) {
    const defined = actionOf(definition, event)
    if (said !== undefined && said !== defined) {
      return `on_${event.toLowerCase()} is ${said}, the definition says ${defined}`
    }
  }
  return undefined
}

/** Where the definition of an index says something else than its fields. */
export const indexContradiction = (
  index: { readonly columns?: ReadonlyArray<string> | undefined; readonly unique?: boolean | undefined },
  definition: string
): Contradiction | undefined => {
  const unique = /^\s*CREATE\s+UNIQUE\s/i.test(definition)
  if (index.unique !== undefined && index.unique !== unique) {
    return `unique is ${index.unique}, the definition says ${unique}`
  }
  const missing = (index.columns ?? []).find((column) => !unquoted(definition).includes(unquoted(column)))
  return missing === undefined ? undefined : `column ${missing} is not in the definition`
}

/** Where the definition of a primary key or unique constraint says something else than its columns. */
export const keyContradiction = (columns: ReadonlyArray<string>, definition: string): Contradiction | undefined =>
  unquoted(definition).includes(unquoted(`(${list(columns)}`))
    ? undefined
    : `definition is not on the columns ${list(columns)}`
