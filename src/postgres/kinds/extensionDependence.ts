/** Objects that are dropped with an extension (`ALTER … DEPENDS ON EXTENSION`; PostgreSQL manual 5.15). */
import { quoteIdentifier } from "../Identifier.ts"
import type { Statement } from "./Kind.ts"

/** Statements that make `target` (such as `FUNCTION public.f(integer)`, called `display`) depend on `to` instead of `from`. */
export const extensionDependenceChanges = (
  target: string,
  display: string,
  from: ReadonlyArray<string> = [],
  to: ReadonlyArray<string> = []
): ReadonlyArray<Statement> => [
  ...from.filter((name) => !to.includes(name)).map((name) => ({
    sql: `ALTER ${target} NO DEPENDS ON EXTENSION ${quoteIdentifier(name)}`,
    description: `Stop ${display} depending on extension ${quoteIdentifier(name)}`
  })),
  ...to.filter((name) => !from.includes(name)).map((name) => ({
    sql: `ALTER ${target} DEPENDS ON EXTENSION ${quoteIdentifier(name)}`,
    description: `Let ${display} depend on extension ${quoteIdentifier(name)}`
  }))
]
