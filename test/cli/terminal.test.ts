/** What is asked and shown on a terminal. */
import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Sink from "effect/Sink"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import * as TestClock from "effect/testing/TestClock"
import { approve, type Request } from "../../src/cli/Approval.ts"
import { withoutSecrets } from "../../src/cli/Failure.ts"
import { line, withProgress } from "../../src/cli/TerminalProgress.ts"
import { progress } from "../../src/Progress.ts"
import * as it from "../effect.ts"

const terminal = (isTerminal: boolean, answer: Effect.Effect<string, Terminal.QuitError> = Effect.succeed("")) => {
  const shown: Array<string> = []
  const layer = Layer.mergeAll(
    Stdio.layerTest({
      stdinIsTerminal: Effect.succeed(isTerminal),
      stderrIsTerminal: Effect.succeed(isTerminal),
      stderr: () => Sink.forEach((text) => Effect.sync(() => void shown.push(String(text))))
    }),
    Layer.succeed(
      Terminal.Terminal,
      Terminal.make({
        columns: Effect.succeed(40),
        rows: Effect.succeed(24),
        size: Effect.die("not used"),
        readInput: Effect.die("not used"),
        readLine: answer,
        display: () => Effect.die("standard output is for data")
      })
    )
  )
  return { shown, layer }
}

const request: Request = {
  plan: { steps: [{ description: "Drop table users", sql: "DROP TABLE users" }] },
  target: "postgres://app@localhost/shop",
  losses: ["step 1, Drop table users: Its rows are lost."],
  autoApprove: false,
  allowDestructive: false
}

describe("approval", () => {
  it.effect("asks on a terminal, in sight of the plan and of what is lost", () =>
    Effect.gen(function*() {
      const { layer, shown } = terminal(true, Effect.succeed("yes"))
      expect(yield* Effect.provide(approve(request), layer)).toBe(true)
      const text = shown.join("")
      expect(text).toContain("1. Drop table users")
      expect(text).toContain("Its rows are lost.")
      expect(text).toContain("on postgres://app@localhost/shop?")
    }))

  it.effect("takes nothing but yes for a yes", () =>
    Effect.gen(function*() {
      for (
        const answer of [
          Effect.succeed(""),
          Effect.succeed("y"),
          Effect.succeed("no"),
          Effect.fail(new Terminal.QuitError({}))
        ]
      ) {
        expect(yield* Effect.provide(approve(request), terminal(true, answer).layer)).toBe(false)
      }
    }))

  it.effect("is by flags where there is no terminal, which say so", () =>
    Effect.gen(function*() {
      const { layer } = terminal(false)
      const refusal = (change: Partial<Request>) =>
        Effect.map(Effect.flip(Effect.provide(approve({ ...request, ...change }), layer)), ({ message }) => message)
      expect(yield* refusal({ losses: [] })).toContain("--auto-approve")
      expect(yield* refusal({})).toContain("--allow-destructive and --auto-approve")
      expect(yield* refusal({ autoApprove: true })).toContain("add --allow-destructive.")
      expect(yield* Effect.provide(approve({ ...request, autoApprove: true, allowDestructive: true }), layer)).toBe(
        true
      )
      expect(yield* Effect.provide(approve({ ...request, losses: [], autoApprove: true }), layer)).toBe(true)
    }))
})

const work = Effect.gen(function*() {
  yield* progress("apply", 1, 2, "Create table users")
  yield* TestClock.adjust("3 seconds")
  yield* progress("apply", 2, 2, "Create index users_email on table users")
  yield* TestClock.adjust("1 second")
})

describe("progress", () => {
  it.effect("is one line on a terminal, no longer than that, and gone at the end", () =>
    Effect.gen(function*() {
      const { layer, shown } = terminal(true)
      yield* Effect.provide(withProgress(work), layer)
      const lines = shown.join("").split("\r\u001b[2K")
      expect(lines).toContain("apply 1/2 (0 %), 0 s: Create table use…".slice(0, 38) + "…")
      expect(lines.some((line) => line.startsWith("apply 2/2 (50 %), 3 s: Create index"))).toBe(true)
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(40)
      expect(shown.join("")).not.toContain("\n")
      expect(lines.at(-1)).toBe("")
    }))

  it.effect("elsewhere is a line for long work, and nothing for short work", () =>
    Effect.gen(function*() {
      const long = terminal(false)
      yield* Effect.provide(withProgress(work), long.layer)
      expect(long.shown).toEqual(["apply 1/2 (0 %), 2 s: Create table users\n"])
      const short = terminal(false)
      yield* Effect.provide(withProgress(progress("apply", 1, 2, "Create table users")), short.layer)
      expect(short.shown).toEqual([])
    }))
})

test("what is left is told only where enough steps are done to know", () => {
  const report = { work: "apply", of: 100, description: "Create table users", started: 0 }
  expect(line({ ...report, step: 26 }, 5000)).toBe("apply 26/100 (25 %), 5 s, about 15 s left: Create table users")
  expect(line({ ...report, step: 3 }, 5000)).toBe("apply 3/100 (2 %), 5 s: Create table users")
})

test("passwords are taken out of any text", () => {
  expect(withoutSecrets("at postgres://app:s3@cret@db:5432/shop?x=1 and")).toBe(
    "at postgres://app@db:5432/shop?x=1 and"
  )
  expect(withoutSecrets("'postgresql://app:s3cret@db/shop'")).toBe("'postgresql://app@db/shop'")
  expect(withoutSecrets("postgres://db/shop?password=s3cret&user=app")).toBe("postgres://db/shop?password=…&user=app")
  expect(withoutSecrets("host=db password='s3 cret' user=app")).toBe("host=db password=… user=app")
  // how one is written is no secret
  const example = "Write it as postgres://user:password@host:5432/database, or pglite:DIR."
  expect(withoutSecrets(example)).toBe(example)
  expect(withoutSecrets("postgres://user:password@host:5432/database2")).toBe("postgres://user@host:5432/database2")
})
