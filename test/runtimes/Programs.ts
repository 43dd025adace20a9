/** The runtimes that Lockplane runs on, as commands that run a TypeScript file, and the one that runs the tests. */
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"
import manifest from "../../package.json" with { type: "json" }
import { modulesOf } from "../tools/npm.ts"
import { run } from "./Process.ts"

/** A runtime by its name. */
export type Runtime = "Bun" | "Deno" | "Node"

/** The command of a runtime, which the path of a program follows. */
export type Command = readonly [program: string, ...parameters: ReadonlyArray<string>]

/** The runtime of this process. */
export const runtime: Runtime = "bun" in process.versions ? "Bun" : "deno" in process.versions ? "Deno" : "Node"

const commandOf = (runtime: Runtime, program: string): Command =>
  runtime === "Deno" ? [program, "run", "-A"] : [program]

/** Runs programs by the runtime of this process. */
export const here: Command = commandOf(runtime, process.execPath)

const installed = (name: string): string =>
  runtime.toLowerCase() === name
    ? process.execPath
    : fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url))

/** Runs programs by Bun. */
export const bun: Command = commandOf("Bun", installed("bun"))

/** Runs programs by Deno. */
export const deno: Command = commandOf("Deno", installed("deno"))

const isNewEnough = async (program: string): Promise<boolean> => {
  const numbers = (text: string): ReadonlyArray<number> => text.match(/\d+/g)?.map(Number) ?? []
  const [major = 0, minor = 0] = numbers((await run([program, "--version"])).stdout)
  const [wantedMajor = 0, wantedMinor = 0] = numbers(manifest.engines.node)
  return major > wantedMajor || major === wantedMajor && minor >= wantedMinor
}

/**
 * Runs programs by Node: the one that PATH has, where package.json allows it, else the oldest that it allows, from npm.
 * Undefined where npm cannot install that, which is then said on standard error.
 */
export const node = async (): Promise<Command | undefined> => {
  if (runtime === "Node") return here
  const found = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "node")).find(existsSync)
  if (found !== undefined && await isNewEnough(found)) return [found]
  const modules = await modulesOf("node")
  return modules === undefined ? undefined : [join(modules, ".bin", "node")]
}
