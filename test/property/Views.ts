/** Writes views, functions that read relations, triggers, policies and comments. */
import { quoteLiteral } from "../../src/postgres/Identifier.ts"
import type { Writer } from "./Types.ts"
import type { Column, Genes, Relation, World } from "./World.ts"

interface Query {
  readonly sql: string
  readonly columns: ReadonlyArray<Column>
}

const anyRelation = ["table", "partitioned table", "view", "materialized view"] as const

const query = (genes: Genes, world: World, from: Relation): Query => {
  const form = genes.next() % 7
  const columns = from.columns
  const some = columns.slice(0, 1 + genes.next() % 4)
  const list = some.map(({ sql }) => sql).join(", ")
  const one = world.column(genes, from)
  const computed = (): { readonly sql: string; readonly column: Column } | undefined => {
    if (one === undefined) return undefined
    const { sql, type } = world.expression(genes, one)
    const name = genes.name()
    return { sql: `${sql} AS ${name}`, column: { sql: name, type: world.builtin(type), generated: true } }
  }
  switch (form) {
    case 0:
      return { sql: `SELECT ${list} FROM ${from.sql}`, columns: some }
    case 1:
      return {
        sql: `SELECT * FROM ${from.sql}${one === undefined ? "" : ` WHERE ${world.condition(genes, one)}`}`,
        columns
      }
    case 2: {
      const more = computed()
      if (more === undefined || some.some(({ sql }) => sql === more.column.sql)) {
        return { sql: `SELECT ${list} FROM ${from.sql}`, columns: some }
      }
      return { sql: `SELECT ${list}, ${more.sql} FROM ${from.sql}`, columns: [...some, more.column] }
    }
    case 3: {
      const other = world.relation(genes, ...anyRelation)
      const second = other === undefined ? undefined : world.column(genes, other)
      if (other === undefined || second === undefined) return { sql: `SELECT ${list} FROM ${from.sql}`, columns: some }
      const name = `"joined"`
      return {
        sql: `SELECT ${some.map(({ sql }) => `o.${sql}`).join(", ")}${
          some.length > 0 ? ", " : ""
        }p.${second.sql} AS ${name} FROM ${from.sql} o LEFT JOIN ${other.sql} p ON true`,
        columns: [...some, { ...second, sql: name }]
      }
    }
    case 4: {
      const number = world.builtin("bigint")
      const group = one === undefined || one.type.family === "json" || one.type.family === "other" ? undefined : one
      return {
        sql: `SELECT ${group === undefined ? "" : `${group.sql}, `}count(*) AS "n" FROM ${from.sql}${
          group === undefined ? "" : ` GROUP BY ${group.sql}`
        }`,
        columns: [...group === undefined ? [] : [group], { sql: `"n"`, type: number, generated: true }]
      }
    }
    case 5:
      return {
        sql:
          `WITH w AS (SELECT ${list} FROM ${from.sql}) SELECT ${list} FROM w UNION ALL SELECT ${list} FROM ${from.sql}`,
        columns: some
      }
    default:
      return {
        sql: `SELECT ${list}${
          some.length > 0 ? ", " : ""
        }(SELECT count(*) FROM ${from.sql} x) AS "total" FROM ${from.sql}`,
        columns: [...some, { sql: `"total"`, type: world.builtin("bigint"), generated: true }]
      }
  }
}

/** A view or a materialized view, over any relation. */
export const view: Writer = (genes, world) => {
  const from = world.relation(genes, ...anyRelation)
  if (from === undefined) return []
  const { schema, sql } = world.name(genes)
  const materialized = genes.oneIn(4)
  const { columns, sql: body } = query(genes, world, from)
  world.relations.push({ kind: materialized ? "materialized view" : "view", schema, sql, columns: [...columns] })
  world.commentable.push(`${materialized ? "MATERIALIZED VIEW" : "VIEW"} ${sql}`)
  for (const column of columns) world.commentable.push(`COLUMN ${sql}.${column.sql}`)
  if (materialized) {
    return [
      `CREATE MATERIALIZED VIEW ${sql}${genes.of(["", " WITH (fillfactor = 80)"])} AS ${body}${
        genes.of(["", " WITH NO DATA"])
      }`
    ]
  }
  const options = genes.of(["", "", " WITH (security_barrier = true)", " WITH (security_invoker = true)"])
  const check = genes.of(["", "", "", " WITH CHECK OPTION", " WITH LOCAL CHECK OPTION"])
  const initial = genes.oneIn(5) ? columns.find((column) => column.type.defaults.length > 0) : undefined
  return [
    `CREATE VIEW ${sql}${options} AS ${body}${check}`,
    ...initial === undefined
      ? []
      : [`ALTER VIEW ${sql} ALTER COLUMN ${initial.sql} SET DEFAULT ${initial.type.defaults[0]}`]
  ]
}

/** A function that reads a relation or takes its rows. */
export const readingFunction: Writer = (genes, world) => {
  const from = world.relation(genes, ...anyRelation)
  if (from === undefined) return []
  const { schema, sql } = world.name(genes)
  const forms: readonly [string, ...ReadonlyArray<string>] = [
    `CREATE FUNCTION ${sql}() RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count(*) FROM ${from.sql}; END`,
    `CREATE FUNCTION ${sql}() RETURNS SETOF ${from.sql} LANGUAGE sql STABLE AS $$SELECT * FROM ${from.sql}$$`,
    `CREATE FUNCTION ${sql}() RETURNS SETOF ${from.sql} LANGUAGE sql STABLE BEGIN ATOMIC SELECT * FROM ${from.sql}; END`,
    `CREATE FUNCTION ${sql}(r ${from.sql}) RETURNS text LANGUAGE sql IMMUTABLE RETURN 'x'`,
    `CREATE FUNCTION ${sql}() RETURNS bigint LANGUAGE plpgsql AS $$DECLARE r ${from.sql}%ROWTYPE; BEGIN RETURN (SELECT count(*) FROM ${from.sql}); END$$`
  ]
  const form = genes.of(forms)
  if (form.includes("SETOF") && genes.oneIn(2)) {
    world.relations.push({ kind: "view", schema, sql: `${sql}()`, columns: [...from.columns] })
  }
  return [form]
}

/** A trigger. */
export const trigger: Writer = (genes, world) => {
  const relation = world.relation(genes, "table", "partitioned table", "view")
  const procedure = genes.choose(world.triggerFunctions, (sql) => sql)
  if (relation === undefined || procedure === undefined) return []
  const name = genes.name()
  const column = genes.oneIn(3) ? world.column(genes, relation) : undefined
  const event = genes.of(["INSERT", "UPDATE", "DELETE", "INSERT OR UPDATE"])
  const events = column === undefined || !event.endsWith("UPDATE") || relation.kind === "view"
    ? event
    : `${event} OF ${column.sql}`
  const call = `EXECUTE FUNCTION ${procedure}(${genes.of(["", "'a', 'it''s'"])})`
  const fresh = column === undefined || event === "DELETE" || column.generated || !genes.oneIn(2)
    ? ""
    : ` WHEN (${world.condition(genes, column, "NEW.")})`
  world.commentable.push(`TRIGGER ${name} ON ${relation.sql}`)
  const state = genes.of(["", "", "", "DISABLE", "ENABLE ALWAYS", "ENABLE REPLICA"])
  const after = state === "" ? [] : [`ALTER TABLE ${relation.sql} ${state} TRIGGER ${name}`]
  if (relation.kind === "view") {
    return [`CREATE TRIGGER ${name} INSTEAD OF ${event} ON ${relation.sql} FOR EACH ROW ${call}`]
  }
  const forms: readonly [string, ...ReadonlyArray<string>] = [
    `CREATE TRIGGER ${name} BEFORE ${events} ON ${relation.sql} FOR EACH ROW${fresh} ${call}`,
    `CREATE TRIGGER ${name} AFTER ${events} ON ${relation.sql} FOR EACH ROW${fresh} ${call}`,
    `CREATE TRIGGER ${name} AFTER ${events} ON ${relation.sql} FOR EACH STATEMENT ${call}`,
    `CREATE CONSTRAINT TRIGGER ${name} AFTER ${events} ON ${relation.sql} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW${fresh} ${call}`,
    `CREATE TRIGGER ${name} AFTER DELETE ON ${relation.sql} REFERENCING OLD TABLE AS gone FOR EACH STATEMENT ${call}`
  ]
  return [genes.of(forms), ...after]
}

/** A rule. */
export const rule: Writer = (genes, world) => {
  const relation = world.relation(genes, "table", "partitioned table", "view")
  if (relation === undefined) return []
  const name = genes.name()
  const event = genes.of(["INSERT", "UPDATE", "DELETE"])
  const column = genes.oneIn(3) ? world.column(genes, relation) : undefined
  const row = event === "DELETE" ? "OLD." : "NEW."
  const where = column === undefined ? "" : ` WHERE ${world.condition(genes, column, row)}`
  const other = world.relation(genes, "table", "partitioned table")
  const read = other === undefined ? "NOTIFY a" : `DELETE FROM ${other.sql} WHERE false`
  const action = genes.of(["INSTEAD NOTHING", "ALSO NOTIFY a", `ALSO ${read}`, `INSTEAD (NOTIFY a; ${read})`])
  world.commentable.push(`RULE ${name} ON ${relation.sql}`)
  const state = relation.kind === "view" ? "" : genes.of(["", "", "", "DISABLE", "ENABLE ALWAYS"])
  return [
    `CREATE RULE ${name} AS ON ${event} TO ${relation.sql}${where} DO ${action}`,
    ...state === "" ? [] : [`ALTER TABLE ${relation.sql} ${state} RULE ${name}`]
  ]
}

/** A row-level security policy. */
export const policy: Writer = (genes, world) => {
  const relation = world.relation(genes, "table", "partitioned table")
  const column = relation === undefined ? undefined : world.column(genes, relation)
  if (relation === undefined || column === undefined) return []
  const name = genes.name()
  const command = genes.of(["ALL", "SELECT", "INSERT", "UPDATE", "DELETE"])
  const role = genes.of(["", "", " TO pg_read_all_data", " TO pg_monitor, pg_read_all_data"])
  const restrictive = genes.oneIn(4) ? " AS RESTRICTIVE" : ""
  const other = genes.oneIn(3) ? world.relation(genes, ...anyRelation) : undefined
  const condition = `(${world.condition(genes, column)}${
    other === undefined ? "" : ` AND EXISTS (SELECT FROM ${other.sql})`
  })`
  const using = command === "INSERT" ? "" : ` USING ${condition}`
  const check = command === "INSERT" || (command !== "SELECT" && command !== "DELETE" && genes.oneIn(2))
    ? ` WITH CHECK ${condition}`
    : ""
  world.commentable.push(`POLICY ${name} ON ${relation.sql}`)
  return [`CREATE POLICY ${name} ON ${relation.sql}${restrictive} FOR ${command}${role}${using}${check}`]
}

/** A comment on anything. */
export const comment: Writer = (genes, world) => {
  const target = genes.choose(world.commentable, (target) => target)
  if (target === undefined) return []
  return [
    `COMMENT ON ${target} IS ${
      quoteLiteral(genes.of(["plain", "it's", "two\nlines; -- no end", "back\\slash $$ ü \u{1F600}"]))
    }`
  ]
}
