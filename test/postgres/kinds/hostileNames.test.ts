/**
 * Every kind of object under names that break careless programs: created, commented, altered, made anew, dropped and brought
 * back. A kind of the registry that no schema below has makes the test fail.
 */
import { expect } from "bun:test"
import * as Effect from "effect/Effect"
import { Database } from "../../../src/engine/Database.ts"
import { reservedKeywords } from "../../../src/postgres/keywords.ts"
import { kinds } from "../../../src/postgres/kinds/registry.ts"
import { withLabels } from "../../../src/postgres/LabelProvider.ts"
import { layer } from "../../effect.ts"
import { arrives, database, read } from "./kindCases.ts"

/** Ways to make a name of a word, each giving another name for another word. */
const styles: Readonly<Record<string, (word: string) => string>> = {
  "quotes, dots, blanks, brackets": (word) => ` "${word}"'.%I [](a, "b") ; -- /* ${word}`,
  "newlines, dollars, backslashes, other scripts": (word) => `$$\n${word}\\'$1\u00e9\u6f22\u{1f600}$`,
  "63 bytes": (word) => word.padEnd(63, "x"),
  "63 bytes of longer characters": (word) => word + "\u00e9".repeat((63 - word.length) >> 1),
  "mixed case and names of JavaScript's own": (word) => `__proto__${word[0]?.toUpperCase()}${word.slice(1)}`
}

/** Key words, one for each word that the schemas name. */
const reserved = [...reservedKeywords]

/** The schemas that the plans lead through; `b` differs from `a` by alterations, `c` from both by what has to be made anew. */
type Stage = "a" | "b" | "c"

const schemaOf = (nameOf: (word: string) => string, stage: Stage): string => {
  const q = (word: string): string => `"${nameOf(word).replaceAll("\"", "\"\"")}"`
  const literal = (word: string): string => `'${nameOf(word).replaceAll("'", "''")}'`
  const text = stage === "a" ? literal("schema") : "'another'"
  const s = (word: string): string => `${q("schema")}.${q(word)}`
  /** One of three, by stage. */
  const by = (a: string, b: string, c: string): string => ({ a, b, c })[stage]
  const lines = [
    "SET LOCAL standard_conforming_strings = on; SET LOCAL check_function_bodies = off",
    `CREATE ROLE ${q("role")}`,
    `CREATE SCHEMA ${q("schema")}; COMMENT ON SCHEMA ${q("schema")} IS ${text}`,
    // types
    `CREATE TYPE ${s("enum")} AS ENUM (${literal("one")}, ${
      by(literal("two"), `${literal("two")}, ${literal("three")}`, literal("three"))
    })`,
    `CREATE DOMAIN ${s("domain")} AS ${by("text", "text", "varchar(70)")} DEFAULT ${text} CONSTRAINT ${
      q("check")
    } CHECK (VALUE <> ${by(literal("one"), literal("two"), literal("two"))})`,
    `COMMENT ON CONSTRAINT ${q("check")} ON DOMAIN ${s("domain")} IS ${text}`,
    `CREATE TYPE ${s("composite")} AS (${q("one")} integer, ${q("two")} ${by("text", "varchar(9)", "varchar(9)")}${
      by("", `, ${q("three")} ${s("enum")}`, "")
    })`,
    `COMMENT ON COLUMN ${s("composite")}.${q("one")} IS ${text}`,
    `CREATE TYPE ${s("range")} AS RANGE (subtype = ${by("integer", "integer", "numeric")}, multirange_type_name = ${
      s("multi")
    })`,
    `CREATE TYPE ${s("shell")}`,
    `CREATE TYPE ${s("base")}`,
    `CREATE FUNCTION ${s("input")}(cstring) RETURNS ${s("base")} LANGUAGE internal IMMUTABLE STRICT AS 'int4in'`,
    `CREATE FUNCTION ${s("output")}(${s("base")}) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out'`,
    `CREATE TYPE ${s("base")} (INPUT = ${s("input")}, OUTPUT = ${s("output")}, LIKE = integer)`,
    `CREATE COLLATION ${s("collation")} (provider = libc, locale = ${by("'C'", "'C'", "'POSIX'")})`,
    // sequences and foreign data
    `CREATE SEQUENCE ${s("sequence")} INCREMENT ${by("1", "2", "2")} ${by("", "", "AS integer")}`,
    `CREATE FOREIGN DATA WRAPPER ${q("wrapper")} OPTIONS (${q("one")} ${text})`,
    `CREATE SERVER ${q("server")} TYPE ${by(literal("one"), literal("one"), literal("two"))} VERSION ${text}
       FOREIGN DATA WRAPPER ${q("wrapper")} OPTIONS (${q("one")} ${text}, ${by(q("two"), q("three"), q("two"))} ${
      literal("one")
    })`,
    `CREATE USER MAPPING FOR ${q("role")} SERVER ${q("server")} OPTIONS ("user" ${text})`,
    `CREATE FOREIGN TABLE ${s("foreign")} (${q("one")} ${by("integer", "bigint", "bigint")} OPTIONS (${
      q("two")
    } ${text}) DEFAULT 1,
       CONSTRAINT ${q("check")} CHECK (${q("one")} > 0)) SERVER ${q("server")} OPTIONS (${q("three")} ${text})`,
    // tables
    `CREATE TABLE ${s("table")} (
       ${q("id")} bigint GENERATED ${by("ALWAYS", "BY DEFAULT", "ALWAYS")} AS IDENTITY (SEQUENCE NAME ${s("idseq")}),
       ${q("one")} ${by("integer", "bigint", "bigint")} CONSTRAINT ${q("notnull")} NOT NULL DEFAULT nextval(${`'${
      s("sequence").replaceAll("'", "''")
    }'`}),
       ${q("two")} ${s("enum")}[] DEFAULT ARRAY[${literal("one")}::${s("enum")}],
       ${q("three")} text COLLATE ${s("collation")} DEFAULT ${text},
       ${q("domain")} ${s("domain")}, ${q("composite")} ${s("composite")}, ${q("range")} ${s("range")}, ${q("multi")} ${
      s("multi")
    },
       ${q("generated")} text GENERATED ALWAYS AS (${q("three")} || ${text}) STORED,
       CONSTRAINT ${q("primary")} PRIMARY KEY (${q("id")}), CONSTRAINT ${q("unique")} UNIQUE (${q("one")}${
      by("", "", `, ${q("id")}`)
    }),
       CONSTRAINT ${q("check")} CHECK (${q("one")} > ${by("0", "1", "1")}),
       CONSTRAINT ${q("exclude")} EXCLUDE USING btree (${q("one")} WITH =),
       CONSTRAINT ${q("self")} FOREIGN KEY (${q("one")}) REFERENCES ${s("table")} (${q("id")}) ON DELETE ${
      by("CASCADE", "SET NULL", "SET NULL")
    })`,
    `ALTER SEQUENCE ${s("sequence")} OWNED BY ${s("table")}.${q("one")}`,
    `COMMENT ON COLUMN ${s("table")}.${q("one")} IS ${text}; COMMENT ON CONSTRAINT ${q("check")} ON ${
      s("table")
    } IS ${text}`,
    `CREATE INDEX ${q("index")} ON ${s("table")} (${by(q("one"), `${q("one")} DESC`, `lower(${q("three")})`)})`,
    `CREATE STATISTICS ${s("statistics")} ON ${q("one")}, ${by(q("two"), q("two"), q("three"))} FROM ${s("table")}`,
    `CREATE TABLE ${s("child")} (${q("extra")} integer) INHERITS (${s("table")})`,
    `CREATE TABLE ${s("typed")} OF ${s("composite")}`,
    `CREATE TABLE ${s("parted")} (${q("one")} integer, ${q("two")} text) PARTITION BY LIST (${q("one")})`,
    `CREATE INDEX ${q("partedindex")} ON ${s("parted")} (${q("two")})`,
    `CREATE TABLE ${s("partition")} PARTITION OF ${s("parted")} FOR VALUES IN (${by("1", "1, 2", "3")})`,
    `ALTER TABLE ${s("table")} ENABLE ROW LEVEL SECURITY`,
    `CREATE POLICY ${q("policy")} ON ${s("table")} ${by("", "", "FOR SELECT")} TO ${q("role")} USING (${
      q("three")
    } = ${text})`,
    // routines
    `CREATE FUNCTION ${s("trigger")}() RETURNS trigger LANGUAGE plpgsql AS 'begin return null; end'`,
    `CREATE FUNCTION ${s("function")}(${q("one")} integer, ${q("two")} ${s("enum")} DEFAULT ${literal("one")})
       RETURNS ${by("integer", "integer", "bigint")} LANGUAGE sql IMMUTABLE AS 'select ${by("1", "2", "2")}'`,
    `CREATE FUNCTION ${s("atomic")}(${q("one")} integer) RETURNS integer LANGUAGE sql
       BEGIN ATOMIC SELECT max(${q("one")})::integer FROM ${s("table")} WHERE ${q("three")} = ${text}; END`,
    `CREATE PROCEDURE ${s("procedure")}(INOUT ${q("one")} integer) LANGUAGE sql AS 'select ${by("1", "2", "2")}'`,
    `CREATE FUNCTION ${s("step")}(integer, integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'select 1'`,
    `CREATE AGGREGATE ${s("aggregate")}(${q("one")} integer) (sfunc = ${s("step")}, stype = integer, initcond = '${
      by("0", "1", "1")
    }')`,
    `CREATE TRIGGER ${q("trigger")} AFTER UPDATE OF ${q("one")} ON ${s("table")} FOR EACH ROW
       EXECUTE FUNCTION ${s("trigger")}(${text})`,
    `ALTER TABLE ${s("table")} ${by("ENABLE", "DISABLE", "ENABLE ALWAYS")} TRIGGER ${q("trigger")}`,
    `CREATE TRIGGER ${q("partedtrigger")} AFTER INSERT ON ${s("parted")} FOR EACH ROW EXECUTE FUNCTION ${
      s("trigger")
    }()`,
    `ALTER TABLE ${s("partition")} ${by("DISABLE", "ENABLE ALWAYS", "DISABLE")} TRIGGER ${q("partedtrigger")}`,
    // views and rules
    `CREATE VIEW ${s("view")} AS SELECT ${q("one")}, ${by("", "", `1 AS ${q("zero")},`)} ${q("three")} AS ${
      q("alias")
    }${by("", `, ${q("two")}`, "")} FROM ${s("table")} ${q("aliased")} WHERE ${q("three")} <> ${text}`,
    `ALTER VIEW ${s("view")} ALTER COLUMN ${q("one")} SET DEFAULT ${by("1", "2", "2")}; COMMENT ON COLUMN ${
      s("view")
    }.${q("alias")} IS ${text}`,
    `CREATE MATERIALIZED VIEW ${s("matview")} AS SELECT ${q("one")}, ${text}::text AS ${q("alias")} FROM ${s("table")}`,
    `CREATE UNIQUE INDEX ${q("matindex")} ON ${s("matview")} (${q("one")})`,
    `CREATE RULE ${q("rule")} AS ON ${by("INSERT", "INSERT", "UPDATE")} TO ${s("child")} DO ALSO NOTIFY ${q("rule")}`,
    // operators and what belongs to them
    `CREATE OPERATOR ${q("schema")}.<%> (LEFTARG = integer, RIGHTARG = integer, FUNCTION = ${s("step")})`,
    `CREATE FUNCTION ${s("less")}(${s("base")}, ${
      s("base")
    }) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'int4lt'`,
    `CREATE FUNCTION ${s("order")}(${s("base")}, ${
      s("base")
    }) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'btint4cmp'`,
    `CREATE OPERATOR ${q("schema")}.<< (LEFTARG = ${s("base")}, RIGHTARG = ${s("base")}, FUNCTION = ${s("less")})`,
    `CREATE OPERATOR FAMILY ${s("family")} USING btree`,
    `CREATE OPERATOR CLASS ${s("class")} FOR TYPE ${s("base")} USING btree FAMILY ${s("family")} AS
       OPERATOR 1 ${q("schema")}.<<, FUNCTION 1 ${s("order")}(${s("base")}, ${s("base")})`,
    `ALTER OPERATOR FAMILY ${s("family")} USING btree ADD
       OPERATOR 1 pg_catalog.< (integer, integer), FUNCTION 1 (integer, integer) pg_catalog.btint4cmp(integer, integer)`,
    `CREATE CAST (${s("base")} AS integer) WITHOUT FUNCTION${by("", " AS ASSIGNMENT", "")}`,
    `CREATE CONVERSION ${s("conversion")} FOR 'LATIN1' TO 'UTF8' FROM pg_catalog.iso8859_1_to_utf8`,
    // text search
    `CREATE TEXT SEARCH PARSER ${
      s("parser")
    } (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype)`,
    `CREATE TEXT SEARCH TEMPLATE ${s("template")} (INIT = dsimple_init, LEXIZE = dsimple_lexize)`,
    `CREATE TEXT SEARCH DICTIONARY ${s("dictionary")} (TEMPLATE = ${s("template")}, ACCEPT = ${
      by("true", "false", "false")
    })`,
    `CREATE TEXT SEARCH CONFIGURATION ${s("configuration")} (PARSER = ${s("parser")})`,
    `ALTER TEXT SEARCH CONFIGURATION ${s("configuration")} ADD MAPPING FOR ${by("word", "asciiword", "word")} WITH ${
      s("dictionary")
    }`,
    // what lives in no schema
    `CREATE LANGUAGE ${q("language")} HANDLER plpgsql_call_handler`,
    `CREATE FUNCTION ${s("transform")}(internal) RETURNS ${s("base")} LANGUAGE internal IMMUTABLE STRICT AS 'int4recv'`,
    `CREATE TRANSFORM FOR ${s("base")} LANGUAGE ${q("language")} (TO SQL WITH FUNCTION ${s("transform")}(internal))`,
    `CREATE ACCESS METHOD ${q("method")} TYPE TABLE HANDLER heap_tableam_handler`,
    `CREATE PUBLICATION ${q("publication")} FOR TABLE ${s("table")} (${q("id")}${by("", `, ${q("one")}`, "")})`,
    `CREATE PUBLICATION ${q("publisher")} FOR TABLES IN SCHEMA ${q("schema")}`,
    `CREATE FUNCTION ${s("event")}() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end'`,
    `CREATE EVENT TRIGGER ${q("eventtrigger")} ON ddl_command_end WHEN TAG IN ('CREATE SERVER') EXECUTE FUNCTION ${
      s("event")
    }()`,
    // access
    `ALTER TABLE ${s("parted")} OWNER TO ${q("role")}`,
    `GRANT SELECT${by("", ", INSERT", "")} ON ${s("table")} TO ${q("role")}; GRANT UPDATE (${q("one")}) ON ${
      s("table")
    } TO ${q("role")}`,
    `ALTER DEFAULT PRIVILEGES IN SCHEMA ${q("schema")} GRANT ${by("SELECT", "INSERT", "SELECT")} ON TABLES TO ${
      q("role")
    }`
  ]
  const commented: ReadonlyArray<readonly [what: string, word: string]> = [
    ...["enum", "composite", "range", "base"].map((word) => ["TYPE", word] as const),
    ["DOMAIN", "domain"],
    ["COLLATION", "collation"],
    ["SEQUENCE", "sequence"],
    ["FOREIGN TABLE", "foreign"],
    ["TABLE", "table"],
    ["INDEX", "index"],
    ["STATISTICS", "statistics"],
    ["VIEW", "view"],
    ["MATERIALIZED VIEW", "matview"],
    ["CONVERSION", "conversion"],
    ["TEXT SEARCH PARSER", "parser"],
    ["TEXT SEARCH TEMPLATE", "template"],
    ["TEXT SEARCH DICTIONARY", "dictionary"],
    ["TEXT SEARCH CONFIGURATION", "configuration"]
  ]
  const global: ReadonlyArray<readonly [what: string, word: string]> = [
    ["FOREIGN DATA WRAPPER", "wrapper"],
    ["SERVER", "server"],
    ["LANGUAGE", "language"],
    ["ACCESS METHOD", "method"],
    ["PUBLICATION", "publication"],
    ["EVENT TRIGGER", "eventtrigger"]
  ]
  const comments = [
    ...commented.map(([what, word]) => `COMMENT ON ${what} ${s(word)} IS ${text}`),
    ...global.map(([what, word]) => `COMMENT ON ${what} ${q(word)} IS ${text}`),
    ...(["TRIGGER", "POLICY"] as const).map((what) =>
      `COMMENT ON ${what} ${q(what.toLowerCase())} ON ${s("table")} IS ${text}`
    ),
    `COMMENT ON RULE ${q("rule")} ON ${s("child")} IS ${text}`,
    `COMMENT ON FUNCTION ${s("function")}(integer, ${s("enum")}) IS ${text}`,
    `COMMENT ON PROCEDURE ${s("procedure")}(integer) IS ${text}`,
    `COMMENT ON AGGREGATE ${s("aggregate")}(integer) IS ${text}`,
    `COMMENT ON OPERATOR ${q("schema")}.<%> (integer, integer) IS ${text}`,
    `COMMENT ON OPERATOR CLASS ${s("class")} USING btree IS ${text}`,
    `COMMENT ON OPERATOR FAMILY ${s("family")} USING btree IS ${text}`
  ]
  const labels = [`COMMENT ON COLUMN ${s("table")}.${q("one")} IS ${text}`, ...comments].filter((sql) =>
    labelled.test(sql)
  )
  return [
    ...lines,
    ...comments,
    ...labels.map((sql) => sql.replace("COMMENT ON", `SECURITY LABEL FOR ${q("provider")} ON`))
  ].join(";\n")
}

/** Comments on what can be labelled too. */
const labelled =
  /^COMMENT ON (TABLE|COLUMN|AGGREGATE|DOMAIN|EVENT TRIGGER|FOREIGN TABLE|FUNCTION|LANGUAGE|MATERIALIZED VIEW|PROCEDURE|PUBLICATION|SEQUENCE|TYPE|VIEW) /

/** Kinds whose names are not the user's to choose, or that the embedded engine does not have. */
const elsewhere: ReadonlySet<string> = new Set(["extension", "subscription"])

const it = layer(database([]))

const words = new Map<string, string>()
const reservedFor = (word: string): string => {
  const known = words.get(word) ?? reserved[words.size]
  if (known === undefined) throw new Error("more words than reserved ones")
  words.set(word, known)
  return known
}

for (const [style, nameOf] of Object.entries({ ...styles, "reserved words": reservedFor })) {
  it(
    style,
    Effect.fnUntraced(function*() {
      const session = withLabels(yield* Effect.flatMap(Database, (database) => database.session))
      if (session.versionNumber < 150000) return
      const sql = { a: schemaOf(nameOf, "a"), b: schemaOf(nameOf, "b"), c: schemaOf(nameOf, "c") }
      const [a, b, c] = [yield* read(session, sql.a), yield* read(session, sql.b), yield* read(session, sql.c)]
      expect(a.unmanaged).toEqual([])
      const found = new Set([...a.objects.values()].map(({ kind }) => kind))
      expect(kinds.map(({ kind }) => kind).filter((kind) => !found.has(kind) && !elsewhere.has(kind))).toEqual([])
      const role = `CREATE ROLE "${nameOf("role").replaceAll("\"", "\"\"")}"`
      const nothing = yield* read(session, role)
      yield* arrives(session, role, nothing, a)
      for (const [from, to, start] of [[a, b, sql.a], [b, c, sql.b], [c, a, sql.c]] as const) {
        yield* arrives(session, start, from, to)
      }
      yield* arrives(session, sql.a, a, nothing)
    })
  )
}
