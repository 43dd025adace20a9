import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schedule from "effect/Schedule"
import { fileURLToPath } from "node:url"
import * as Background from "../../src/engine/Background.ts"
import * as Platform from "../../src/platform.ts"
import * as it from "../effect.ts"
import { run, start } from "../runtimes/Process.ts"
import { here } from "../runtimes/Programs.ts"

const program = fileURLToPath(new URL("background-process.ts", import.meta.url))

const output = (command: ReadonlyArray<string>): Effect.Effect<string> =>
  Effect.promise(async () => {
    const { code, stderr, stdout } = await run(command, { env: { ...process.env, NO_COLOR: "1" } })
    if (code !== 0) throw new Error(stderr)
    return stdout.trim()
  })

describe("a process in the background", () => {
  const test = it.layer(Platform.layer)

  test("outlives its parent, in a session of its own, and writes to its log", () =>
    Effect.gen(function*() {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped()
      const pid = yield* output([...here, program, "parent", folder])
      expect(pid).toMatch(/^\d+$/)
      const log = fs.readFileString(`${folder}/log`)
      const until = (text: string) =>
        Effect.filterOrFail(log, (written) => written.includes(text), () => "not yet").pipe(
          Effect.retry(Schedule.spaced("50 millis")),
          Effect.timeout("30 seconds")
        )
      const written = yield* until("and its complaints")
      expect(written).toContain("child of the parent: from the parent, terminal: false")
      expect((yield* fs.stat(`${folder}/log`)).mode & 0o777).toBe(0o600)
      if (process.platform !== "win32") {
        // the leader of its session: signals for the parent's terminal do not reach it
        expect((yield* output(["ps", "-o", "sid=", "-p", pid])).trim()).toBe(pid)
      }
      yield* fs.writeFileString(`${folder}/stop`, "")
      yield* until("child ends")
    }))

  test("ends by its number and an argument, and another one with that number does not", () =>
    Effect.gen(function*() {
      const child = yield* Effect.acquireRelease(
        Effect.sync(() => start(["sleep", "4711"])),
        (child) => Effect.sync(() => child.kill())
      )
      const process = { pid: child.pid ?? 0, argument: "4711" }
      // a moment passes before it is the program that it is to be
      yield* Effect.repeat(Background.look(process), { until: (state) => state === "running" })
      expect(yield* Background.end({ ...process, argument: "/some/other/file" })).toBe("gone")
      expect(yield* Background.look(process)).toBe("running")
      expect(yield* Background.end(process)).toBe("ended")
      expect(yield* Background.look(process)).toBe("gone")
    }))

  test("fails with the reason where the log cannot be written", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Background.start({ arguments: [], log: "/nowhere/at/all/log" }))
      expect(error.message).toContain("ENOENT")
    }))
})

describe("the command of a running program", () => {
  const cases: ReadonlyArray<readonly [Background.Running, ReadonlyArray<string>]> = [
    [
      { runtime: "node", execPath: "/bin/node", execArgv: ["--no-warnings"], script: "/app/bin.js" },
      ["/bin/node", "--no-warnings", "/app/bin.js"]
    ],
    [{ runtime: "bun", execPath: "/bin/bunx", execArgv: [], script: "/t/.bin/lockplane" }, [
      "/bin/bun",
      "/t/.bin/lockplane"
    ]],
    [{ runtime: "bun", execPath: "/opt/lockplane", execArgv: [], script: "/$bunfs/root/lockplane" }, [
      "/opt/lockplane"
    ]],
    [{ runtime: "deno", execPath: "/bin/deno", execArgv: [], script: "/app/bin.ts" }, [
      "/bin/deno",
      "run",
      "-A",
      "/app/bin.ts"
    ]],
    [
      {
        runtime: "deno",
        execPath: "/bin/deno",
        execArgv: [],
        script: "/c/npm/registry.npmjs.org/lockplane/1.2.3/dist/bin.js"
      },
      ["/bin/deno", "run", "-A", "--cached-only", "npm:lockplane@1.2.3"]
    ],
    [
      { runtime: "deno", execPath: "/bin/deno", execArgv: [], script: "/a/node_modules/lockplane/dist/bin.js" },
      ["/bin/deno", "run", "-A", "/a/node_modules/lockplane/dist/bin.js"]
    ]
  ]
  it.effect("starts the same program again", () =>
    Effect.sync(() => {
      for (const [running, command] of cases) {
        expect<ReadonlyArray<string>>(Background.commandOf(running)).toEqual(command)
      }
    }))
})
