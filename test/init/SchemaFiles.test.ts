/** A schema as files of a folder: one for each table, readable, and the same schema when they are loaded. */
import { expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import { hash } from "../../src/Catalog.ts"
import { Dialect } from "../../src/Dialect.ts"
import { type SchemaFile, schemaFiles } from "../../src/init/SchemaFiles.ts"
import * as Lockplane from "../../src/Lockplane.ts"
import { aspects, narrow } from "../../src/ManagedScope.ts"
import * as Platform from "../../src/platform.ts"
import * as Source from "../../src/Source.ts"
import * as it from "../effect.ts"

const live = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))

/** The files of a schema that is written as SQL; what they load as is the same. */
const filesOf = (sql: string) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped()
    yield* fs.writeFileString(`${folder}/all.sql`, sql)
    const read = (path: string) =>
      Effect.map(Source.load(Source.parse(path)), (catalog) => narrow(catalog, { aspects }))
    const catalog = yield* read(`${folder}/all.sql`)
    const { kindOf } = yield* Dialect
    const files = yield* Effect.fromResult(schemaFiles(catalog, { kindOf, serverMajor: 18 }))
    yield* fs.makeDirectory(`${folder}/schema`)
    for (const { name, text } of files) yield* fs.writeFileString(`${folder}/schema/${name}`, text)
    expect(hash(yield* read(`${folder}/schema`))).toBe(hash(catalog))
    return new Map(files.map(({ name, text }: SchemaFile) => [name, text]))
  }).pipe(Effect.scoped)

live("each table has its file, with all that belongs to it; other objects have theirs", () =>
  Effect.gen(function*() {
    const files = yield* filesOf(`
      CREATE EXTENSION pgcrypto;
      CREATE SCHEMA audit;
      CREATE TYPE mood AS ENUM ('ok', 'bad');
      CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL UNIQUE, mood mood DEFAULT 'ok');
      COMMENT ON TABLE users IS 'People';
      COMMENT ON COLUMN users.email IS 'In lower case';
      CREATE INDEX users_mood ON users (mood);
      CREATE TABLE audit.log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int REFERENCES users);
      ALTER TABLE users ADD COLUMN last bigint REFERENCES audit.log;
      ALTER TABLE users ENABLE ROW LEVEL SECURITY;
      CREATE POLICY own ON users USING (email = current_user);
      CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
      CREATE TRIGGER touched BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
      CREATE VIEW people AS SELECT id, email FROM users;
      COMMENT ON VIEW people IS 'Without moods';
      CREATE SEQUENCE numbers;
      GRANT SELECT ON users TO PUBLIC;
    `)
    expect([...files.keys()]).toEqual([
      "audit.log.lp.sql",
      "extensions.lp.sql",
      "functions.lp.sql",
      "schemas.lp.sql",
      "sequences.lp.sql",
      "types.lp.sql",
      "users.lp.sql",
      "views.lp.sql"
    ])
    const users = files.get("users.lp.sql") ?? ""
    expect(users.startsWith("-- Table users\n\nCREATE SEQUENCE public.users_id_seq")).toBe(true)
    for (
      const part of [
        "CREATE TABLE public.users (\n  id integer DEFAULT",
        "COMMENT ON TABLE public.users IS 'People';",
        "COMMENT ON COLUMN public.users.email IS 'In lower case';",
        "CREATE INDEX users_mood",
        "REFERENCES audit.log(id)",
        "ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY own",
        "CREATE TRIGGER touched",
        "GRANT SELECT"
      ]
    ) expect(users).toContain(part)
    expect(files.get("sequences.lp.sql")).not.toContain("users_id_seq")
    const views = files.get("views.lp.sql") ?? ""
    expect(views.indexOf("COMMENT ON VIEW")).toBeGreaterThan(views.indexOf("CREATE VIEW"))
  }))

live("files have names of their own, whatever tables are called", () =>
  Effect.gen(function*() {
    const files = yield* filesOf(`
      CREATE SCHEMA "a.b";
      CREATE TABLE "Odd/../name" (a int) PARTITION BY RANGE (a);
      CREATE TABLE "odd____name" PARTITION OF "Odd/../name" FOR VALUES FROM (1) TO (2);
      CREATE TABLE types (t text);
      CREATE TABLE "a.b".c (d int);
      CREATE TABLE "a_b.c" (d int);
      CREATE TYPE types_too AS ENUM ('x');
    `)
    const names = [...files.keys()]
    expect(names).toContain("Odd____name.lp.sql")
    expect(names).toContain("odd____name-2.lp.sql")
    expect(files.get("types.lp.sql")).toContain("CREATE TYPE")
    expect(files.get("types-2.lp.sql")).toContain("CREATE TABLE public.types")
    expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[\w-]+(\.[\w-]+)?\.lp\.sql$/)
  }))
