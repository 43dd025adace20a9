/**
 * A change of a schema as one list of entries. An entry is a kind of object and a row of genes that say everything else
 * about it; its fate says in which of the two schemas it is, and with which genes. So an input shrinks by losing
 * entries, by entries that stay as they are, and by genes that fall to 0, the plainest choice of each.
 */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"

/** The kinds of entries, in the order in which they are written: each can name what comes before it. Views and what reads relations share a place. */
export const order = [
  ["schema"],
  ["extension"],
  ["enum"],
  ["composite"],
  ["range"],
  ["domain"],
  ["sequence"],
  ["function"],
  ["table"],
  ["typed table"],
  ["column"],
  ["inheriting table"],
  ["partition"],
  ["key"],
  ["check"],
  ["foreign key"],
  ["exclusion"],
  ["view", "reading function"],
  ["index"],
  ["statistics"],
  ["trigger"],
  ["rule"],
  ["policy"],
  ["owner"],
  ["grant"],
  ["comment"]
] as const

/** A kind of entry. */
export type Kind = typeof order[number][number]

const genes = 12
const gene = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))

/** How often a kind comes up beside the others. */
const weights: Readonly<Partial<Record<Kind, number>>> = {
  table: 4,
  column: 8,
  key: 3,
  "foreign key": 3,
  index: 3,
  view: 4,
  partition: 3,
  function: 2
}

const Kinds = Schema.Literals(
  order.flat().flatMap((kind) => Array.from({ length: weights[kind] ?? 1 }, () => kind))
)
/** What becomes of an entry: half of them stay as they are. Changes come up more often, since many genes say nothing. */
const Fate = Schema.Literals(["kept", "kept", "kept", "kept", "dropped", "added", "changed", "changed"])

const Entry = Schema.Struct({
  kind: Kinds,
  fate: Fate,
  genes: Schema.Array(gene).check(Schema.isMinLength(genes), Schema.isMaxLength(genes)),
  /** The gene that changes, and what it becomes. */
  at: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: genes - 1 })),
  becomes: gene
})

/** An object of a schema, before a change, after it or both. */
export type Entry = typeof Entry.Type

/** Two schemas, the second made from the first. */
export type Change = ReadonlyArray<Entry>

/** Changes of up to `size` entries. */
export const changes = (size: number): Arbitrary.Arbitrary<Change> =>
  Arbitrary.schema(Schema.Array(Entry).check(Schema.isMinLength(1), Schema.isMaxLength(size)))

/** What is written of an entry. */
export interface Element {
  readonly kind: Kind
  readonly genes: ReadonlyArray<number>
}

/** The elements of the schema before the change. */
export const before = (change: Change): ReadonlyArray<Element> => change.filter(({ fate }) => fate !== "added")

/** The elements of the schema after the change. Where all entries stay, the last one goes: most inputs must change something. */
export const after = (change: Change): ReadonlyArray<Element> =>
  (change.every(({ fate }) => fate === "kept") ? change.slice(0, -1) : change).filter(({ fate }) => fate !== "dropped")
    .map((entry) => entry.fate === "changed" ? { ...entry, genes: entry.genes.with(entry.at, entry.becomes) } : entry)
