/**
 * The renames that a case declares: as `old->new` in its `meta.json`, or as comments of its SQL, in Lockplane's words or in
 * those of the tools that the cases come from.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Catalog } from "../../src/Catalog.ts"
import { Dialect } from "../../src/Dialect.ts"
import type { Session } from "../../src/engine/Database.ts"
import { rehearse } from "../../src/engine/Transaction.ts"
import { type RenameWish, resolveRenames } from "../../src/planning/DeclaredRenames.ts"
import type { Pair } from "../../src/planning/Rename.ts"
import { layer as platform } from "../../src/platform.ts"
import { declaredRenames } from "../../src/postgres/DeclaredNames.ts"
import { quoteIdentifier } from "../../src/postgres/Identifier.ts"
import { introspect } from "../../src/postgres/Introspection.ts"
import * as Postgres from "../../src/postgres/Postgres.ts"
import { parse } from "../../src/postgres/sql/Parser.ts"
import { renameOn } from "../../src/Renames.ts"

const dialect = Postgres.layer.pipe(Layer.provide(platform))

/** Comments of other tools that say the same. */
export const inOurWords = (sql: string): string =>
  sql.replaceAll(/\/\*\s*(@renamed from=\S+)\s*\*\/(.*)$/gm, "$2 -- $1").replaceAll(
    /--\s*(?:pista:renamed-from\s+|@renamed?\s+from=)(\S+)[ \t]*$/gm,
    "-- lockplane: renamed from $1"
  )

const quoted = (name: string): string => name.split(".").map(quoteIdentifier).join(".")

/** What the hints and comments of a case come to, between these two schemas; those that Lockplane refuses are left out. */
export const pairsOf = Effect.fn("Renames.pairsOf")(function*(
  from: Catalog,
  to: Catalog,
  hints: ReadonlyArray<string> | undefined,
  sql: string
): Effect.fn.Return<ReadonlyArray<Pair>, never, Dialect> {
  const asked = (hints ?? []).map((hint) => hint.split("->").map(quoted).join("="))
  const file = yield* Effect.option(parse({ path: "new.sql", text: inOurWords(sql), form: "declarative" }))
  const declared = file._tag === "Some" ? declaredRenames([file.value], to).renames : []
  const { kindOf, naming } = yield* Dialect
  const options = { kindOf, naming }
  const wishes: ReadonlyArray<RenameWish> = [...declared, ...asked]
  const all = resolveRenames(from, to, wishes, options)
  if (all.problems.length === 0) return all.pairs
  return resolveRenames(
    from,
    to,
    wishes.filter((wish) => resolveRenames(from, to, [wish], options).problems.length === 0),
    options
  ).pairs
}, Effect.provide(dialect))

/** The steps that rename on the way from the session's schema, and the schema after them; the session is left as it was. */
export const renamesOn = (session: Session, from: Catalog, to: Catalog, pairs: ReadonlyArray<Pair>) =>
  rehearse(
    session,
    Effect.gen(function*() {
      const { asOfMajor } = yield* Dialect
      const before = asOfMajor(yield* introspect(session), from.major)
      return yield* renameOn(session, { source: from, before, target: to, pairs, serverMajor: from.major })
    })
  ).pipe(Effect.provide(dialect))
