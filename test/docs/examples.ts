/**
 * The examples of the README and the guides: each ```sh run``` and ```ts run``` block of a page runs, in order, in one empty folder.
 * Several files of tests share the pages, because files are what runs side by side.
 */
import { expect, test } from "bun:test"
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"
import { run } from "../runtimes/Process.ts"
import { here } from "../runtimes/Programs.ts"
import { python } from "../tools/python.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

interface Example {
  readonly language: "sh" | "ts"
  readonly code: string
  /** Lines that must be printed, in this order. */
  readonly output: ReadonlyArray<string>
  readonly line: number
}

const examplesOf = (page: string): ReadonlyArray<Example> => {
  const blocks = [...page.matchAll(/^```(\w+) (run|output)\n([^]*?)^```$/gm)]
  return blocks.flatMap((block, i) => {
    const [, language, role, code = ""] = block
    if (role !== "run") return []
    const next = blocks[i + 1]
    const output = next?.[2] === "output" ? (next[3] ?? "").trimEnd().split("\n") : []
    return [{
      language: language === "ts" ? "ts" : "sh",
      code,
      output,
      line: page.slice(0, block.index).split("\n").length
    }]
  })
}

const pages = [
  "README.md",
  ...(await readdir(join(root, "docs"))).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`)
]

/** Commands by their names, each with what it runs. */
type Commands = Readonly<Record<string, ReadonlyArray<string>>>

const pythonTools = python === undefined ? undefined : { python: [python], alembic: [python, "-m", "alembic"] }

/** What a page needs beside Lockplane; undefined where it is not there. */
const toolsOf: Readonly<Record<string, Commands | undefined>> = {
  "docs/sqlalchemy.md": pythonTools,
  "docs/alembic.md": pythonTools
}

/** A folder in which `lockplane` is a command, and a package; other commands too. */
const workplace = async (tools: Commands) => {
  const folder = await mkdtemp(join(tmpdir(), "lockplane-docs-"))
  const bin = join(folder, ".bin")
  await mkdir(bin)
  const commands = { ...tools, lockplane: [...here, join(root, "bin/lockplane.ts")] }
  for (const [name, words] of Object.entries<ReadonlyArray<string>>(commands)) {
    const command = words.map((word) => `"${word}"`).join(" ")
    await writeFile(join(bin, name), `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 })
  }
  await mkdir(join(folder, "node_modules"))
  await symlink(join(root, "node_modules/effect"), join(folder, "node_modules/effect"))
  await mkdir(join(folder, "node_modules/lockplane"))
  await writeFile(
    join(folder, "node_modules/lockplane/package.json"),
    JSON.stringify({ name: "lockplane", type: "module", exports: "./index.ts" })
  )
  await writeFile(
    join(folder, "node_modules/lockplane/index.ts"),
    `export * from ${JSON.stringify(join(root, "src/index.ts"))}\n`
  )
  return { folder, path: [bin, process.env["PATH"]].join(delimiter) }
}

/** The number of files that share the pages. */
const shares = 3

/** Tests the examples of every page whose turn it is. */
export const testPages = async (share: number): Promise<void> => {
  for (const page of pages.filter((_, i) => i % shares === share)) {
    const examples = examplesOf(await readFile(join(root, page), "utf8"))
    if (examples.length === 0) continue
    const tools = page in toolsOf ? toolsOf[page] : {}
    test.skipIf(tools === undefined)(`the examples of ${page}`, async () => {
      const { folder, path } = await workplace(tools ?? {})
      try {
        for (const { code, language, line, output } of examples) {
          if (language === "ts") await writeFile(join(folder, "example.ts"), code)
          const command = language === "ts"
            ? [...here, "example.ts"]
            : ["sh", "-e", "-c", `exec 2>&1\n${code}`]
          const { code: exit, stderr, stdout } = await run(command, {
            cwd: folder,
            env: { ...process.env, PATH: path, NO_COLOR: "1", DATABASE_URL: "" }
          })
          let at = 0
          const missing = output.find((wanted) => {
            const found = stdout.indexOf(wanted, at)
            at = found + wanted.length
            return found < 0
          })
          expect({ page, line, exit, missing, printed: exit === 0 && missing === undefined ? "" : stdout + stderr })
            .toEqual({ page, line, exit: 0, missing: undefined, printed: "" })
        }
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    })
  }
}
