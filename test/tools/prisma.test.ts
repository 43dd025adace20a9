/**
 * Prisma's own tool fills the shadow, by push and by its migrations, and plans lead there and back. This is Prisma 6 with the
 * engine that is part of the package: that of Prisma 7 is downloaded when it is first used, from another place than npm.
 */
import { describe, expect } from "bun:test"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { folder, lockplane, type Run } from "../cli/lockplane.ts"
import * as it from "../effect.ts"
import { database, type Server, server } from "../servers.ts"
import { modulesOf, runNode } from "./npm.ts"

class TestServer extends Context.Service<TestServer, Server>()("test/tools/PrismaServer") {}

const live = it.layer(Layer.effect(TestServer, server({ major: 18 })))
const fixtures = fileURLToPath(new URL("../../fixtures/tools/prisma/", import.meta.url))
const modules = await modulesOf("prisma")

const succeeded = (run: Run): string => {
  expect([run.code, run.stderr]).toEqual([0, run.stderr])
  return run.stdout
}

const descriptions = (plan: string): ReadonlyArray<string> =>
  JSON.parse(plan).steps.map(({ description }: { readonly description: string }) => description).toSorted()

const created = [
  "Add foreign key comments_author_id_fkey to table comments",
  "Add foreign key comments_ticket_id_fkey to table comments",
  "Add foreign key tickets_reporter_id_fkey to table tickets",
  "Create enum ticket_state",
  "Create index people_email_key on table people",
  "Create index tickets_state_reporter_id_idx on table tickets",
  "Create sequence people_id_seq",
  "Create sequence tickets_id_seq",
  "Create table comments",
  "Create table people",
  "Create table tickets",
  "Give sequence people_id_seq to column people.id",
  "Give sequence tickets_id_seq to column tickets.id"
].toSorted()

const changed = [
  "Add column phone to table people",
  "Add foreign key \"_TagToTicket_A_fkey\" to table \"_TagToTicket\"",
  "Add foreign key \"_TagToTicket_B_fkey\" to table \"_TagToTicket\"",
  "Add value 'REJECTED' to enum ticket_state",
  "Change type of tickets.title from character varying(200) to character varying(300)",
  "Create index \"_TagToTicket_B_index\" on table \"_TagToTicket\"",
  "Create index tags_name_key on table tags",
  "Create index tickets_reporter_id_state_idx on table tickets",
  "Create sequence tags_id_seq",
  "Create table \"_TagToTicket\"",
  "Create table tags",
  "Drop column fax from table people",
  "Drop index tickets_state_reporter_id_idx from table tickets",
  "Give sequence tags_id_seq to column tags.id"
].toSorted()

/** A Prisma project whose shadow, and what else of Lockplane, is as the settings say. */
const project = Effect.fnUntraced(function*(target: string, settings: string, configuration = "") {
  const cwd = yield* folder({
    "lockplane.toml": `default_environment = "local"\n${configuration}[environments.local]\n`,
    ".env.local": `DATABASE_URL=${target}\n${settings}\n`,
    "package.json": JSON.stringify({ private: true, type: "module" }),
    "unused": ""
  })
  yield* Effect.addFinalizer(() => lockplane(["shadow", "release"], { cwd }))
  yield* Effect.promise(() => copyFile(join(fixtures, "prisma.config.ts"), join(cwd, "prisma.config.ts")))
  yield* Effect.promise(() => symlink(modules ?? "", join(cwd, "node_modules")))
  // engines that are not used, and that the tool would otherwise download
  const engines = { PRISMA_QUERY_ENGINE_LIBRARY: join(cwd, "unused"), PRISMA_SCHEMA_ENGINE_BINARY: join(cwd, "unused") }
  const env = { ...engines, PRISMA_HIDE_UPDATE_MESSAGE: "1", CHECKPOINT_DISABLE: "1" }
  const save = (name: string, text: string) => Effect.promise(() => writeFile(join(cwd, name), text))
  const place = (url: string) => ({ cwd, env: { ...env, DATABASE_URL: url } })
  const program = "node_modules/prisma/build/index.js"
  const prisma = (url: string, ...args: ReadonlyArray<string>) => runNode([program, ...args], place(url))
  /** Of commands after which a timer keeps the engine awake for a minute. */
  const prismaUntil = (until: string, url: string, ...args: ReadonlyArray<string>) =>
    runNode([program, ...args], { ...place(url), until })
  return {
    run: (...args: ReadonlyArray<string>) => lockplane(args, { cwd }),
    done: (...args: ReadonlyArray<string>) => Effect.map(lockplane(args, { cwd }), succeeded),
    save,
    /** Has the models of a version. */
    version: (name: string) =>
      Effect.promise(() => copyFile(join(fixtures, name, "schema.prisma"), join(cwd, "schema.prisma"))),
    prisma,
    prismaUntil,
    /** Writes the migration between two states of the models. */
    migration: Effect.fnUntraced(function*(url: string, name: string, from: ReadonlyArray<string>) {
      const to = ["--to-schema-datamodel", "schema.prisma", "--script"]
      const script = yield* prisma(url, "migrate", "diff", ...from, ...to)
      yield* Effect.promise(() => mkdir(join(cwd, "migrations", name), { recursive: true }))
      yield* save("migrations/migration_lock.toml", "provider = \"postgresql\"\n")
      yield* save(`migrations/${name}/migration.sql`, script)
    })
  }
})

/** The models of both versions, pushed; there and back. */
const workflow = Effect.fnUntraced(function*(target: string, settings: string) {
  const { done, prismaUntil, run, save, version } = yield* project(target, settings)
  const planTo = Effect.fnUntraced(function*(name: string) {
    yield* version(name)
    const { shadow_url } = JSON.parse(yield* done("shadow", "prepare"))
    yield* prismaUntil("now in sync", shadow_url, "db", "push", "--skip-generate")
    const plan = yield* done("shadow", "diff")
    yield* save(`${name}.json`, plan)
    return plan
  })
  expect(descriptions(yield* planTo("v1"))).toEqual(created)
  yield* done("apply", "v1.json", "--auto-approve")
  expect(descriptions(yield* done("shadow", "diff"))).toEqual([])
  yield* save("before.lp.sql", yield* done("introspect", "--format", "sql"))
  expect(descriptions(yield* planTo("v2"))).toEqual(changed)
  const unapproved = yield* run("apply", "v2.json", "--auto-approve")
  expect([unapproved.code, unapproved.stdout]).toEqual([1, ""])
  expect(unapproved.stderr).toContain("people.fax")
  yield* done("apply", "v2.json", "--auto-approve", "--allow-destructive")
  expect(descriptions(yield* done("shadow", "diff"))).toEqual([])
  const back = ["--plan", "v2.json", "--from", "before.lp.sql", "--target-environment", "local"]
  yield* done("rollback", ...back, "--auto-approve", "--allow-destructive")
  yield* done("diff", "env:local", "before.lp.sql", "--exit-code")
  yield* done("shadow", "release")
})

describe.skipIf(modules === undefined)("prisma db push", () => {
  live("works on the embedded engine", () =>
    Effect.gen(function*() {
      const server = yield* TestServer
      yield* workflow(yield* database(server), "")
    }))

  live("works on a server", () =>
    Effect.gen(function*() {
      const server = yield* TestServer
      yield* workflow(yield* database(server), `SHADOW_DATABASE_URL=${server.url("prisma_shadow")}`)
    }))
})

describe.skipIf(modules === undefined)("migrations of Prisma", () => {
  live("lead to what push makes, as scripts, as a folder and run by the tool itself", () =>
    Effect.gen(function*() {
      const { done, migration, prismaUntil, save, version } = yield* project(
        "pglite:db",
        "",
        "exclude = [\"table public._prisma_migrations\"]\n"
      )
      const [first, second] = ["20260101090000_first", "20260102090000_second"]
      const { shadow_url } = JSON.parse(yield* done("shadow", "prepare"))
      yield* version("v1")
      yield* migration(shadow_url, first, ["--from-empty"])
      yield* save("v1.prisma", yield* Effect.promise(() => readFile(join(fixtures, "v1/schema.prisma"), "utf8")))
      yield* version("v2")
      yield* migration(shadow_url, second, ["--from-schema-datamodel", "v1.prisma"])
      for (const name of [first, second]) {
        const file = `migrations/${name}/migration.sql`
        yield* prismaUntil(
          "executed successfully",
          shadow_url,
          "db",
          "execute",
          "--schema",
          "schema.prisma",
          "--file",
          file
        )
      }
      yield* done("diff", "migrations:migrations", "shadow", "--exit-code")
      yield* done("shadow", "prepare")
      yield* prismaUntil("successfully applied", shadow_url, "migrate", "deploy")
      yield* done("diff", "migrations:migrations", "shadow", "--exit-code")
      yield* done("shadow", "release")
    }))
})
