/** Drizzle's own tool fills the shadow, by push and by its migrations, and plans lead there and back. */
import { describe, expect } from "bun:test"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { copyFile, readdir, readFile, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { folder, lockplane, type Run } from "../cli/lockplane.ts"
import * as it from "../effect.ts"
import { database, type Server, server } from "../servers.ts"
import { modulesOf, runNode } from "./npm.ts"

class TestServer extends Context.Service<TestServer, Server>()("test/tools/DrizzleServer") {}

const live = it.layer(Layer.effect(TestServer, server({ major: 18 })))
const fixtures = fileURLToPath(new URL("../../fixtures/tools/drizzle/", import.meta.url))
const modules = await modulesOf("drizzle")

const succeeded = (run: Run): string => {
  expect([run.code, run.stderr]).toEqual([0, run.stderr])
  return run.stdout
}

const descriptions = (plan: string): ReadonlyArray<string> =>
  JSON.parse(plan).steps.map(({ description }: { readonly description: string }) => description).toSorted()

const created = [
  "Create enum loan_state",
  "Create table loans",
  "Create table members",
  "Create table tools",
  "Create view open_loans",
  "Add foreign key loans_member_id_members_id_fk to table loans",
  "Add foreign key loans_tool_id_tools_id_fk to table loans",
  "Create index loans_open_idx on table loans",
  "Create index members_email_idx on table members",
  "Create index members_joined_at_idx on table members"
].toSorted()

const changed = [
  "Add column due_at to table loans",
  "Add column phone to table members",
  "Add foreign key repairs_tool_id_tools_id_fk to table repairs",
  "Add value 'lost' to enum loan_state",
  "Change definition of view open_loans",
  "Change type of tools.deposit from numeric(8,2) to numeric(10,2)",
  "Create index members_name_idx on table members",
  "Create table repairs",
  "Drop column fax from table members",
  "Drop index members_joined_at_idx from table members"
].toSorted()

/** A Drizzle project whose shadow, and what else of Lockplane, is as the settings say. */
const project = Effect.fnUntraced(function*(target: string, settings: string, configuration = "") {
  const cwd = yield* folder({
    "lockplane.toml": `default_environment = "local"\n${configuration}[environments.local]\n`,
    ".env.local": `DATABASE_URL=${target}\n${settings}\n`,
    "package.json": JSON.stringify({ private: true, type: "module" })
  })
  yield* Effect.addFinalizer(() => lockplane(["shadow", "release"], { cwd }))
  yield* Effect.promise(() => copyFile(join(fixtures, "drizzle.config.ts"), join(cwd, "drizzle.config.ts")))
  yield* Effect.promise(() => symlink(modules ?? "", join(cwd, "node_modules")))
  return {
    cwd,
    run: (...args: ReadonlyArray<string>) => lockplane(args, { cwd }),
    done: (...args: ReadonlyArray<string>) => Effect.map(lockplane(args, { cwd }), succeeded),
    save: (name: string, text: string) => Effect.promise(() => writeFile(join(cwd, name), text)),
    /** Has the models of a version. */
    version: (name: string) =>
      Effect.promise(() => copyFile(join(fixtures, name, "schema.ts"), join(cwd, "schema.ts"))),
    kit: (url: string, ...args: ReadonlyArray<string>) =>
      runNode(["node_modules/drizzle-kit/bin.cjs", ...args], { cwd, env: { DATABASE_URL: url } })
  }
})

/** The models of both versions, pushed; there and back. */
const workflow = Effect.fnUntraced(function*(target: string, settings: string) {
  const { done, kit, run, save, version } = yield* project(target, settings)
  const planTo = Effect.fnUntraced(function*(name: string) {
    yield* version(name)
    const { shadow_url } = JSON.parse(yield* done("shadow", "prepare"))
    expect(yield* kit(shadow_url, "push")).toContain("Changes applied")
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
  expect(unapproved.stderr).toContain("members.fax")
  yield* done("apply", "v2.json", "--auto-approve", "--allow-destructive")
  expect(descriptions(yield* done("shadow", "diff"))).toEqual([])
  yield* done(
    "rollback",
    "--plan",
    "v2.json",
    "--from",
    "before.lp.sql",
    "--target-environment",
    "local",
    "--auto-approve",
    "--allow-destructive"
  )
  yield* done("diff", "env:local", "before.lp.sql", "--exit-code")
  yield* done("shadow", "release")
})

describe.skipIf(modules === undefined)("drizzle-kit push", () => {
  live("works on the embedded engine", () =>
    Effect.gen(function*() {
      const server = yield* TestServer
      yield* workflow(yield* database(server), "")
    }))

  live("works on a server", () =>
    Effect.gen(function*() {
      const server = yield* TestServer
      yield* workflow(yield* database(server), `SHADOW_DATABASE_URL=${server.url("drizzle_shadow")}`)
    }))
})

describe.skipIf(modules === undefined)("migrations of Drizzle", () => {
  live("lead to what push makes, as a script, as a folder and run by the tool itself", () =>
    Effect.gen(function*() {
      const { cwd, done, kit, save, version } = yield* project("pglite:db", "", "schemas = [\"public\"]\n")
      yield* version("v1")
      yield* kit("", "generate", "--name", "first")
      yield* version("v2")
      yield* save("export.sql", yield* kit("", "export"))
      const { shadow_url } = JSON.parse(yield* done("shadow", "prepare"))
      yield* kit(shadow_url, "push")
      yield* done("diff", "export.sql", "shadow", "--exit-code")
      const pulled = yield* kit("", "pull", "--dialect", "postgresql", "--url", shadow_url, "--out", "pulled")
      expect(pulled).toContain("4 tables")
      expect(yield* Effect.promise(() => readFile(join(cwd, "pulled/schema.ts"), "utf8"))).toContain(
        "pgTable(\"repairs\""
      )
      yield* done("shadow", "prepare")
      yield* version("v1")
      yield* kit(shadow_url, "migrate")
      yield* done("diff", "migrations:drizzle", "shadow", "--exit-code")
      expect((yield* Effect.promise(() => readdir(join(cwd, "drizzle")))).some((name) => name.endsWith("_first.sql")))
        .toBe(true)
      expect(descriptions(yield* done("shadow", "diff", "--reset"))).toEqual(created)
    }))
})
