import { expect, test } from "bun:test"
import { fileURLToPath } from "node:url"

test("the demo does the main job on the embedded engine, and ends in a summary", async () => {
  const root = fileURLToPath(new URL("../..", import.meta.url))
  const child = Bun.spawn([process.execPath, "bin/demo.ts"], {
    cwd: root,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe"
  })
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited
  ])
  expect([code, stderr.includes("error:")]).toEqual([0, false])
  expect(stdout).toContain("planned again: nothing left to do")
  expect(stdout).toMatch(/Summary, [^]*: equal\n[^]*13 of 13 are there[^]*Everything came out as planned\.\n$/)
})
