/** Runs a chain of SQLite schemas: each migration between neighbours, either of them first, there and back, with rows. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import type { Catalog } from "../../../src/Catalog.ts"
import { Dialect } from "../../../src/Dialect.ts"
import { type RenameWish, resolveRenames } from "../../../src/planning/DeclaredRenames.ts"
import { quoteIdentifier } from "../../../src/sqlite/sql/Identifier.ts"
import * as World from "../../sqlite/world.ts"
import type { Chain, Version } from "../Case.ts"
import type { Result } from "../Conformance.ts"
import { inOurWords } from "../Renames.ts"
import { migrate } from "./Migration.ts"
import { seed } from "./Seed.ts"

/** The renames that hints and the comments of a wanted schema ask for; those that Lockplane refuses are left out. */
const wishesOf = (hints: ReadonlyArray<string>, sql: string) =>
  Effect.fnUntraced(function*(from: Catalog, to: Catalog) {
    const { kindOf, naming, readSql } = yield* Dialect
    const asked = hints.map((hint) =>
      hint.split("->").map((name) => name.split(".").map(quoteIdentifier).join(".")).join("=")
    )
    const declared = yield* readSql("new", [{ path: "new.sql", text: inOurWords(sql) }]).pipe(
      Effect.flatMap(({ declared }) => declared?.(to) ?? Effect.succeed([])),
      Effect.orElseSucceed(() => [])
    )
    const wishes: ReadonlyArray<RenameWish> = [...declared, ...asked]
    return wishes.filter((wish) => resolveRenames(from, to, [wish], { kindOf, naming }).problems.length === 0)
  })

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").slice(0, 300)

/** Runs all migrations of a chain. */
export const runChain = Effect.fn("Sqlite.runChain")(function*(chain: Chain, onResult: (result: Result) => void) {
  const fs = yield* FileSystem.FileSystem
  const prefix = chain.name === "" ? "" : `${chain.name} `
  const textOf = (version: Version) => version.file === undefined ? Effect.succeed("") : fs.readFileString(version.file)
  const one = Effect.fnUntraced(function*(from: Version, to: Version) {
    const [before, after] = [yield* textOf(from), yield* textOf(to)]
    const base = {
      project: chain.project,
      name: `${prefix}${from.name} -> ${to.name}`,
      steps: 0,
      reordered: 0,
      inherited: 0,
      judged: false
    }
    const loads = yield* Effect.exit(Effect.scoped(Effect.forEach([before, after], World.file)))
    if (loads._tag === "Failure") {
      return onResult({ ...base, outcome: "unloadable", reason: oneLine(Cause.pretty(loads.cause)) })
    }
    const exit = yield* Effect.exit(migrate({ before, after, seed, wishes: wishesOf(chain.renames ?? [], after) }))
    if (exit._tag === "Failure") {
      const detail = Cause.prettyErrors(exit.cause).map(({ message }) => message).join("\n")
      return onResult({ ...base, outcome: "failed", reason: oneLine(detail), detail })
    }
    const { reordered, rows, steps, unmanaged } = exit.value
    return onResult({
      ...base,
      ...(unmanaged.length === 0
        ? { outcome: "passed" as const, judged: true }
        : { outcome: "unmanaged" as const, reason: `unmanaged ${unmanaged.join(", ")}` }),
      steps,
      reordered,
      ...(rows === undefined ? {} : { rows })
    })
  })
  for (const [i, version] of chain.versions.entries()) {
    const earlier = chain.versions[i - 1]
    if (earlier === undefined) continue
    yield* one(earlier, version)
    yield* one(version, earlier)
  }
})
