import * as Effect from "effect/Effect"
import { validateFiles } from "./src/postgres/sql/Validation.ts"
import { renderText } from "./src/postgres/sql/ValidationReport.ts"
const run = async (n: string, text: string, show = false) => { const t=performance.now(); const r = await Effect.runPromise(validateFiles([{path:"s.lp.sql", text}])); console.log(n, Math.round(performance.now()-t), "ms", r.issues.length); if (show) console.log(renderText(r)) }
const tables = (n: number, extra = "") => Array.from({length:n},(_, i)=>`create table t${i} (id bigint generated always as identity primary key, name text not null default 'x', other_id bigint references t${i>0?i-1:0}(id), c timestamptz default now(), d numeric(10,2), e jsonb, unique(name)${i % 2 ? extra : ""});\ncreate index on t${i} (other_id);`).join("\n")
await run("warm", "select 1")
await run("2000", tables(2000))
await run("2000", tables(2000))
await run("2000 multibyte", tables(2000) + "-- é")
await run("1000 broken", tables(1000, ", a int,, b int FOO BAR"))
await run("nested", "create view v as select " + "(".repeat(3000) + "1" + ")".repeat(3000))
try { await run("nested+", "create view v as select 1" + "+1".repeat(20000)) } catch (e) { console.log(String(e).slice(0,200)) }
try { await run("nested+", "create view v as select " + "(".repeat(200000) + "1" + ")".repeat(200000)) } catch (e) { console.log(String(e).slice(0,200)) }
await run("after", "create table x (id int primary key)")
await run("nul", "create table x (id int primary key, \0 y int)", true)
await run("empty", "", true)
await run("comment", "-- nothing\n", true)
await run("cr", "create table x (id int)\rcreate table y (id int refrences)", true)
await run("garbage", "hello world\nfoo bar;\n)))) ;; ' \n\ncreate table a (b int primry key);", true)
await run("dir", "\uFEFFcreate table x (id int primary key references nowhere);\r\nDROP TABLE x;\r\nalter table x drop column id, add y int references \"Z\" (\"Q\");", true)
