/** A project of Alembic: its revisions fill the shadow, and plans become its revisions. */
import { describe, expect } from "bun:test"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { copyFile, cp, readdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { folder, lockplane } from "../cli/lockplane.ts"
import * as it from "../effect.ts"
import { database, psql, type Server, server } from "../servers.ts"
import { python, runPython } from "./python.ts"

class TestServer extends Context.Service<TestServer, Server>()("test/tools/TestServer") {}

const live = it.layer(Layer.effect(TestServer, server({ major: 18 })))

const fixtures = fileURLToPath(new URL("../../fixtures/tools/alembic/", import.meta.url))

/** A copy of the project, whose database is at the first revision and has rows. */
const project = Effect.fnUntraced(function*() {
  const server = yield* TestServer
  const target = yield* database(server)
  const cwd = yield* folder({
    "lockplane.toml":
      "default_environment = \"local\"\nexclude = [\"table public.alembic_version\"]\n[environments.local]\n",
    ".env.local": `DATABASE_URL=${target}\nSHADOW_DATABASE_URL=${server.url("library_shadow")}\n`
  })
  yield* Effect.promise(() => cp(fixtures, cwd, { recursive: true }))
  const alembic = (url: string, ...args: ReadonlyArray<string>) =>
    runPython(["-m", "alembic", ...args], {
      cwd,
      env: { DATABASE_URL: url.replace("postgres://", "postgresql://"), PYTHONPATH: cwd }
    })
  const run = (...args: ReadonlyArray<string>) =>
    Effect.map(lockplane(args, { cwd }), ({ code, stderr, stdout }) => {
      expect([args, code, stderr]).toEqual([args, 0, stderr])
      return stdout
    })
  const save = (name: string, text: string) => Effect.promise(() => writeFile(join(cwd, name), text))
  const plan = (...args: ReadonlyArray<string>) =>
    Effect.map(
      run("shadow", "diff", ...args),
      (text): { readonly text: string; readonly steps: ReadonlyArray<string> } => ({
        text,
        steps: JSON.parse(text).steps.map(({ description }: { readonly description: string }) => description)
      })
    )
  const prepare = Effect.map(run("shadow", "prepare"), (text): string => JSON.parse(text).shadow_url)
  yield* alembic(target, "upgrade", "3f1c0a7d52b1")
  yield* psql(
    target,
    "INSERT INTO authors (full_name) VALUES ('Ann'); INSERT INTO books (author_id, title, shelf) VALUES (1, 'Sea', 'a1')"
  )
  return { target, cwd, alembic, run, save, plan, prepare }
})

const loans = [
  "Create enum medium",
  "Add column medium to table books",
  "Create table loans",
  "Add foreign key fk_loans_book_id_books to table loans",
  "Create index uq_loans_open on table loans"
]

const films = [
  "Add value 'film' to enum medium",
  "Change type of books.title from character varying(200) to text",
  "Add column isbn to table books",
  "Add check constraint ck_books_isbn_digits to table books",
  "Create index uq_books_isbn on table books",
  "Comment on column public.loans.reader"
]

const books = (url: string) => psql(url, "SELECT id, title, shelf, facts FROM books")
const sea = "1|Sea|a1|{}\n"

describe.skipIf(python === undefined)("a project of Alembic", () => {
  live("has its revisions planned, proven, applied and taken back", () =>
    Effect.gen(function*() {
      const { alembic, plan, prepare, run, save, target } = yield* project()
      const shadow = yield* prepare
      yield* alembic(shadow, "upgrade", "head")
      const { steps, text } = yield* plan()
      expect(steps).toEqual(loans)
      yield* save("plan.json", text)
      yield* save("rollback.json", yield* run("plan-rollback", "--plan", "plan.json", "--from", "env:local"))
      yield* run("apply", "plan.json", "--auto-approve")
      expect(yield* books(target)).toBe(sea)
      yield* alembic(target, "stamp", "head")
      yield* alembic(target, "check")
      expect((yield* plan()).steps).toEqual([])
      yield* run("apply", "rollback.json", "--auto-approve", "--allow-destructive")
      yield* alembic(target, "stamp", "3f1c0a7d52b1")
      expect(yield* books(target)).toBe(sea)
      // Alembic goes on from there itself, to the same
      yield* alembic(target, "upgrade", "head")
      expect((yield* plan("--reset")).steps).toEqual([])
    }))

  live("gets a revision that leads to its models, there and back", () =>
    Effect.gen(function*() {
      const { alembic, cwd, plan, prepare, run, save, target } = yield* project()
      yield* alembic(target, "upgrade", "head")
      yield* Effect.promise(() => copyFile(join(cwd, "next.py"), join(cwd, "models.py")))
      const shadow = yield* prepare
      yield* runPython(["create.py"], { cwd, env: { DATABASE_URL: shadow } })
      const { steps, text } = yield* plan()
      expect(steps.toSorted()).toEqual(films.toSorted())
      yield* save("plan.json", text)
      yield* save("rollback.json", yield* run("plan-rollback", "--plan", "plan.json", "--from", "env:local"))
      const way = ["--rollback", "rollback.json", "--output", "migrations", "--name", "films"]
      yield* run("export", "plan.json", "--for", "alembic", ...way)
      const versions = yield* Effect.promise(() => readdir(join(cwd, "migrations/versions")))
      expect(versions.filter((name) => /^[0-9a-f]{12}_films\.py$/.test(name))).toHaveLength(1)
      yield* alembic(target, "upgrade", "head")
      expect((yield* plan()).steps).toEqual([])
      yield* alembic(target, "check")
      const comment = "SELECT col_description('loans'::regclass, 3)"
      expect(yield* psql(target, comment)).toBe("An address, 100% lower case: \"ann@example.org\"\n")
      // all revisions from the beginning lead to the same, and back
      expect(yield* prepare).toBe(shadow)
      yield* alembic(shadow, "upgrade", "head")
      expect((yield* plan()).steps).toEqual([])
      yield* alembic(target, "downgrade", "-1")
      expect((yield* plan()).steps.toSorted()).toEqual(films.toSorted())
      yield* alembic(shadow, "downgrade", "-1")
      expect((yield* plan()).steps).toEqual([])
      expect(yield* books(target)).toBe(sea.replace("a1", "A1"))
      yield* alembic(shadow, "downgrade", "base")
      yield* run("shadow", "release")
    }))
})
