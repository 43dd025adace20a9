/**
 * Exported revisions, run by the real Alembic against a real server. Needs a Python with alembic, sqlalchemy and psycopg:
 * `python3`, or the one that LOCKPLANE_TEST_PYTHON names; without one the test is skipped, and says so.
 */
import { expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { folder, lockplane } from "../cli/lockplane.ts"
import { database, psql, server } from "../servers.ts"

const fixtures = fileURLToPath(new URL("../../fixtures/migrations/shop/", import.meta.url))
const python = process.env["LOCKPLANE_TEST_PYTHON"] ?? "python3"

const hasAlembic = (): boolean => {
  try {
    return Bun.spawnSync([python, "-c", "import alembic, sqlalchemy, psycopg"]).success
  } catch {
    return false
  }
}

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
  const alembic = (...args: ReadonlyArray<string>) =>
    Effect.promise(async () => {
      const env = { ...process.env, URL: url.replace("postgres://", "postgresql+psycopg://") }
      const child = Bun.spawn([python, "-m", "alembic", ...args], { cwd, env, stdout: "pipe", stderr: "pipe" })
      return { stderr: await new Response(child.stderr).text(), code: await child.exited }
    })
  const done = (...args: ReadonlyArray<string>) =>
    Effect.map(alembic(...args), (ended) => expect({ args, ...ended }).toMatchObject({ code: 0 }))
  const isSchema = (name: string) =>
    Effect.map(
      lockplane(["diff", url, `${fixtures}${name}.sql`, "--schemas", "shop", "--exit-code"], { cwd }),
      (ended) => expect(ended).toMatchObject({ code: 0 })
    )

  for (const [from, to] of [["nothing.sql", `${fixtures}first.sql`], [`${fixtures}first.sql`, `${fixtures}second.sql`]]) {
    yield* save("plan.json", yield* run("plan", "--from", from ?? "", "--to", to ?? ""))
    yield* save("rollback.json", yield* run("plan-rollback", "--plan", "plan.json", "--from", from ?? ""))
    yield* run("export", "plan.json", "--for", "alembic", "--rollback", "rollback.json", "--output", "revisions")
  }
  yield* done("upgrade", "head")
  yield* isSchema("second")
  yield* done("downgrade", "-1")
  yield* isSchema("first")
  yield* done("downgrade", "base")
  expect((yield* psql(url, "SELECT count(*) FROM pg_namespace WHERE nspname = 'shop'")).trim()).toBe("0")

  yield* save("plan.json", JSON.stringify({ steps: [{ description: "A table", sql: "CREATE TABLE ways (id int)" }] }))
  yield* run("export", "plan.json", "--for", "alembic", "--output", "revisions/versions")
  yield* done("upgrade", "head")
  const back = yield* alembic("downgrade", "-1")
  expect(back.code).not.toBe(0)
  expect(back.stderr).toContain("This migration has no way back")
})

const isThere = hasAlembic()
if (!isThere) console.warn(`alembic.test.ts is skipped: ${python} has not all of alembic, sqlalchemy and psycopg`)

test.skipIf(!isThere)("revisions go there and back", async () => {
  const exit = await Effect.runPromiseExit(Effect.scoped(work))
  if (Exit.isFailure(exit)) throw new Error(String(exit.cause))
}, 180_000)
