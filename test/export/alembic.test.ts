/** Exported revisions, run by the real Alembic against a real server; skipped, with a word, where there is no Python for it. */
import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { folder, lockplane } from "../cli/lockplane.ts"
import { database, psql, server } from "../servers.ts"
import { python, runPython } from "../tools/python.ts"

const fixtures = fileURLToPath(new URL("../../fixtures/migrations/shop/", import.meta.url))
const environment = `from os import environ
from alembic import context
from sqlalchemy import create_engine

with create_engine(environ["URL"]).connect() as connection:
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()
`

const work = Effect.gen(function*() {
  const url = yield* database(yield* server({ major: 18 }))
  const cwd = yield* folder({ "nothing.sql": "", "alembic.ini": "[alembic]\nscript_location = revisions\n" })
  yield* Effect.promise(async () => {
    await mkdir(join(cwd, "revisions/versions"), { recursive: true })
    await writeFile(join(cwd, "revisions/env.py"), environment)
  })
  const run = (...args: ReadonlyArray<string>) =>
    Effect.map(lockplane(args, { cwd }), (ended) => {
      expect({ args, ...ended }).toMatchObject({ code: 0 })
      return ended.stdout
    })
  const save = (name: string, text: string) => Effect.promise(() => writeFile(join(cwd, name), text))
  const env = { URL: url.replace("postgres://", "postgresql+psycopg://") }
  const alembic = (...args: ReadonlyArray<string>) => runPython(["-m", "alembic", ...args], { cwd, env })
  const isSchema = (name: string) =>
    Effect.map(
      lockplane(["diff", url, `${fixtures}${name}.sql`, "--schemas", "shop", "--exit-code"], { cwd }),
      (ended) => expect(ended).toMatchObject({ code: 0 })
    )

  for (
    const [from, to] of [["nothing.sql", `${fixtures}first.sql`], [`${fixtures}first.sql`, `${fixtures}second.sql`]]
  ) {
    yield* save("plan.json", yield* run("plan", "--from", from ?? "", "--to", to ?? ""))
    yield* save("rollback.json", yield* run("plan-rollback", "--plan", "plan.json", "--from", from ?? ""))
    yield* run("export", "plan.json", "--for", "alembic", "--rollback", "rollback.json", "--output", "revisions")
  }
  yield* alembic("upgrade", "head")
  yield* isSchema("second")
  yield* alembic("downgrade", "-1")
  yield* isSchema("first")
  yield* alembic("downgrade", "base")
  expect((yield* psql(url, "SELECT count(*) FROM pg_namespace WHERE nspname = 'shop'")).trim()).toBe("0")

  yield* save("plan.json", JSON.stringify({ steps: [{ description: "A table", sql: "CREATE TABLE ways (id int)" }] }))
  yield* run("export", "plan.json", "--for", "alembic", "--output", "revisions/versions")
  yield* alembic("upgrade", "head")
  const back = yield* Effect.flip(alembic("downgrade", "-1"))
  expect(back.message).toContain("This migration has no way back")
})

test.skipIf(python === undefined)("revisions go there and back", async () => {
  const exit = await Effect.runPromiseExit(Effect.scoped(work))
  if (Exit.isFailure(exit)) throw new Error(String(exit.cause))
})
