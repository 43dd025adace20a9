import { expect, test } from "bun:test"
import { fileURLToPath } from "node:url"
import { run } from "../runtimes/Process.ts"
import { here } from "../runtimes/Programs.ts"

test("the demo does the main job on the embedded engine, and ends in a summary", async () => {
  const root = fileURLToPath(new URL("../..", import.meta.url))
  const { code, stderr, stdout } = await run([...here, "bin/demo.ts"], { cwd: root })
  expect([code, stderr.includes("error:")]).toEqual([0, false])
  expect(stdout).toContain("planned again: nothing left to do")
  expect(stdout).toMatch(/Summary, [^]*: equal\n[^]*13 of 13 are there[^]*Everything came out as planned\.\n$/)
})
