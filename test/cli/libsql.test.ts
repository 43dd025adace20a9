/** Commands on a libSQL server, with and without a token, which nobody gets to see. */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import * as Platform from "../../src/platform.ts"
import * as it from "../effect.ts"
import { signed, sqld, start } from "../engine/libsqlServer.ts"
import { folder, lockplane, type Run } from "./lockplane.ts"

const program = await sqld()
const live = it.layer(Platform.layer)

const succeeded = (ended: Run): string => {
  expect([ended.code, ended.stderr]).toEqual([0, ended.stderr])
  return ended.stdout
}

describe.skipIf(program === undefined)("a libSQL server", () => {
  live("has the main job done: plan, apply, roll back", () =>
    Effect.gen(function*() {
      const url = `libsql://${yield* start(program ?? "")}?tls=0`
      const cwd = yield* folder({
        "old.lp.sql": "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, fax TEXT);\n",
        "wanted.lp.sql":
          "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL);\nCREATE INDEX users_email ON users (email);\n",
        "lockplane.toml": "[environments.remote]\n",
        ".env.remote": `LIBSQL_URL=${url}\n`
      })
      const done = (...args: ReadonlyArray<string>) => Effect.map(lockplane(args, { cwd }), succeeded)
      const options = ["--target-environment", "remote", "--auto-approve", "--allow-destructive"]
      yield* done("apply", "--schema", "old.lp.sql", "--target", url, "--auto-approve")
      const plan = yield* done("plan", "--from", "env:remote", "--to", "wanted.lp.sql")
      yield* Effect.promise(() => writeFile(join(cwd, "plan.json"), plan))
      expect(JSON.parse(plan).steps[0].description).toStartWith("Rebuild table users")
      expect(JSON.parse(yield* done("apply", "plan.json", ...options))).toMatchObject({ success: true })
      expect((yield* lockplane(["diff", url, "wanted.lp.sql", "--exit-code"], { cwd })).code).toBe(0)
      yield* done("rollback", "--plan", "plan.json", ...options)
      expect((yield* lockplane(["diff", "env:remote", "old.lp.sql", "--exit-code"], { cwd })).code).toBe(0)
      // what is there is what the files of a new project begin with
      yield* Effect.promise(() => writeFile(join(cwd, "lockplane.toml"), ""))
      yield* done("init", "--yes", "--env-name", "turso", "--url", url)
      const users = yield* Effect.promise(() => readFile(join(cwd, "schema/users.lp.sql"), "utf8"))
      expect(users).toContain("fax TEXT")
    }))

  live(
    "gets the token of the URL, of the environment, or of the process, and nobody else does",
    () =>
      Effect.gen(function*() {
        const { key, token: sign } = signed()
        const token = sign()
        const url = `libsql://${yield* start(program ?? "", key)}?tls=0`
        const cwd = yield* folder({
          "lockplane.toml": "[environments.open]\n[environments.closed]\n",
          ".env.open": `DATABASE_URL=${url}\nLIBSQL_AUTH_TOKEN=${token}\n`,
          ".env.closed": `DATABASE_URL=${url}\n`
        })
        const run = (env: Readonly<Record<string, string>>, ...args: ReadonlyArray<string>) =>
          Effect.map(lockplane(args, { cwd, env }), (ended) => {
            expect(ended.stdout + ended.stderr).not.toContain(token)
            return ended
          })
        const own = { LIBSQL_AUTH_TOKEN: token }
        succeeded(yield* run({}, "introspect", `${url}&authToken=${token}`))
        succeeded(yield* run(own, "introspect", url))
        succeeded(yield* run({}, "introspect", "--target-environment", "open"))
        succeeded(yield* run({}, "diff", "env:open", `${url}&authToken=${token}`))
        for (
          const [env, ...args] of [
            [{}, url],
            [{}, `${url}&authToken=not-the-token`],
            // an environment that is named has what is its own
            [own, "--target-environment", "closed"]
          ] as const
        ) {
          const refused = yield* run(env, "introspect", ...args)
          expect([refused.code, refused.stdout]).toEqual([1, ""])
          expect(refused.stderr).toContain("the token is wrong, expired, missing, or not for this database")
          expect(refused.stderr).toContain("LIBSQL_AUTH_TOKEN")
        }
        expect((yield* run({}, "config", "--target-environment", "open")).stdout).toContain("••••")
        const mistaken = yield* run({}, "introspect", `${url}&authToken=${token}&database=x`)
        expect([mistaken.code, mistaken.stderr]).toEqual([1, expect.stringContaining("authToken=…")])
      })
  )

  live("that is not there is told so", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({})
      const nobody = yield* lockplane(["introspect", "libsql://127.0.0.1:2?tls=0&authToken=sesame"], { cwd })
      expect(nobody.code).toBe(1)
      expect(nobody.stderr).toContain("nothing listens there")
      expect(nobody.stderr).not.toMatch(/sesame|SQLSTATE/)
    }))
})
