/** Programs as processes of their own, started alike on every runtime. */
import { type ChildProcessByStdio, spawn } from "node:child_process"
import type { Readable, Writable } from "node:stream"

/** How a process ended. */
export interface Ended {
  /** Its exit code; 128 where a signal ended it. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Where a process runs. */
export interface Place {
  readonly cwd?: string
  /** All variables of the process; those of this one, if left out. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** A running process, its streams in our hands. */
export type Process = ChildProcessByStdio<Writable, Readable, Readable> & {
  /** Its end, and all that it wrote until then. Fails where the program cannot be started. */
  readonly ended: Promise<Ended>
}

/** Starts a program. Its standard input stays open where there is no text for it. */
export const start = (
  [program = "", ...parameters]: ReadonlyArray<string>,
  { cwd, env }: Place = {},
  input?: string
): Process => {
  const child = spawn(program, parameters, {
    stdio: ["pipe", "pipe", "pipe"],
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env })
  })
  // it may end before it has read everything
  child.stdin.on("error", () => {})
  if (input !== undefined) child.stdin.end(input)
  const ended = new Promise<Ended>((resolve, reject) => {
    let [stdout, stderr] = ["", ""]
    child.stdout.setEncoding("utf8").on("data", (text: string) => stdout += text)
    child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text)
    child.on("error", reject)
    child.on("close", (code) => resolve({ code: code ?? 128, stdout, stderr }))
  })
  // whoever does not wait for the end need not hear of it
  ended.catch(() => {})
  return Object.assign(child, { ended })
}

/** Runs a program to its end, with this standard input. */
export const run = (command: ReadonlyArray<string>, place: Place = {}, input = ""): Promise<Ended> =>
  start(command, place, input).ended
