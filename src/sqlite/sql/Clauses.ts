/** Clauses that columns and tables share: ON CONFLICT, REFERENCES. */
import type { ConflictAction, ForeignKeyAction, ForeignKeyDefinition } from "./Definition.ts"
import { nameOf } from "./Lexer.ts"
import type { Reader } from "./Reader.ts"

/** `ON CONFLICT …`, if it stands next; ABORT is the same as nothing. */
export const readConflict = (reader: Reader): { readonly conflict?: ConflictAction } => {
  if (!reader.take("ON", "CONFLICT")) return {}
  const action = reader.takeOneOf("ROLLBACK", "ABORT", "FAIL", "IGNORE", "REPLACE")
  if (action === undefined) return reader.fail("ROLLBACK, ABORT, FAIL, IGNORE or REPLACE was expected")
  return action === "ABORT" ? {} : { conflict: action }
}

const actions = ["CASCADE", "RESTRICT"] as const

const readAction = (reader: Reader): ForeignKeyAction | undefined => {
  if (reader.take("SET", "NULL")) return "SET NULL"
  if (reader.take("SET", "DEFAULT")) return "SET DEFAULT"
  if (reader.take("NO", "ACTION")) return undefined
  return reader.takeOneOf(...actions) ?? reader.fail("an action of a foreign key was expected")
}

/** What `REFERENCES …` says, up to its DEFERRABLE. */
export type Reference = Pick<ForeignKeyDefinition, "table" | "referenced" | "onDelete" | "onUpdate" | "match">

/** Reads what follows REFERENCES. Of clauses that are there twice, the last counts. */
export const readReference = (reader: Reader): Reference => {
  const table = nameOf(reader.name("a table"))
  const referenced = reader.sees("(") ? { referenced: reader.names("a column") } : {}
  let onDelete: ForeignKeyAction | undefined
  let onUpdate: ForeignKeyAction | undefined
  let match: string | undefined
  for (;;) {
    if (reader.take("MATCH")) match = nameOf(reader.name("a kind of match"))
    else if (reader.take("ON", "DELETE")) onDelete = readAction(reader)
    else if (reader.take("ON", "UPDATE")) onUpdate = readAction(reader)
    else if (reader.take("ON", "INSERT")) readAction(reader) // in the grammar, without effect
    else break
  }
  return {
    table,
    ...referenced,
    ...(onDelete === undefined ? {} : { onDelete }),
    ...(onUpdate === undefined ? {} : { onUpdate }),
    ...(match === undefined ? {} : { match })
  }
}

/** Reads `[NOT] DEFERRABLE …` if it stands next: whether the foreign key before it is deferred then. */
export const readDeferral = (reader: Reader): boolean | undefined => {
  const not = reader.take("NOT", "DEFERRABLE")
  if (!not && !reader.take("DEFERRABLE")) return undefined
  const deferred = reader.take("INITIALLY", "DEFERRED")
  if (!deferred) reader.take("INITIALLY", "IMMEDIATE")
  return deferred && !not
}
