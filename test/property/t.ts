import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as PostgresDatabase from "../../src/engine/PostgresDatabase.ts"
import { kinds } from "../../src/postgres/kinds/registry.ts"
import { server, database, psql } from "../servers.ts"
import { schema } from "../../bench/schema.ts"
await Effect.runPromise(Effect.scoped(Effect.gen(function*() {
  const s = yield* server({ major: 15 })
  const url = yield* database(s)
  yield* psql(url, schema(1000))
  const db = yield* PostgresDatabase.make({ url: Redacted.make(url) })
  const session = yield* db.session
  yield* session.execute("set search_path=''; set jit=off")
  const time = (name: string, q: string) => Effect.gen(function*() {
    const ts: number[] = []
    for (let i=0;i<8;i++) { const rows = yield* session.query(`explain (analyze, timing off, summary) ${q}`); ts.push(Number(/Execution Time: ([\d.]+)/.exec(rows.map(r=>String(Object.values(r)[0])).join("\n"))?.[1])) }
    ts.sort((a,b)=>a-b); console.log(name.padEnd(56), ts[0]!.toFixed(1).padStart(8), ts[3]!.toFixed(1).padStart(8))
  })
  const agg = (q: string) => `select coalesce(json_agg(q), '[]')::text as rows from (${q}) q`
  const q = kinds.find(k=>k.kind==="column")!.query(15)
  const from = q.slice(q.lastIndexOf("from pg_attribute a\n"))
  yield* time("column: whole", agg(q))
  yield* time("column: count only", `select count(*) from (select a.attnum ${from}) q`)
  yield* session.execute("set enable_nestloop=off")
  yield* time("column: whole, no nestloop", agg(q))
  yield* time("column: count only, no nestloop", `select count(*) from (select a.attnum ${from}) q`)
  yield* time("column: + names as arrays, json_agg", agg(`select a.attrelid as oid, a.attnum as subid, array[n.nspname, c.relname, a.attname] as name, array['table', n.nspname, c.relname] as parent, a.attnum as position ${from}`))
  yield* time("column: + names as json arrays, json_agg", agg(`select a.attrelid as oid, a.attnum as subid, json_build_array(n.nspname, c.relname, a.attname) as name, json_build_array('table', n.nspname, c.relname) as parent, a.attnum as position ${from}`))
  yield* time("column: json_build_array row, json_agg", `select json_agg(json_build_array(a.attrelid, a.attnum, n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod))) ${from}`)
  yield* time("column: row as text array", `select json_agg(r) from (select array[a.attrelid::text, a.attnum::text, n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod)] r ${from}) q`)
  yield* time("column: + format_type", agg(`select format_type(a.atttypid, a.atttypmod) as t ${from}`))
  yield* time("column: state only", agg(`select ${q.slice(q.indexOf("jsonb_strip_nulls"), q.lastIndexOf("from pg_attribute a\n"))} ${from}`))
  const state = q.slice(q.indexOf("jsonb_strip_nulls"), q.lastIndexOf("from pg_attribute a\n"))
  yield* time("column: state only, json", agg(`select ${state.replaceAll("jsonb_strip_nulls(","(").replaceAll("jsonb_build_object","json_build_object")} ${from}`))
  yield* time("column: state only, no options subquery", agg(`select ${state.replace(/'options', \(select[^)]*\)[^)]*\),/, "")} ${from}`))
  for (const name of ["index","constraint","default"]) { yield* session.execute("set enable_nestloop=on"); const k = kinds.find(k=>k.kind===name)!.query(15); yield* time(name, agg(k)); yield* time(name+" count", `select count(*) from (${k}) q`)
   yield* session.execute("set enable_nestloop=off"); yield* time(name+" no nestloop", agg(k)) }
  yield* time("pg_get_indexdef alone", "select sum(length(pg_get_indexdef(indexrelid))) from pg_index where indexrelid > 16384")
  yield* time("pg_get_indexdef of a column alone", "select sum(length(pg_get_indexdef(indexrelid, 1, false))) from pg_index where indexrelid > 16384")
  yield* time("pg_get_constraintdef alone", "select sum(length(pg_get_constraintdef(oid))) from pg_constraint where oid > 16384")
  yield* time("pg_get_expr alone", "select sum(length(pg_get_expr(adbin, adrelid))) from pg_attrdef where oid > 16384")
})) as any)
