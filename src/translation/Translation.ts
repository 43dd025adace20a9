/**
 * A schema of one family of databases as a schema of the other. Everything is made on an engine of that family, one object
 * after the other, and read back: what it does not take is left out, and told.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { settled } from "../Canonical.ts"
import { type Catalog, type DialectName, hash } from "../Catalog.ts"
import type { CatalogCache } from "../CatalogCache.ts"
import { Dialect } from "../Dialect.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { rehearse } from "../engine/Transaction.ts"
import type { PlanRefused } from "../Planner.ts"
import type { ParserError } from "../postgres/sql/Parser.ts"
import { Shadow } from "../Shadow.ts"
import type { SourceError } from "../SourceError.ts"
import { type Draft, make } from "./Creation.ts"
import type { Note } from "./Note.ts"
import * as toPostgres from "./toPostgres/Schema.ts"
import * as toSqlite from "./toSqlite/Schema.ts"

/** A schema in the other family, and what is to be said of it. */
export interface Translation {
  readonly catalog: Catalog
  readonly notes: ReadonlyArray<Note>
}

/** The printed translation is not read back as what it is. */
export class TranslationError extends Schema.TaggedError<TranslationError>()("TranslationError", {
  family: Schema.Literals(["postgres", "sqlite"])
}) {
  override get message(): string {
    return `the translated schema, read again, is another one. Nothing is printed. Report it, with the schema; --dialect ${this.family} of parts of it may work`
  }
}

const draftOf = (catalog: Catalog): Effect.Effect<Draft, ParserError> =>
  catalog.dialect === "sqlite" ? Effect.sync(() => toPostgres.draft(catalog)) : toSqlite.draft(catalog)

/** Translates a schema into the family of the {@link Dialect} and {@link Shadow} in force, which is not its own. */
export const translate = Effect.fn("Translation.translate")(function*(
  catalog: Catalog
): Effect.fn.Return<Translation, DatabaseError | ParserError, Dialect | Shadow> {
  const dialect = yield* Dialect
  const { reserve } = yield* Shadow
  const { creations, notes } = yield* draftOf(catalog)
  return yield* Effect.scoped(Effect.gen(function*() {
    const session = yield* reserve({ extensions: [] })
    return yield* rehearse(
      session,
      Effect.gen(function*() {
        const refused = yield* make(session, creations)
        // what the shadow's own user has there is nobody's
        const { addresses: _, attached: __, reader: ___, ...made } = yield* dialect.introspect(session)
        return { catalog: { ...made, states: [] }, notes: [...notes, ...refused] }
      })
    )
  }))
})

/** Loads the text of a translation as any schema is loaded. Fails where that gives another schema. */
export const verify = Effect.fn("Translation.verify")(function*(
  { catalog }: Translation,
  text: string,
  format: "json" | "sql"
): Effect.fn.Return<
  void,
  DatabaseError | SourceError | PlanRefused | TranslationError,
  Dialect | Shadow | CatalogCache
> {
  const dialect = yield* Dialect
  const { reserve } = yield* Shadow
  const source = { path: "the translated schema", text, form: "declarative" as const }
  const schema = yield* format === "json" ? dialect.readJson(source) : dialect.readSql(source.path, [source])
  const read = yield* Effect.scoped(Effect.gen(function*() {
    const session = yield* reserve({ extensions: schema.extensions })
    return yield* rehearse(session, Effect.andThen(schema.load(session), dialect.introspect(session)))
  }))
  if (hash(read) === hash(catalog)) return
  // what PostgreSQL prints of an expression is not always what it prints of its own print
  const [one, other] = [yield* settled(catalog), yield* settled(read)]
  if (hash(one) !== hash(other)) return yield* new TranslationError({ family: catalog.dialect })
})

/** The family that is not this one. */
export const other = (family: DialectName): DialectName => family === "sqlite" ? "postgres" : "sqlite"
