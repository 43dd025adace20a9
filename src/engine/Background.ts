/**
 * This very program once more, as a process that outlives this one: in a session of its own, without a terminal, its output
 * in a log file. The same on Bun, Deno and Node, from source as from the package.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { execFile, spawn } from "node:child_process"
import { closeSync, openSync, readFileSync } from "node:fs"
import { isRunning } from "./ProcessLock.ts"

/** A process could not be started in the background. */
export class BackgroundError extends Schema.TaggedError<BackgroundError>()("BackgroundError", {
  message: Schema.String
}) {}

/** What is started, and where it writes. */
export interface Options {
  /** What follows the program's name, such as a hidden subcommand with its arguments. Others of the machine can see them. */
  readonly arguments: ReadonlyArray<string>
  /** The file that its output is appended to; made with mode 0600, in a folder that is there. */
  readonly log: string
  /** Variables beside those of this process, for what others must not see. */
  readonly environment?: Readonly<Record<string, string>> | undefined
}

/** A runtime and how it was called. */
export interface Running {
  readonly runtime: "bun" | "deno" | "node"
  /** The file of the runtime. */
  readonly execPath: string
  /** The runtime's own options. */
  readonly execArgv: ReadonlyArray<string>
  /** The file that it runs. */
  readonly script: string
}

/** The program and its first arguments that make a process of what is running. */
export const commandOf = (running: Running): readonly [program: string, ...parameters: ReadonlyArray<string>] => {
  const { execArgv, execPath, runtime, script } = running
  switch (runtime) {
    case "node":
      return [execPath, ...execArgv, script]
    case "bun":
      // in a program of `bun build --compile`, the script is a part of the executable
      return /^(?:\/\$bunfs|[A-Z]:[\\/]~BUN)[\\/]/.test(script)
        ? [execPath]
        // `bunx` is the same program as `bun`, told by its name what to do
        : [execPath.replace(/bunx(\.exe)?$/, "bun$1"), ...execArgv, script]
    case "deno": {
      // what `deno run npm:…` has in its cache can only be run by the name of the package
      const cached = /[\\/]npm[\\/][^\\/]+[\\/]((?:@[^\\/]+[\\/])?[^\\/@]+)[\\/](\d+\.\d+\.\d+[^\\/]*)[\\/]/.exec(
        script
      )
      return cached === null || /[\\/]node_modules[\\/]/.test(script)
        ? [execPath, "run", "-A", script]
        : [execPath, "run", "-A", "--cached-only", `npm:${cached[1]?.replace("\\", "/")}@${cached[2]}`]
    }
  }
}

/** The program of a process with its arguments, as one text; undefined where the system does not tell. */
const argumentsOf = (pid: number): Effect.Effect<string | undefined> =>
  Effect.callback((resume) => {
    try {
      resume(Effect.succeed(readFileSync(`/proc/${pid}/cmdline`, "utf8")))
    } catch {
      // systems without /proc
      execFile("ps", ["-ww", "-o", "args=", "-p", String(pid)], (error, output) =>
        resume(Effect.succeed(error === null ? output : undefined)))
    }
  })

/** A process in the background, as it is told from another that has got its number since. */
export interface Process {
  readonly pid: number
  /** One of the arguments that it was started with, such as the path of a file, which no other process has. */
  readonly argument: string
}

/** Whether a process is there still; `unknown` where one has its number, and the system does not tell which. */
export const look = (one: Process): Effect.Effect<"running" | "gone" | "unknown"> =>
  Effect.gen(function*() {
    if (!isRunning(one.pid)) return "gone"
    const found = yield* argumentsOf(one.pid)
    if (found !== undefined) return found.includes(one.argument) ? "running" : "gone"
    return isRunning(one.pid) ? "unknown" : "gone"
  })

/** Ends a process, at once and whatever it is doing. Where {@link look} does not know it, nothing is done. */
export const end = (one: Process): Effect.Effect<"ended" | "gone" | "unknown"> =>
  Effect.flatMap(look(one), (found) =>
    found !== "running" ? Effect.succeed(found) : Effect.gen(function*() {
      try {
        process.kill(one.pid, "SIGKILL")
      } catch {
        return "gone"
      }
      for (let tenths = 0; tenths < 10 && isRunning(one.pid); tenths++) yield* Effect.sleep("100 millis")
      return "ended"
    }))

/** Starts it, and gives the number of the process. Fails with what the operating system says. */
export const start = (options: Options): Effect.Effect<number, BackgroundError> =>
  Effect.callback<number, BackgroundError>((resume) => {
    const fail = (cause: unknown) =>
      resume(Effect.fail(
        new BackgroundError({
          message: `No process can be started in the background: ${
            cause instanceof Error ? cause.message : String(cause)
          }`
        })
      ))
    const { deno, bun } = process.versions
    const [program, ...parameters] = commandOf({
      runtime: deno !== undefined ? "deno" : bun !== undefined ? "bun" : "node",
      execPath: process.execPath,
      execArgv: process.execArgv,
      script: process.argv[1] ?? ""
    })
    let log: number | undefined
    try {
      log = openSync(options.log, "a", 0o600)
      const child = spawn(program, [...parameters, ...options.arguments], {
        detached: true,
        windowsHide: true,
        stdio: ["ignore", log, log],
        env: { ...process.env, ...options.environment }
      })
      child.once("error", fail)
      child.once("spawn", () => {
        child.unref()
        resume(child.pid === undefined ? Effect.die("a process without a number") : Effect.succeed(child.pid))
      })
    } catch (cause) {
      fail(cause)
    } finally {
      if (log !== undefined) closeSync(log)
    }
  })
