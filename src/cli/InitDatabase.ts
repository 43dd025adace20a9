/** The database that `lockplane init` is told of, before anything is set up: whether it is there, and what is in it. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import { parse } from "../engine/ConnectionUrl.ts"
import { type Database, filePath, withToken } from "../init/Answers.ts"
import { connectionTest, fileTest, libsqlTest } from "../init/ConnectionTest.ts"
import type * as Project from "../init/Project.ts"

/** The name of a server's database, as the server says it, or as its URL does. */
export const databaseName = (url: Redacted.Redacted<string>): Effect.Effect<string> =>
  parse(Redacted.value(url)).pipe(
    Effect.map(({ database, user }) => database ?? user ?? "postgres"),
    Effect.orElseSucceed(() => "postgres")
  )

/** Whether an embedded database is there already. */
export const isThere = Effect.fnUntraced(function*(project: Project.Project, database: Database) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  return database._tag === "Embedded" &&
    (yield* Effect.orElseSucceed(
      fs.exists(path.join(path.resolve(project.folder, database.directory), "PG_VERSION")),
      () => false
    ))
})

/** The path of the SQLite file that a database is, and whether there is one. */
export const fileOf = Effect.fnUntraced(function*(project: Project.Project, database: Database) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const written = filePath(database)
  if (written === undefined) return undefined
  const place = path.resolve(project.folder, written)
  return { place, written, isThere: yield* Effect.orElseSucceed(fs.exists(place), () => true) }
})

/** Looks into a database that can be asked before anything is set up; undefined for one that cannot, or is not there. */
export const look = Effect.fnUntraced(function*(
  project: Project.Project,
  database: Database,
  schemas: ReadonlyArray<string> | undefined
) {
  switch (database._tag) {
    case "Server":
      return yield* connectionTest(database.url, schemas)
    case "Libsql":
      return yield* libsqlTest(withToken(database.url, database.token))
    case "Sqlite": {
      const file = yield* fileOf(project, database)
      return file?.isThere === true ? yield* fileTest(file.place) : undefined
    }
    case "Embedded":
      return undefined
  }
})

/** A libSQL server with the token that the environment has already. */
export const withOwnToken = (database: Database, variables: ReadonlyMap<string, string>): Database => {
  const token = variables.get("LIBSQL_AUTH_TOKEN")
  return database._tag === "Libsql" && database.token === undefined && token !== undefined
    ? { ...database, token: Redacted.make(token) }
    : database
}

/** The SQLite file that is to be made: one that is missing, in the project. */
export const missingFile = Effect.fnUntraced(function*(project: Project.Project, database: Database) {
  const path = yield* Path.Path
  const file = yield* fileOf(project, database)
  if (file === undefined || file.isThere) return undefined
  const within = path.relative(project.folder, file.place)
  return within.startsWith("..") || path.isAbsolute(within) ? undefined : within.replaceAll("\\", "/")
})
