/** Schemas whose text or JSON comes back as they are only where everything is made in the one order in which it can be. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Catalog, compared } from "../../src/Catalog.ts"
import { rehearse } from "../../src/engine/Transaction.ts"
import { layer as platform } from "../../src/platform.ts"
import * as EmbeddedShadow from "../../src/postgres/EmbeddedShadow.ts"
import { introspect } from "../../src/postgres/Introspection.ts"
import { load } from "../../src/postgres/Loader.ts"
import { loadObjects } from "../../src/postgres/ObjectLoader.ts"
import { decode, encodeJson } from "../../src/postgres/SchemaJson.ts"
import { parse } from "../../src/postgres/sql/Parser.ts"
import { toSql } from "../../src/SchemaSql.ts"
import { Shadow } from "../../src/Shadow.ts"
import * as it from "../effect.ts"
import { known } from "./kinds/kindCases.ts"

const schemas: Readonly<Record<string, string>> = {
  "a function that is called like a range type, in a view": `
    CREATE TYPE s AS RANGE (SUBTYPE = integer);
    CREATE FUNCTION s(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
    CREATE TABLE t (a text);
    CREATE VIEW b AS SELECT s(a) AS c FROM t`,
  "a function that is called like a domain, in an index": `
    CREATE DOMAIN d AS text;
    CREATE FUNCTION d(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
    CREATE TABLE t (a integer);
    CREATE INDEX i ON t (d(a))`,
  "a check that is not valid, in a partition of a partition, above one with an index": `
    CREATE TABLE z (a integer, b text) PARTITION BY HASH (a);
    CREATE TABLE y PARTITION OF z FOR VALUES WITH (MODULUS 4, REMAINDER 0) PARTITION BY RANGE (b);
    CREATE TABLE x PARTITION OF y FOR VALUES FROM ('k') TO (MAXVALUE);
    ALTER TABLE z ADD CONSTRAINT c CHECK (a > 0) NOT VALID;
    CREATE INDEX i ON y (lower(b))`,
  "a check that is not valid, in a child table that has the name of its schema": `
    CREATE SCHEMA s;
    CREATE TABLE s.t (a integer);
    CREATE TABLE s.z (a integer);
    CREATE TABLE s.s () INHERITS (s.t);
    ALTER TABLE s.t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;
    CREATE FUNCTION s.f() RETURNS SETOF s.z LANGUAGE sql BEGIN ATOMIC SELECT a FROM s.z; END`,
  "a check that is not valid, and that a child table has as a valid one because it came later": `
    CREATE TABLE t (a integer);
    CREATE TABLE b () INHERITS (t);
    ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID;
    CREATE TABLE a () INHERITS (b, t)`,
  "a partition with two keys on the same columns, of which the table above has one": `
    CREATE TABLE t (a integer, b integer) PARTITION BY HASH (a);
    CREATE TABLE u PARTITION OF t FOR VALUES WITH (MODULUS 4, REMAINDER 0) PARTITION BY RANGE (a);
    CREATE TABLE w PARTITION OF u FOR VALUES FROM (0) TO (9);
    ALTER TABLE t ADD UNIQUE (a);
    ALTER TABLE u ADD PRIMARY KEY (a);
    CREATE INDEX i ON t ((b + 1))`,
  "a check that is not valid and calls a function, in a partition of a partition that was attached": `
    CREATE SCHEMA s;
    CREATE FUNCTION s.f(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 3';
    CREATE TABLE t (id integer) PARTITION BY RANGE (id);
    CREATE TABLE b PARTITION OF t FOR VALUES FROM (MINVALUE) TO (10) PARTITION BY RANGE (id);
    CREATE TABLE s.z PARTITION OF b FOR VALUES FROM (MINVALUE) TO (10);
    ALTER TABLE b ADD CONSTRAINT c CHECK (s.f(id) > 0) NOT VALID`,
  "a materialized view that another was filled from, before it lost its data": `
    CREATE TABLE t (a integer);
    CREATE MATERIALIZED VIEW v AS SELECT a FROM t;
    CREATE MATERIALIZED VIEW w AS SELECT a FROM v;
    REFRESH MATERIALIZED VIEW v WITH NO DATA`,
  "two keys on the same column of partitions of partitions, one of them called like a partition": `
    CREATE SCHEMA s;
    CREATE TABLE b (id integer, c integer NOT NULL) PARTITION BY RANGE (id);
    CREATE TABLE s.o PARTITION OF b FOR VALUES FROM (50) TO (60) PARTITION BY LIST (id);
    CREATE TABLE x (LIKE s.o);
    ALTER TABLE s.o ATTACH PARTITION x FOR VALUES IN (6);
    CREATE TABLE s.a PARTITION OF b FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id);
    ALTER TABLE b ADD PRIMARY KEY (id);
    ALTER TABLE b ADD CONSTRAINT o UNIQUE (id) DEFERRABLE;
    ALTER TABLE x ADD CONSTRAINT s EXCLUDE USING btree (c WITH =);
    CREATE FUNCTION x(b) RETURNS text LANGUAGE sql IMMUTABLE RETURN 'x';
    CREATE FUNCTION s.m() RETURNS SETOF s.a LANGUAGE sql STABLE BEGIN ATOMIC SELECT * FROM s.a; END`,
  "an index of a table whose partition needs a function": `
    CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1';
    CREATE TABLE t (a integer) PARTITION BY HASH (a);
    CREATE TABLE a PARTITION OF t FOR VALUES WITH (MODULUS 4, REMAINDER 0) PARTITION BY HASH (a);
    CREATE INDEX i ON t ((a * 2)) INCLUDE (a);
    ALTER TABLE a ADD CONSTRAINT c CHECK (f(a) > 0)`,
  "a key that stands for the key of another sort of a partition with an identity": `
    CREATE TABLE t (a bigint, b integer GENERATED ALWAYS AS IDENTITY) PARTITION BY HASH (a);
    CREATE TABLE u PARTITION OF t FOR VALUES WITH (MODULUS 4, REMAINDER 0) PARTITION BY LIST (a);
    CREATE TABLE w PARTITION OF u DEFAULT;
    ALTER TABLE w ADD CONSTRAINT k UNIQUE (a, b);
    ALTER TABLE t ADD PRIMARY KEY (a, b)`,
  "equal keys, which partitions have in the order in which they were made": `
    CREATE TABLE t (a text) PARTITION BY LIST (a);
    CREATE TABLE u PARTITION OF t FOR VALUES IN ('a');
    ALTER TABLE t ADD CONSTRAINT z UNIQUE (a);
    ALTER TABLE t ADD CONSTRAINT b UNIQUE (a)`,
  "a function that returns rows of a child table whose parent gained a column later": `
    CREATE TABLE p (a integer NOT NULL);
    CREATE TABLE t (b text) INHERITS (p);
    ALTER TABLE p ADD c integer CONSTRAINT k CHECK (c > 0);
    CREATE FUNCTION f() RETURNS SETOF t LANGUAGE sql BEGIN ATOMIC SELECT * FROM t; END`
}

/** What is compared of a catalog, as text. */
const told = (catalog: Catalog): string =>
  encodeJson({
    ...catalog,
    objects: new Map([...catalog.objects].map(([id, object]) => [id, { ...object, state: compared(object.state) }]))
  })

describe("a schema comes back", () => {
  const test = it.layer(EmbeddedShadow.layer.pipe(Layer.provide(platform)))
  for (const [name, sql] of Object.entries(schemas)) {
    test(`as it is: ${name}`, () =>
      Effect.gen(function*() {
        const session = yield* (yield* Shadow).reserve({ extensions: [] })
        const catalog = yield* rehearse(session, Effect.andThen(session.execute(sql), introspect(session)))
        const wanted = told(catalog)
        const text = yield* Effect.fromResult(toSql(catalog, { kindOf: known, serverMajor: catalog.major }))
        const file = yield* parse({ path: "schema.lp.sql", text })
        const [{ errors }, ofText] = yield* rehearse(session, Effect.all([load([file], session), introspect(session)]))
        expect({ text, errors: errors.map(({ message }) => message) }).toEqual({ text, errors: [] })
        expect(told(ofText)).toBe(wanted)
        const objects = yield* decode(encodeJson(catalog))
        const [failures, ofJson] = yield* rehearse(
          session,
          Effect.all([loadObjects(objects, session), introspect(session)])
        )
        expect(failures.map(({ description, error }) => `${description}: ${error.message}`)).toEqual([])
        expect(told(ofJson)).toBe(wanted)
      }).pipe(Effect.scoped))
  }
})
