/** What tables were called before steps that give them other names, told by the statements: whoever wrote the plan. */
import { statementsOf, type Step } from "../Plan.ts"
import { foldName } from "./sql/Identifier.ts"
import { nameAt, renamedTable, says, wordsOf } from "./sql/Words.ts"

/**
 * For the name of a table after steps the one that it had before them, both in lower case. A table that was made anew and got
 * the name of the one that it replaces is that one.
 */
export const formerNames = (steps: ReadonlyArray<Step>): (name: string) => string => {
  const names = new Map<string, string>()
  const made = new Set<string>()
  const former = (name: string): string => names.get(name) ?? name
  for (const tokens of steps.flatMap(statementsOf).map(wordsOf)) {
    if (says(tokens, 0, "CREATE", "TABLE")) made.add(foldName(nameAt(tokens, says(tokens, 2, "IF") ? 5 : 2)))
    const [from, to] = renamedTable(tokens)?.map(foldName) ?? []
    if (from === undefined || to === undefined) continue
    if (!made.delete(from)) names.set(to, former(from))
    names.delete(from)
  }
  return (name) => former(foldName(name))
}
