/** The YAML of the guides: it can be read, is what the two services expect in the main, and its commands are Lockplane's. */
import { expect } from "bun:test"
import * as Effect from "effect/Effect"
import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { parseDocument } from "yaml"
import { lockplane } from "./cli/lockplane.ts"
import * as it from "./effect.ts"

const blocksOf = (page: string, language: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.promise(async () => {
    const text = await readFile(fileURLToPath(new URL(`../docs/${page}`, import.meta.url)), "utf8")
    return [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].flatMap(([, name, code = ""]) =>
      name === language ? [code] : []
    )
  })

/** Every string of a document. */
const stringsIn = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string" ? [value] : typeof value === "object" && value !== null
    ? Object.values(value).flatMap(stringsIn)
    : []

it.live("the workflows for CI are YAML, with commands and flags that there are", () =>
  Effect.gen(function*() {
    const texts = yield* blocksOf("ci.md", "yaml")
    const documents = texts.map((text) => parseDocument(text, { strict: true }))
    expect(documents.map(({ errors, warnings }) => [...errors, ...warnings])).toEqual([[], [], []])
    const [review, production, gitlab] = documents.map((document): Record<string, unknown> => document.toJS())
    expect(Object.keys(review ?? {})).toEqual(["name", "on", "permissions", "jobs"])
    expect(Object.keys(production ?? {})).toEqual(["name", "on", "permissions", "concurrency", "jobs"])
    expect(Object.keys(gitlab ?? {})).toEqual(["stages", "default", "plan", ".production", "apply", "drift"])
    const commands = [review, production, gitlab].flatMap(stringsIn)
      .flatMap((text) => [...text.matchAll(/npx lockplane (\w+)([^>\n]*)/g)])
    expect(commands.length).toBe(8)
    for (const command of new Set(commands.map(([, name = ""]) => name))) {
      const help = yield* lockplane([command, "--help"])
      expect(help.code).toBe(0)
      const flags = commands.filter(([, name]) => name === command)
        .flatMap(([, , rest = ""]) => [...rest.matchAll(/--[\w-]+/g)].map(([flag]) => flag))
      const missing = flags.filter((flag) => !(help.stdout + help.stderr).includes(flag))
      expect({ command, missing }).toEqual({ command, missing: [] })
    }
  }))
