/** How SQLite names things: identities, names as people write them, and which kinds have a statement for another name. */
import type { Naming } from "../Dialect.ts"
import { objectId } from "./kinds/names.ts"
import { kindOf, kinds } from "./kinds/registry.ts"
import { quoteIdentifier } from "./sql/Identifier.ts"
import { isName, lexSignificant, nameOf } from "./sql/Lexer.ts"

/** The parts of a name with dots; undefined where it is none. */
const parse = (text: string): ReadonlyArray<string> | undefined => {
  const tokens = lexSignificant(text)
  const isWellFormed = tokens.length % 2 === 1 &&
    tokens.every((token, i) => i % 2 === 0 ? isName(token) : token.text === ".")
  return isWellFormed ? tokens.filter((_, i) => i % 2 === 0).map(nameOf) : undefined
}

const print = (name: ReadonlyArray<string>): string => name.map(quoteIdentifier).join(".")

/** How SQLite names things. */
export const naming: Naming = {
  renamingOf: (kind) => kindOf(kind)?.renaming,
  kinds: kinds.filter(({ renaming }) => renaming !== undefined).map(({ kind }) => kind),
  identify: objectId,
  describe: (thing) => kindOf(thing.kind)?.describe(thing) ?? `${thing.kind} ${print(thing.name)}`,
  aside: (name) => `${name}__lockplane_old`,
  parse,
  print
}
