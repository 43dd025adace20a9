import { expect, test } from "bun:test"
import { existsSync } from "node:fs"
import jsr from "../jsr.json" with { type: "json" }
import manifest from "../package.json" with { type: "json" }
import { jsonSchemaOf, version } from "../src/version.ts"

test("the program, the npm package and the JSR package say the same version", () => {
  expect(version).toBe(manifest.version)
  expect(jsr.version).toBe(manifest.version)
})

test("documents name JSON Schemas that are in the package of this version", () => {
  expect(manifest.files).toContain("schema-json")
  for (const document of ["plan", "schema", "sqlite-schema"] as const) {
    const file = jsonSchemaOf(document).replace(`https://unpkg.com/${manifest.name}@${manifest.version}/`, "")
    expect(file).toBe(`schema-json/${document}.json`)
    expect(existsSync(new URL(`../${file}`, import.meta.url))).toBe(true)
  }
})
