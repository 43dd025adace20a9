/**
 * A change of a SQLite schema as one list of entries: a kind of object, and genes that say everything else about it; its fate
 * says in which of the two schemas it is, and with which genes. An input shrinks by losing entries, by entries that stay as
 * they are, and by genes that fall to 0, the plainest choice of each.
 */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"

const genes = 10
const gene = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))

/** The kinds of entries; one that is listed several times comes up as often. */
const kinds = [
  "table",
  "table",
  "table",
  "column",
  "column",
  "column",
  "column",
  "column",
  "column",
  "primary key",
  "primary key",
  "unique",
  "check",
  "foreign key",
  "foreign key",
  "foreign key",
  "index",
  "index",
  "view",
  "view",
  "trigger",
  "trigger",
  "virtual table"
] as const

const Entry = Schema.Struct({
  kind: Schema.Literals(kinds),
  fate: Schema.Literals(["kept", "kept", "kept", "kept", "dropped", "added", "changed", "changed"]),
  genes: Schema.Array(gene).check(Schema.isMinLength(genes), Schema.isMaxLength(genes)),
  /** The gene that changes, and what it becomes. */
  at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: genes - 1 })),
  becomes: gene
})

/** Two schemas, the second made from the first. */
export type Change = ReadonlyArray<typeof Entry.Type>

/** Changes of up to `size` entries. */
export const changes = (size: number): Arbitrary.Arbitrary<Change> =>
  Arbitrary.schema(Schema.Array(Entry).check(Schema.isMinLength(1), Schema.isMaxLength(size)))

/** What is written of an entry; `number` tells it from the others, before and after the change. */
export interface Element {
  readonly kind: typeof kinds[number]
  readonly genes: ReadonlyArray<number>
  readonly number: number
}

const numbered = (change: Change): ReadonlyArray<Change[number] & { readonly number: number }> =>
  change.map((entry, number) => ({ ...entry, number }))

/** The elements of the schema before the change. */
export const before = (change: Change): ReadonlyArray<Element> =>
  numbered(change).filter(({ fate }) => fate !== "added")

/** The elements of the schema after the change. Where all entries stay, the last one goes: most inputs must change something. */
export const after = (change: Change): ReadonlyArray<Element> =>
  (change.every(({ fate }) => fate === "kept") ? numbered(change).slice(0, -1) : numbered(change))
    .filter(({ fate }) => fate !== "dropped")
    .map((entry) => entry.fate === "changed" ? { ...entry, genes: entry.genes.with(entry.at, entry.becomes) } : entry)
