/** The key words that are quoted as names are those that the server itself quotes. */
import { expect } from "bun:test"
import * as Effect from "effect/Effect"
import { Database } from "../../src/engine/Database.ts"
import { reservedKeywords } from "../../src/postgres/keywords.ts"
import { layer } from "../effect.ts"
import { database } from "./kinds/kindCases.ts"

layer(database([]))("reserved key words are those of the engine", () =>
  Effect.gen(function*() {
    const session = yield* Effect.flatMap(Database, (engine) => engine.session)
    const rows = yield* session.query(
      "select word from pg_get_keywords() where catcode <> 'U' order by word collate \"C\""
    )
    expect([...reservedKeywords].toSorted()).toEqual(rows.map(({ word }) => String(word)))
  }).pipe(Effect.scoped))
