/** The command line as a process of its own: its exit code and its two streams. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { type Ended, type Process, start as startProcess } from "../runtimes/Process.ts"
import { here } from "../runtimes/Programs.ts"

const bin = fileURLToPath(new URL("../../bin/lockplane.ts", import.meta.url))

/** How a run ended. */
export type Run = Ended

/** Where a run takes place. */
export interface Place {
  readonly cwd?: string
  /** What comes by standard input. */
  readonly input?: string
  /** Variables of the process. */
  readonly env?: Readonly<Record<string, string>>
}

/** Starts `lockplane` with these arguments on the runtime of the tests, without a terminal. */
export const start = (args: ReadonlyArray<string>, { cwd, env, input = "" }: Place = {}): Process =>
  startProcess([...here, bin, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, NO_COLOR: "1", DATABASE_URL: "", ...env }
  }, input)

/** Waits for the end of a run. */
export const ended = (child: Process): Effect.Effect<Run> => Effect.promise(() => child.ended)

/** Runs `lockplane` to its end. */
export const lockplane = (args: ReadonlyArray<string>, options: Place = {}): Effect.Effect<Run> =>
  Effect.suspend(() => ended(start(args, options)))

/** A folder with these files, gone when the scope closes. */
export const folder = (files: Readonly<Record<string, string>>): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const path = await mkdtemp(join(tmpdir(), "lockplane-cli-"))
      await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(path, name), text)))
      return path
    }),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
  )
