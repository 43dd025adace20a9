/** Texts that are edited: `lockplane.toml`, `.env` files, `.gitignore`. What is not meant stays, byte for byte. */
import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { parse } from "smol-toml"
import { decode } from "../../src/config/Configuration.ts"
import { variablesIn } from "../../src/config/EnvironmentFile.ts"
import { create, setEnvironment } from "../../src/init/ConfigurationText.ts"
import * as DotEnv from "../../src/init/DotEnv.ts"
import { ignoring } from "../../src/init/Gitignore.ts"

const existing = `# our settings
default_environment = "local"   # where we work
schema_path = 'db/schema'

[environments.local] # mine
# the description
description = "Local" # short
shadow_schema = "scratch"

[environments."production"]
description = """
the real
thing"""

# that is all
`

const set = (text: string, environment: string, settings: Readonly<Record<string, string | undefined>>) =>
  Option.getOrUndefined(
    Result.getSuccess(setEnvironment("lockplane.toml", text, environment, new Map(Object.entries(settings))))
  )

describe("lockplane.toml", () => {
  test("a new one is what its reader takes", () => {
    const text = create("local", new Map([["description", "A \"quoted\" \\ one"]]), {
      schemaPath: "schema",
      dialect: "postgres",
      schemas: ["public", "app"]
    })
    expect(Result.getOrThrow(decode("lockplane.toml", text))).toEqual({
      default_environment: "local",
      schema_path: "schema",
      dialect: "postgres",
      schemas: ["public", "app"],
      environments: { local: { description: "A \"quoted\" \\ one" } }
    })
  })

  test("an environment is added behind the others", () => {
    const text = set(existing, "staging", { description: "Staging", shadow_schema: undefined })
    expect(text).toBe(
      existing.replace("thing\"\"\"\n", "thing\"\"\"\n\n[environments.staging]\ndescription = \"Staging\"\n")
    )
  })

  test("an environment is changed in its lines, comments kept", () => {
    expect(set(existing, "local", { description: "Mine", dialect: "sqlite", shadow_schema: undefined })).toBe(
      existing.replace("\"Local\" # short\nshadow_schema = \"scratch\"\n", "\"Mine\" # short\ndialect = \"sqlite\"\n")
    )
  })

  test("files without a last line end, without environments, with other line ends, and empty ones", () => {
    expect(set("schema_path = \"s\"", "a", { description: "x" })).toBe(
      "schema_path = \"s\"\n\n[environments.a]\ndescription = \"x\"\n"
    )
    expect(set("", "a", { description: "x" })).toBe("[environments.a]\ndescription = \"x\"\n")
    expect(set("[environments.a]", "a", { description: "x" })).toBe("[environments.a]\ndescription = \"x\"\n")
    expect(set("[environments.b]", "a", { description: "x" })).toBe(
      "[environments.b]\n\n[environments.a]\ndescription = \"x\"\n"
    )
    expect(set("schema_path = \"s\"\r\n[environments.b]\r\n", "a", { description: "x" })).toBe(
      "schema_path = \"s\"\r\n[environments.b]\r\n\r\n[environments.a]\r\ndescription = \"x\"\r\n"
    )
  })

  test("nothing but the environment changes, whatever else there is", () => {
    const text = `${existing}[[other]]\nx = 1979-05-27T07:32:00Z\n[environments.local.more]\ny = [1, 2, { z = '#' }]\n`
    const changed = set(text, "new", { description: "x" })
    const { environments, ...rest } = parse(changed ?? "")
    const { environments: before, ...restBefore } = parse(text)
    expect(JSON.stringify(rest)).toBe(JSON.stringify(restBefore))
    expect({ ...Object(environments) }).toEqual({ ...Object(before), new: { description: "x" } })
  })

  test("what cannot be edited by lines is refused", () => {
    for (
      const text of [
        "environments = { local = { description = \"x\" } }\n",
        "environments.local.description = \"x\"\n",
        "[environments]\nlocal = { description = \"x\" }\n",
        "not toml"
      ]
    ) {
      expect([text, set(text, "local", { description: "y" })]).toEqual([text, undefined])
    }
    // a value over several lines
    expect(set(existing, "production", { description: "y" })).toBeUndefined()
    // a line that only looks like the header
    expect(set("x = '''\n[environments.local]\n'''\n", "local", { description: "y" })).toBeUndefined()
  })
})

describe(".env files", () => {
  const text = "# mine\nexport DATABASE_URL='postgres://a'  # old\r\nOTHER=\"x # y\"\nSHADOW_SCHEMA=s\nLAST=1"

  test("are read", () => {
    expect([...Effect.runSync(variablesIn(text))]).toEqual([
      ["DATABASE_URL", "postgres://a"],
      ["OTHER", "x # y"],
      ["SHADOW_SCHEMA", "s"],
      ["LAST", "1"]
    ])
  })

  test("keep every other line", () => {
    const values = new Map([["DATABASE_URL", "postgres://b#c"], ["NEW", "v"], ["SHADOW_SCHEMA", undefined], [
      "NONE",
      undefined
    ]])
    expect(Result.getOrThrow(DotEnv.set(text, values))).toBe(
      "# mine\nexport DATABASE_URL='postgres://b#c'\r\nOTHER=\"x # y\"\nLAST=1\r\nNEW=v\r\n"
    )
  })

  test("take no value that a reader could mistake", () => {
    for (const value of ["a'b", "a\\b", "a\nb"]) {
      expect(Result.isFailure(DotEnv.set("", new Map([["X", value]])))).toBe(true)
    }
  })
})

test(".gitignore gets what it lacks, and exceptions stay exceptions", () => {
  const block = "# Lockplane: database URLs and working files\n"
  expect(ignoring("")).toBe(`${block}.env.*\n.lockplane/\n`)
  expect(ignoring("dist\n")).toBe(`dist\n\n${block}.env.*\n.lockplane/\n`)
  expect(ignoring("/.env*\n.lockplane\n")).toBe("/.env*\n.lockplane\n")
  expect(ignoring(".lockplane/\r\n!.env.example")).toBe(
    ".lockplane/\r\n!.env.example\r\n\r\n# Lockplane: database URLs and working files\r\n.env.*\r\n!.env.example\r\n"
  )
  expect(ignoring(ignoring("dist"))).toBe(ignoring("dist"))
})
