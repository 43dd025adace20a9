/** Projects whose environments are SQLite files, for tests of shadows. */
import { expect } from "bun:test"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import { folder, type Run } from "./lockplane.ts"
import { run } from "./sqliteFile.ts"

/** A project whose local environment is `app.db`, made by this SQL; what else the settings of both environments say. */
export const project = Effect.fnUntraced(function*(settings: string, sql: string) {
  const cwd = yield* folder({
    "lockplane.toml":
      "default_environment = \"local\"\ndialect = \"sqlite\"\n[environments.local]\n[environments.other]\n",
    ".env.local": `DATABASE_URL=app.db\n${settings}`,
    ".env.other": `DATABASE_URL=sqlite://other.db\n${settings}`,
    "wanted.lp.sql": "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);\n"
  })
  run(join(cwd, "app.db"), sql)
  return cwd
})

/** A run that succeeded. */
export const succeeded = (ended: Run): Run => {
  expect([ended.code, ended.stderr]).toEqual([0, ended.stderr])
  return ended
}
