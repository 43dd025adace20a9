/** All kinds of objects, in the order in which they are read and printed. A new kind is one file and one line here. */
import { accessMethod } from "./access-method.ts"
import { aggregate } from "./aggregate.ts"
import { baseType, shellType } from "./base-type.ts"
import { cast } from "./cast.ts"
import { collation } from "./collation.ts"
import { column } from "./column.ts"
import { comment } from "./comment.ts"
import { composite } from "./composite.ts"
import { constraint } from "./constraint.ts"
import { conversion } from "./conversion.ts"
import { defaultPrivileges } from "./default-privileges.ts"
import { columnDefault } from "./default.ts"
import { domainConstraint } from "./domain-constraint.ts"
import { domain } from "./domain.ts"
import { enumeration } from "./enum.ts"
import { eventTrigger } from "./event-trigger.ts"
import { extension } from "./extension.ts"
import { foreignDataWrapper } from "./foreign-data-wrapper.ts"
import { foreignServer } from "./foreign-server.ts"
import { foreignTable } from "./foreign-table.ts"
import { grant, granted } from "./grant.ts"
import { index } from "./index.ts"
import { inheritance } from "./inheritance.ts"
import type { Kind } from "./Kind.ts"
import { language } from "./language.ts"
import { materializedView } from "./materialized-view.ts"
import { operatorClass } from "./operator-class.ts"
import { familyFunction, familyOperator, operatorFamily } from "./operator-family.ts"
import { operator } from "./operator.ts"
import { owner } from "./owner.ts"
import { partitionTrigger } from "./partition-trigger.ts"
import { indexPartition, partition } from "./partition.ts"
import { policy } from "./policy.ts"
import { publication, publicationSchema, publicationTable } from "./publication.ts"
import { range } from "./range.ts"
import { procedure, routineFunction } from "./routine.ts"
import { rule } from "./rule.ts"
import { schema } from "./schema.ts"
import { securityLabel } from "./security-label.ts"
import { sequenceOwner } from "./sequence-owner.ts"
import { sequence } from "./sequence.ts"
import { statistics } from "./statistics.ts"
import { subscription } from "./subscription.ts"
import { table } from "./table.ts"
import { textSearchConfiguration } from "./text-search-configuration.ts"
import { textSearchDictionary } from "./text-search-dictionary.ts"
import { textSearchParser } from "./text-search-parser.ts"
import { textSearchTemplate } from "./text-search-template.ts"
import { transform } from "./transform.ts"
import { trigger } from "./trigger.ts"
import { typedTable } from "./typed-table.ts"
import { userMapping } from "./user-mapping.ts"
import { view } from "./view.ts"

/** All kinds of objects, in the order in which they are read and printed. */
export const kinds: ReadonlyArray<Kind> = ([
  schema,
  extension,
  language,
  collation,
  shellType,
  baseType,
  enumeration,
  domain,
  domainConstraint,
  composite,
  range,
  accessMethod,
  textSearchParser,
  textSearchTemplate,
  textSearchDictionary,
  textSearchConfiguration,
  sequence,
  foreignDataWrapper,
  foreignServer,
  userMapping,
  table,
  foreignTable,
  column,
  columnDefault,
  constraint,
  index,
  partition,
  indexPartition,
  inheritance,
  typedTable,
  sequenceOwner,
  view,
  materializedView,
  routineFunction,
  procedure,
  aggregate,
  operator,
  operatorFamily,
  familyOperator,
  familyFunction,
  operatorClass,
  cast,
  transform,
  conversion,
  trigger,
  partitionTrigger,
  rule,
  policy,
  statistics,
  publication,
  publicationTable,
  publicationSchema,
  subscription,
  eventTrigger,
  owner,
  grant,
  defaultPrivileges,
  comment,
  securityLabel
] satisfies ReadonlyArray<Kind>).map(granted)

const byName: ReadonlyMap<string, Kind> = new Map(kinds.map((kind) => [kind.kind, kind]))

/** The kind of that name, such as `materialized view`; undefined where there is none. */
export const kindOf = (name: string): Kind | undefined => byName.get(name)
