/** From the elements of a schema to the statements that create it. */
import * as Access from "./Access.ts"
import { type Element, type Kind, order } from "./Model.ts"
import * as Tables from "./Tables.ts"
import * as Types from "./Types.ts"
import * as Views from "./Views.ts"
import { Genes, World } from "./World.ts"

const writers: Readonly<Record<Kind, Types.Writer>> = {
  schema: Types.schema,
  extension: Types.extension,
  enum: Types.enumeration,
  composite: Types.composite,
  range: Types.range,
  domain: Types.domain,
  sequence: Types.sequence,
  function: Types.routine,
  table: Tables.table,
  "typed table": Tables.typedTable,
  column: Tables.column,
  "inheriting table": Tables.inheritingTable,
  partition: Tables.partition,
  key: Tables.key,
  check: Tables.check,
  "foreign key": Tables.foreignKey,
  exclusion: Tables.exclusion,
  view: Views.view,
  "reading function": Views.readingFunction,
  index: Tables.index,
  statistics: Tables.statistics,
  trigger: Views.trigger,
  rule: Views.rule,
  policy: Views.policy,
  owner: Access.owner,
  grant: Access.grant,
  comment: Views.comment
}

const rank = new Map<string, number>(order.flatMap((kinds, rank) => kinds.map((kind) => [kind, rank] as const)))

/**
 * The statements that create a schema, those of one element together. Some are not possible, such as a second table of
 * the same name: those are to be left out.
 */
export const write = (elements: ReadonlyArray<Element>): ReadonlyArray<ReadonlyArray<string>> => {
  const world = new World()
  return elements
    .toSorted((a, b) => (rank.get(a.kind) ?? 0) - (rank.get(b.kind) ?? 0))
    .map(({ genes, kind }) => writers[kind](new Genes(genes), world))
    .filter((statements) => statements.length > 0)
}
