/**
 * Packs the package and uses it as people will: by `npx`, `bunx` and `deno run npm:`, and as a dependency whose API is
 * imported on Node, Bun and Deno. Everything happens in a temporary folder with caches of its own.
 *
 * Run by `npm run test:smoke`; it builds first. Needs npm, and the registry that npm is configured with.
 */
import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import manifest from "../../package.json" with { type: "json" }
import { node as findNode } from "../runtimes/Programs.ts"
import { serve } from "./registry.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const temporary = await mkdtemp(join(tmpdir(), "lockplane-smoke-"))

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

interface Place {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

const run = async (command: ReadonlyArray<string>, { cwd, env }: Place): Promise<Outcome> => {
  const child = Bun.spawn([...command], { cwd, env: { ...env }, stdin: "ignore", stdout: "pipe", stderr: "pipe" })
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited
  ])
  return { code, stdout, stderr }
}

const must = async (command: ReadonlyArray<string>, place: Place): Promise<string> => {
  const { code, stderr, stdout } = await run(command, place)
  if (code !== 0) throw new Error(`${command.join(" ")} exited with ${code}\n${stdout}${stderr}`)
  return stdout
}

const folder = async (name: string): Promise<string> => {
  const path = join(temporary, name)
  await mkdir(path, { recursive: true })
  return path
}

let passed = 0
const failures: Array<string> = []

/** One check: its name, a command, and what must come of it. */
const check = async (name: string, command: ReadonlyArray<string>, place: Place, expected: {
  readonly code: number
  readonly stdout: RegExp
}) => {
  const { code, stderr, stdout } = await run(command, place)
  const holds = code === expected.code && expected.stdout.test(stdout)
  if (holds) passed++
  else failures.push(name)
  console.error(`${holds ? "ok  " : "FAIL"} ${name}`)
  if (!holds) {
    console.error(
      `     ${command.join(" ")}\n     exit ${code}, wanted ${expected.code}; stdout wanted ${expected.stdout}`
    )
    console.error(`${stdout}${stderr}`.replaceAll(/^/gm, "     | "))
  }
}

const main = async () => {
  for (const entry of ["bin/lockplane.ts", "src/index.ts"]) {
    if (!await Bun.file(join(root, entry)).exists()) {
      throw new Error(`${entry} does not exist: there is nothing to pack`)
    }
  }
  const here = { cwd: root, env: process.env }
  await must([process.execPath, "scripts/build.ts"], here)
  const packs = await folder("pack")
  await must(["npm", "pack", "--ignore-scripts", "--pack-destination", packs], here)
  const [tarball = ""] = await readdir(packs)

  const node = await findNode()
  if (node === undefined) throw new Error("there is no Node that is new enough")
  const tools = await folder("tools")
  for (const tool of ["bun", "bunx", "deno"]) {
    await symlink(join(root, "node_modules", ".bin", tool), join(tools, tool))
  }
  const upstream = (await must(["npm", "config", "get", "registry"], here)).trim()
  const registry = await serve(manifest, join(packs, tarball), upstream)

  /** What `npm run` tells a script about itself is no part of a fresh machine: `bunx` would look for the node named in it. */
  const outer = Object.entries(process.env)
    .filter(([name]) => name !== "NODE" && (!name.startsWith("npm_") || name.startsWith("npm_config_")))
  /** Caches and temporary files of their own, so that nothing of an earlier run answers. */
  const own = {
    ...Object.fromEntries(outer),
    NO_COLOR: "1",
    TMPDIR: await folder("tmp"),
    npm_config_registry: registry.url,
    NPM_CONFIG_REGISTRY: registry.url,
    npm_config_cache: await folder("npm"),
    BUN_INSTALL_CACHE_DIR: await folder("bun"),
    BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0",
    DENO_DIR: await folder("deno"),
    DENO_NO_UPDATE_CHECK: "1"
  }
  const system = process.env["PATH"] ?? ""
  const withNode = { ...own, PATH: [dirname(node[0]), tools, system].join(delimiter) }
  /** A machine that has Bun and nothing else. */
  const withBun = { ...own, PATH: tools }

  const files = await folder("files")
  await Bun.write(join(files, "good.lp.sql"), "CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL);\n")
  await Bun.write(
    join(files, "bad.lp.sql"),
    "CREATE TABLE users (\n  id bigint PRIMARY KEY,\n  email txt NOT NULL,,\n);\n"
  )
  await Bun.write(
    join(files, "api.mjs"),
    `import * as lockplane from "lockplane"\n`
      + `const missing = ["Catalog", "Source", "Diff", "Planner", "Prover", "Executor", "Rollback", "Validator"]\n`
      + `  .filter((name) => lockplane[name] === undefined)\n`
      + `console.log(missing.length === 0 ? "complete" : "missing: " + missing.join(", "))\n`
  )

  const launchers = [
    { name: "npx lockplane", command: ["npx", "--yes", "lockplane"], env: withNode },
    { name: "bunx lockplane", command: ["bunx", "lockplane"], env: withBun },
    { name: "bunx --bun lockplane", command: ["bunx", "--bun", "lockplane"], env: withNode },
    { name: "deno run npm:lockplane", command: ["deno", "run", "-A", "npm:lockplane"], env: withNode }
  ]
  const version = new RegExp(`\\b${manifest.version.replaceAll(".", "\\.")}\\b`)
  for (const { command, env, name } of launchers) {
    const place = { cwd: await folder(name.replaceAll(/\W+/g, "-")), env }
    const at = (file: string) => join(files, file)
    await check(`${name} version`, [...command, "version"], place, { code: 0, stdout: version })
    await check(`${name} validate sql, valid`, [...command, "validate", "sql", at("good.lp.sql")], place, {
      code: 0,
      stdout: /(?:)/
    })
    const json = [...command, "validate", "sql", at("bad.lp.sql"), "--format", "json"]
    await check(`${name} validate sql, broken`, json, place, {
      code: 1,
      stdout: /^\{\s*"valid": false,[^]*"line": 3,[^]*"code": "syntax_error"/
    })
  }

  const peers = Object.entries(manifest.peerDependencies).map(([name, range]) => `${name}@${range}`)
  const installers = [
    { name: "Node", add: ["npm", "install", "lockplane", ...peers], use: ["node"], env: withNode },
    { name: "Bun", add: ["bun", "add", "lockplane", ...peers], use: ["bun"], env: withBun },
    {
      name: "Deno",
      add: ["deno", "add", "npm:lockplane", ...peers.map((peer) => `npm:${peer}`)],
      use: ["deno", "run", "-A"],
      env: withNode
    }
  ]
  for (const { add, env, name, use } of installers) {
    const place = { cwd: await folder(`api-${name}`), env }
    await Bun.write(join(place.cwd, "package.json"), `{ "name": "consumer", "private": true, "type": "module" }\n`)
    await Bun.write(join(place.cwd, "api.mjs"), Bun.file(join(files, "api.mjs")))
    await check(`${add.slice(0, 2).join(" ")} lockplane`, add, place, { code: 0, stdout: /(?:)/ })
    await check(`${name} imports the API`, [...use, "api.mjs"], place, { code: 0, stdout: /^complete$/m })
  }

  const consumer = join(temporary, "api-Node")
  await Bun.write(
    join(consumer, "api.ts"),
    `import * as lockplane from "lockplane"\nexport const plan: typeof lockplane.Planner.plan = lockplane.Planner.plan\n`
  )
  const options = ["--noEmit", "--strict", "--skipLibCheck", "--module", "NodeNext", "--target", "ES2024"]
  const tsc = [process.execPath, join(root, "node_modules/typescript/bin/tsc"), ...options, "api.ts"]
  await check("the declarations type-check", tsc, { cwd: consumer, env: withNode }, { code: 0, stdout: /(?:)/ })

  await registry.close()
}

try {
  await main()
} finally {
  await rm(temporary, { recursive: true, force: true })
}
console.error(`smoke: ${passed} ok, ${failures.length} failed`)
if (failures.length > 0) process.exitCode = 1
