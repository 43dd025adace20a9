/** Schemas of tests, written where they are used. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import { load } from "../src/Source.ts"

/** The catalog of a schema that is given as SQL. */
export const loadSql = (sql: string) =>
  Effect.scoped(Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const path = yield* fs.makeTempFileScoped({ suffix: ".sql" })
    yield* fs.writeFileString(path, sql)
    return yield* load({ _tag: "Files", path })
  }))
