/**
 * Event triggers (PostgreSQL manual 38). They fire on the statements of a plan too, so that a plan drops them first and
 * creates them last.
 */
import * as Schema from "effect/Schema"
import { canonicalJson, type CatalogObject } from "../../Catalog.ts"
import { quoteIdentifier, quoteLiteral } from "../Identifier.ts"
import { userObject } from "./catalogSql.ts"
import { inPlace, type Kind, replace, type Statement } from "./Kind.ts"
import { routineName } from "./names.ts"
import { inDatabase } from "./renaming.ts"
import { rowsIn } from "./trace.ts"

/** The event, the command tags that it is for, the function, and when it fires if not by default (`origin`). */
export const EventTriggerState = Schema.Struct({
  event: Schema.String,
  /** Schema and name; it has no arguments. */
  function: Schema.Array(Schema.String),
  /** Sorted. Absent: all. */
  tags: Schema.optionalKey(Schema.Array(Schema.String)),
  enabled: Schema.optionalKey(Schema.Literals(["disabled", "replica", "always"]))
})
/** The event, the command tags that it is for, the function, and when it fires if not by default (`origin`). */
export type EventTriggerState = typeof EventTriggerState.Type

const name = (object: CatalogObject): string => quoteIdentifier(object.name[0] ?? "")

const enabling = {
  disabled: { sql: "DISABLE", words: "Disable" },
  replica: { sql: "ENABLE REPLICA", words: "Enable on replicas" },
  always: { sql: "ENABLE ALWAYS", words: "Always enable" },
  origin: { sql: "ENABLE", words: "Enable" }
}

const enabledChanges = (
  from: EventTriggerState["enabled"],
  to: CatalogObject<EventTriggerState>
): ReadonlyArray<Statement> => {
  const { sql, words } = enabling[to.state.enabled ?? "origin"]
  return from === to.state.enabled ? [] : [{
    sql: `ALTER EVENT TRIGGER ${name(to)} ${sql}`,
    description: `${words} event trigger ${name(to)}`
  }]
}

/** The kind `event trigger`. */
export const eventTrigger: Kind<EventTriggerState> = {
  kind: "event trigger",
  section: "event_triggers",
  catalog: "pg_event_trigger",
  trace: rowsIn("pg_event_trigger"),
  dropLoses: "What it did on statements that define objects is no longer done.",
  isDefinition: true,
  actsOnStatements: true,
  state: EventTriggerState,
  query: () => `
    select e.oid, array[e.evtname] as name,
      jsonb_strip_nulls(jsonb_build_object(
        'event', e.evtevent,
        'function', jsonb_build_array(n.nspname, p.proname),
        'tags', (select jsonb_agg(t order by t collate "C") from unnest(e.evttags) t),
        'enabled', case e.evtenabled when 'D' then 'disabled' when 'R' then 'replica' when 'A' then 'always' end)) as state
    from pg_event_trigger e join pg_proc p on p.oid = e.evtfoid join pg_namespace n on n.oid = p.pronamespace
    where ${userObject("pg_event_trigger", "e.oid")}`,
  create: (object) => {
    const { event, function: called, tags } = object.state
    return [
      {
        sql: `CREATE EVENT TRIGGER ${name(object)} ON ${event}${
          tags === undefined ? "" : `\n  WHEN TAG IN (${tags.map(quoteLiteral).join(", ")})`
        }\n  EXECUTE FUNCTION ${routineName([...called, "()"])}`,
        description: `Create event trigger ${name(object)}`
      },
      ...enabledChanges(undefined, object)
    ]
  },
  drop: (object) => [{ sql: `DROP EVENT TRIGGER ${name(object)}`, description: `Drop event trigger ${name(object)}` }],
  alter: (from, to) => {
    const { enabled: _, ...before } = from.state
    const { enabled: __, ...after } = to.state
    return canonicalJson(before) === canonicalJson(after) ? inPlace(enabledChanges(from.state.enabled, to)) : replace
  },
  requires: (object) => object.state.event === "login" ? [{ feature: "the event login", since: 17 }] : [],
  commentTarget: (object) => `EVENT TRIGGER ${name(object)}`,
  renaming: inDatabase("EVENT TRIGGER"),
  describe: (object) => `event trigger ${name(object)}`
}
