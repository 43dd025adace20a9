import { expect, test } from "bun:test"
import jsr from "../jsr.json" with { type: "json" }
import manifest from "../package.json" with { type: "json" }
import { version } from "../src/version.ts"

test("the program, the npm package and the JSR package say the same version", () => {
  expect(version).toBe(manifest.version)
  expect(jsr.version).toBe(manifest.version)
})
