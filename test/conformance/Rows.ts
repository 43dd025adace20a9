/**
 * Rows for schemas that come without any, and what became of them: a migration must keep all that it does not say it
 * destroys. Both look at the database itself, not at Lockplane's reading of it.
 */
import * as Effect from "effect/Effect"
import type { Session } from "../../src/engine/Database.ts"
import type { DatabaseError } from "../../src/engine/DatabaseError.ts"
import { statementsOf, type Step } from "../../src/Plan.ts"
import { qualified, quoteIdentifier } from "../../src/postgres/Identifier.ts"

/** How many rows every table is offered. */
const offered = 3

/**
 * Offers every table rows: the same numbers and texts everywhere, so that foreign keys find what they point at, and three
 * rounds, so that the order of tables does not matter. What a check, a trigger or a type does not take is left out; a table
 * may end up with fewer rows or none.
 */
const seeding = `
do $seed$
declare
  t record; list text; "values" text; needed text; needed_values text; n int;
begin
  set local search_path = '';
  for round in 1..3 loop
    for t in
      select c.oid, n.nspname, c.relname from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
      order by n.nspname, c.relname
    loop
      for i in 1..${offered} loop
        select string_agg(quote_ident(attname), ', '), string_agg(value, ', '),
          string_agg(quote_ident(attname), ', ') filter (where attnotnull and not atthasdef),
          string_agg(value, ', ') filter (where attnotnull and not atthasdef)
        into list, "values", needed, needed_values
        from (
          select a.attname, a.attnotnull, a.atthasdef, format('%s::%s', case
            when b.typcategory = 'N' then i::text
            when b.typcategory = 'E' then
              coalesce((select quote_literal(enumlabel) from pg_catalog.pg_enum where enumtypid = b.oid order by enumsortorder limit 1), 'null')
            when b.typcategory = 'A' then quote_literal('{}')
            when b.typcategory = 'R' then quote_literal('empty')
            when b.typcategory = 'B' then 'true'
            when b.typcategory = 'D' then quote_literal(format('2020-01-0%s', i))
            when b.typcategory = 'T' then quote_literal(format('%s days', i))
            when b.typcategory = 'V' then format('%L', repeat('0', greatest(a.atttypmod, 1)))
            when b.typcategory = 'S' then quote_literal('v' || i)
            when b.typname = 'uuid' then quote_literal(format('00000000-0000-0000-0000-00000000000%s', i))
            when b.typname in ('json', 'jsonb') then quote_literal(format('{"n": %s}', i))
            when b.typname = 'bytea' then quote_literal(format('\\x0%s', i))
            when b.typname in ('inet', 'cidr') then quote_literal(format('10.0.0.%s', i))
            when b.typname = 'tsvector' then quote_literal('word' || i)
            when b.typname = 'point' then quote_literal(format('(%s,0)', i))
            else 'null' end, format_type(a.atttypid, a.atttypmod)) as value
          from pg_catalog.pg_attribute a
            join pg_catalog.pg_type y on y.oid = a.atttypid
            join pg_catalog.pg_type b on b.oid = case when y.typtype = 'd' then y.typbasetype else y.oid end
          where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped and a.attidentity <> 'a' and a.attgenerated = ''
          order by a.attnum
        ) c;
        begin
          if list is null then
            execute format('insert into %I.%I default values', t.nspname, t.relname);
          else
            execute format('insert into %I.%I (%s) values (%s)', t.nspname, t.relname, list, "values");
          end if;
        exception when others then
          begin
            if needed is null then
              execute format('select 1 from %I.%I', t.nspname, t.relname) into n;
              if n is null then
                execute format('insert into %I.%I default values', t.nspname, t.relname);
              end if;
            else
              execute format('insert into %I.%I (%s) values (%s)', t.nspname, t.relname, needed, needed_values);
            end if;
          exception when others then null;
          end;
        end;
      end loop;
    end loop;
  end loop;
  set constraints all immediate;
end $seed$`

/** Puts rows into the tables of a database, as far as they take any. */
export const seed = (session: Session): Effect.Effect<void> => Effect.ignore(session.execute(seeding))

interface TableRows {
  readonly rows: number
  /** For each column its type and a digest of all its values. */
  readonly columns: ReadonlyMap<string, string>
}

/** The rows of each ordinary table, its children's apart, by its qualified name. */
export type Rows = ReadonlyMap<string, TableRows>

/** What each ordinary table holds. */
export const read = Effect.fn("Rows.read")(function*(session: Session): Effect.fn.Return<Rows, DatabaseError> {
  const columns = yield* session.query(`
    select n.nspname as schema, c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
      left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relkind = 'r' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'`)
  const tables = Map.groupBy(columns, (row) => qualified(String(row["schema"]), String(row["table"])))
  const read = new Map<string, TableRows>()
  for (const [table, own] of tables) {
    const named = own.filter((row) => row["column"] !== null)
    const digests = named.map((row, i) => {
      const value = `coalesce(${quoteIdentifier(String(row["column"]))}::text, '')`
      return `, md5(string_agg(${value}, ',' order by ${value} collate "C")) as c${i}`
    })
    const [result] = yield* session.query(`select count(*)::int as rows${digests.join("")} from only ${table}`)
    read.set(table, {
      rows: Number(result?.["rows"]),
      columns: new Map(
        named.map((row, i) => [String(row["column"]), `${String(row["type"])} ${String(result?.[`c${i}`])}`])
      )
    })
  }
  return read
})

/** Removes all rows, whatever triggers think of that. */
export const clear = Effect.fn("Rows.clear")(function*(session: Session): Effect.fn.Return<void, DatabaseError> {
  const tables = [...(yield* read(session)).keys()]
  if (tables.length === 0) return
  yield* session.execute(
    `begin; set local session_replication_role = replica; truncate ${tables.join(", ")} cascade; commit`
  )
})

const typeOf = (described: string): string => described.slice(0, described.lastIndexOf(" "))

const afterKind = (kind: string, id: string | undefined): string | undefined =>
  id?.startsWith(`${kind} `) === true ? id.slice(kind.length + 1) : undefined

/** The rows under the names that a step gives tables and columns. */
const renamedBy = (rows: Rows, { object, renamed_from }: Step): Rows => {
  const [schema, table] = [afterKind("schema", renamed_from), afterKind("table", renamed_from)]
  const to = afterKind("schema", object) ?? afterKind("table", object) ?? ""
  return new Map([...rows].map(([name, own]) => {
    const columns = new Map(
      [...own.columns].map(([column, value]) =>
        afterKind("column", renamed_from) === `${name}.${quoteIdentifier(column)}`
          ? [unquoted(afterKind("column", object)?.slice(name.length + 1) ?? ""), value] as const
          : [column, value] as const
      )
    )
    const now = name === table
      ? to
      : schema !== undefined && name.startsWith(`${schema}.`)
      ? `${to}${name.slice(schema.length)}`
      : name
    return [now, { ...own, columns }] as const
  }))
}

const renamed = (before: Rows, steps: ReadonlyArray<Step>): Rows => {
  let rows = before
  for (const step of steps) if (step.operation === "rename") rows = renamedBy(rows, step)
  return rows
}

const unquoted = (name: string): string => name.startsWith("\"") ? name.slice(1, -1).replaceAll("\"\"", "\"") : name

/**
 * What was lost, in words, without the steps' saying so: rows of tables that are still there, and values of columns that
 * are, with the same type.
 */
export const lost = (before: Rows, after: Rows, steps: ReadonlyArray<Step>): ReadonlyArray<string> => {
  const declared = steps.filter((step) =>
    (step.hazards ?? []).some(({ code }) => code === "data_loss" || code === "conversion" || code === "may_fail") ||
    statementsOf(step).some((sql) => /^(SELECT setval|UPDATE)\b/i.test(sql))
  )
  const says = (object: string): boolean => declared.some((step) => step.object === object)
  // a label is what a value of an enum is printed as
  const relabelled = steps.some(({ object, operation }) => operation === "rename" && object?.startsWith("enum label "))
  return [...renamed(before, steps)].flatMap(([table, { columns, rows }]) => {
    const now = after.get(table)
    if (now === undefined || says(`table ${table}`)) return []
    if (now.rows !== rows) return [`table ${table} has ${now.rows} of ${rows} rows`]
    return [...columns].flatMap(([column, value]) => {
      const valueNow = now.columns.get(column)
      return relabelled || valueNow === undefined || typeOf(valueNow) !== typeOf(value) || valueNow === value ||
          says(`column ${table}.${quoteIdentifier(column)}`)
        ? []
        : [`column ${table}.${quoteIdentifier(column)} holds other values than before`]
    })
  })
}
