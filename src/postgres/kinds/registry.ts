/** All kinds of objects, in the order in which they are read and printed. A new kind is one file and one line here. */
import { aggregate } from "./aggregate.ts"
import { column } from "./column.ts"
import { comment } from "./comment.ts"
import { composite } from "./composite.ts"
import { constraint } from "./constraint.ts"
import { columnDefault } from "./default.ts"
import { domainConstraint } from "./domain-constraint.ts"
import { domain } from "./domain.ts"
import { enumeration } from "./enum.ts"
import { extension } from "./extension.ts"
import { index } from "./index.ts"
import { inheritance } from "./inheritance.ts"
import type { Kind } from "./Kind.ts"
import { materializedView } from "./materialized-view.ts"
import { partitionTrigger } from "./partition-trigger.ts"
import { indexPartition, partition } from "./partition.ts"
import { policy } from "./policy.ts"
import { range } from "./range.ts"
import { procedure, routineFunction } from "./routine.ts"
import { schema } from "./schema.ts"
import { sequenceOwner } from "./sequence-owner.ts"
import { sequence } from "./sequence.ts"
import { statistics } from "./statistics.ts"
import { table } from "./table.ts"
import { trigger } from "./trigger.ts"
import { view } from "./view.ts"

/** All kinds of objects, in the order in which they are read and printed. */
export const kinds: ReadonlyArray<Kind> = [
  schema,
  extension,
  enumeration,
  domain,
  domainConstraint,
  composite,
  range,
  sequence,
  table,
  column,
  columnDefault,
  constraint,
  index,
  partition,
  indexPartition,
  inheritance,
  sequenceOwner,
  view,
  materializedView,
  routineFunction,
  procedure,
  aggregate,
  trigger,
  partitionTrigger,
  policy,
  statistics,
  comment
]

const byName: ReadonlyMap<string, Kind> = new Map(kinds.map((kind) => [kind.kind, kind]))

/** The kind of that name, such as `materialized view`; undefined where there is none. */
export const kindOf = (name: string): Kind | undefined => byName.get(name)
