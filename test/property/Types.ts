/** Writes schemas, extensions, types, sequences and routines. */
import { quoteLiteral } from "../../src/postgres/Identifier.ts"
import type { Column, Family, Genes, World } from "./World.ts"

/** Writes one element: its statements, none where what it needs is not there. What it makes is noted in the world. */
export type Writer = (genes: Genes, world: World) => ReadonlyArray<string>

const labels = ["new", "paid", "it's", "Sent", "", "ä ö", "done"]

const note = (world: World, sql: string, family: Family, defaults: ReadonlyArray<string>, comment: string): void => {
  world.types.push({ sql, family, defaults }, { sql: `${sql}[]`, family: "array", defaults: ["'{}'"] })
  world.commentable.push(`${comment} ${sql}`)
}

/** A schema. */
export const schema: Writer = (genes, world) => {
  const name = genes.name()
  world.schemas.push(name)
  world.commentable.push(`SCHEMA ${name}`)
  return [`CREATE SCHEMA ${name}`]
}

/** An extension that the embedded engine has too. */
export const extension: Writer = (genes, world) => {
  const name = genes.of(["citext", "hstore", "pg_trgm", "btree_gist"])
  const schema = genes.choose(world.schemas, (schema) => schema) ?? "public"
  if (name === "citext") world.types.push({ sql: `${schema}.citext`, family: "text", defaults: ["''"] })
  if (name === "hstore") world.types.push({ sql: `${schema}.hstore`, family: "other", defaults: ["'a=>1'"] })
  return [`CREATE EXTENSION ${name} SCHEMA ${schema}`]
}

/** An enum type, with some of the labels in some order. */
export const enumeration: Writer = (genes, world) => {
  const { sql } = world.name(genes)
  const start = genes.next() % labels.length
  const order = [...labels.slice(start), ...labels.slice(0, start)]
  if (genes.oneIn(4)) order.reverse()
  const omitted = genes.next()
  const chosen = order.filter((_, i) => (omitted >> i & 1) === 0).map(quoteLiteral)
  note(world, sql, "enum", chosen, "TYPE")
  return [`CREATE TYPE ${sql} AS ENUM (${chosen.join(", ")})`]
}

/** A composite type. */
export const composite: Writer = (genes, world) => {
  const { sql } = world.name(genes)
  const count = genes.next() % 4
  const columns = Array.from(
    { length: count },
    (): Column => ({ sql: genes.name(), type: world.type(genes), generated: false })
  )
  const attributes = columns.map((column) => `${column.sql} ${column.type.sql}`)
  world.composites.push({ sql, columns })
  note(world, sql, "other", [], "TYPE")
  return [`CREATE TYPE ${sql} AS (${attributes.join(", ")})`]
}

/** A range type. */
export const range: Writer = (genes, world) => {
  const { sql } = world.name(genes)
  const subtype = genes.of(["integer", "double precision", "time", "text"])
  const difference = subtype === "double precision" && genes.oneIn(2) ? ", SUBTYPE_DIFF = float8mi" : ""
  const collation = subtype === "text" && genes.oneIn(2) ? `, COLLATION = "C"` : ""
  note(world, sql, "range", ["'empty'"], "TYPE")
  return [`CREATE TYPE ${sql} AS RANGE (SUBTYPE = ${subtype}${difference}${collation})`]
}

/** A domain, over any type. */
export const domain: Writer = (genes, world) => {
  const { sql } = world.name(genes)
  const base = world.type(genes)
  const initial = genes.oneIn(3) && base.defaults[0] !== undefined ? ` DEFAULT ${base.defaults[0]}` : ""
  const notNull = genes.oneIn(4) ? " NOT NULL" : ""
  const checks = genes.next() % 3
  const condition = (): string => world.condition(genes, { sql: "VALUE", type: base, generated: false })
  const clauses = Array.from(
    { length: checks },
    (_, i) => ` CONSTRAINT ${i === 0 ? genes.name() : "second_check"} CHECK (${condition()})`
  )
  const later = genes.oneIn(6) ? [`ALTER DOMAIN ${sql} ADD CONSTRAINT unchecked CHECK (${condition()}) NOT VALID`] : []
  note(world, sql, base.family, base.defaults, "DOMAIN")
  return [`CREATE DOMAIN ${sql} AS ${base.sql}${initial}${notNull}${clauses.join("")}`, ...later]
}

/** A sequence that stands by itself. */
export const sequence: Writer = (genes, world) => {
  const { sql } = world.name(genes)
  const unlogged = genes.oneIn(8) ? "UNLOGGED " : ""
  const type = genes.of(["", " AS smallint", " AS integer"])
  const increment = genes.of(["", " INCREMENT BY 5", " INCREMENT BY -1"])
  const bounds = genes.of(["", " MINVALUE -100 MAXVALUE 1000 START WITH 7", " CACHE 20", " CYCLE"])
  world.sequences.push(sql)
  world.commentable.push(`SEQUENCE ${sql}`)
  return [`CREATE ${unlogged}SEQUENCE ${sql}${type}${increment}${bounds}`]
}

const attributes = (genes: Genes): string =>
  genes.of([
    "",
    " STRICT",
    " PARALLEL SAFE",
    " LEAKPROOF",
    " COST 7",
    " SECURITY DEFINER SET search_path TO ''",
    " SET work_mem TO '5MB'"
  ])

/** A function, procedure or aggregate that reads no relation. */
export const routine: Writer = (genes, world) => {
  const { sql } = world.name(genes)
  const variant = genes.next() % 10
  const constant = genes.next() % 5
  const more = attributes(genes)
  const argument = genes.of(["x", "Value", ""])
  const named = argument === "" ? "" : `"${argument}" `
  const signature = (type: string): string => {
    world.commentable.push(`FUNCTION ${sql}(${type})`)
    return `FUNCTION ${sql}(${named}${type})`
  }
  switch (variant) {
    case 0:
      world.callables.push({ sql, family: "number" })
      return [
        `CREATE ${signature("integer")} RETURNS integer LANGUAGE sql IMMUTABLE${more} AS 'SELECT $1 + ${constant}'`
      ]
    case 1:
      world.callables.push({ sql, family: "number" })
      return [`CREATE ${signature("integer")} RETURNS integer LANGUAGE sql IMMUTABLE${more} RETURN $1 + ${constant}`]
    case 2:
      world.callables.push({ sql, family: "number" })
      return [
        `CREATE ${
          signature("integer")
        } RETURNS integer LANGUAGE plpgsql IMMUTABLE${more} AS $$BEGIN RETURN $1 + ${constant}; END$$`
      ]
    case 3:
      world.callables.push({ sql, family: "text" })
      return [
        `CREATE ${
          signature("text")
        } RETURNS text LANGUAGE sql IMMUTABLE${more} BEGIN ATOMIC SELECT lower($1) || '${constant}'; END`
      ]
    case 4:
    case 5: {
      const body = constant === 0 ? "RETURN NEW;" : `NEW := NEW; -- ${constant}\n  RETURN COALESCE(NEW, OLD);`
      world.triggerFunctions.push(sql)
      world.commentable.push(`FUNCTION ${sql}()`)
      return [
        `CREATE FUNCTION ${sql}() RETURNS trigger LANGUAGE plpgsql${
          more.replace(" STRICT", "")
        } AS $$\nBEGIN\n  ${body}\nEND\n$$`
      ]
    }
    case 6: {
      world.commentable.push(`PROCEDURE ${sql}(integer)`)
      return [
        `CREATE PROCEDURE ${sql}(${named}integer) LANGUAGE plpgsql AS $body$BEGIN RAISE NOTICE '%', $1 + ${constant}; END$body$`
      ]
    }
    case 7: {
      const type = world.type(genes)
      const initial = type.defaults[constant % Math.max(1, type.defaults.length)]
      return [
        `CREATE FUNCTION ${sql}(IN ${named}${type.sql}${
          initial === undefined ? "" : ` DEFAULT ${initial}`
        }, OUT "Result" integer, OUT other ${type.sql})` +
        ` LANGUAGE plpgsql VOLATILE AS 'BEGIN "Result" := ${constant}; END'`
      ]
    }
    case 8: {
      const rows = constant === 0 ? "" : ` ROWS ${constant}`
      return [
        `CREATE FUNCTION ${sql}(VARIADIC a integer[] DEFAULT '{}') RETURNS TABLE (n integer, "T" ${
          world.type(genes).sql
        }) LANGUAGE plpgsql STABLE${rows} AS 'BEGIN RETURN; END'`
      ]
    }
    default:
      world.commentable.push(`AGGREGATE ${sql}(integer)`)
      return [
        `CREATE AGGREGATE ${sql}(integer) (SFUNC = int4pl, STYPE = integer${
          constant === 0 ? "" : `, INITCOND = '${constant}'`
        })`
      ]
  }
}
