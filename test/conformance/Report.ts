/** The results of a run as a table for people and as JSON for machines. */
import { compareText } from "../../src/Catalog.ts"
import type { Outcome, Result } from "./Conformance.ts"

const outcomes: ReadonlyArray<Outcome> = ["passed", "failed", "unloadable", "unmanaged"]

const count = (results: ReadonlyArray<Result>, outcome: Outcome): number =>
  results.filter((result) => result.outcome === outcome).length

const columns: ReadonlyArray<readonly [title: string, value: (results: ReadonlyArray<Result>) => number]> = [
  ["migrations", (results) => results.length],
  ...outcomes.map((outcome) => [outcome, (results: ReadonlyArray<Result>) => count(results, outcome)] as const),
  ["steps", (results) => results.reduce((sum, result) => sum + result.steps, 0)],
  ["reordered", (results) => results.filter((result) => result.outcome === "passed" && result.reordered > 0).length],
  ["inherited", (results) => results.filter((result) => result.outcome === "passed" && result.inherited > 0).length],
  ["with rows", (results) => results.filter((result) => (result.rows ?? 0) > 0).length],
  ["judged", (results) => results.filter((result) => result.judged).length]
]

const byProject = (results: ReadonlyArray<Result>): ReadonlyArray<readonly [string, ReadonlyArray<Result>]> =>
  [...Map.groupBy(results, (result) => result.project)].toSorted(([a], [b]) => compareText(a, b))

/** A table with a line for each project, the reason of each failure and of what was left out, and the totals. */
export const table = (results: ReadonlyArray<Result>): string => {
  const projects = byProject(results)
  const width = Math.max(7, ...projects.map(([project]) => project.length))
  const row = (first: string, cells: ReadonlyArray<string>): string =>
    `${first.padEnd(width)}  ${cells.map((cell, i) => cell.padStart(columns[i]?.[0].length ?? 0)).join("  ")}`
  const lines = [
    row("project", columns.map(([title]) => title)),
    ...projects.map(([project, own]) => row(project, columns.map(([, value]) => String(value(own))))),
    ...projects.flatMap(([project, own]) =>
      own.filter((result) => result.outcome === "failed").map((result) => `${project} ${result.name}: ${result.reason}`)
    ),
    ...(["unloadable", "unmanaged"] as const).flatMap((outcome) => {
      const reasons = Map.groupBy(
        results.filter((result) => result.outcome === outcome),
        (result) => `${result.project} ${outcome}: ${result.reason}`
      )
      return [...reasons].map(([reason, own]) => `${reason}${own.length === 1 ? "" : ` (${own.length} migrations)`}`)
    }),
    `${count(results, "passed")} passed, ${count(results, "failed")} failed`
  ]
  return lines.join("\n")
}

/** The results as JSON. */
export const json = (engine: string, results: ReadonlyArray<Result>): string =>
  `${
    JSON.stringify({ engine, passed: count(results, "passed"), failed: count(results, "failed"), results }, null, 2)
  }\n`
