/** How PostgreSQL names things: identities, names as people write them, and which kinds of things have a statement for another name. */
import type { Naming, Renaming } from "../Dialect.ts"
import { attributeRenaming } from "./kinds/composite.ts"
import { labelRenaming } from "./kinds/enum.ts"
import { asideName } from "./kinds/Kind.ts"
import { objectId } from "./kinds/names.ts"
import { kindOf, kinds } from "./kinds/registry.ts"
import { parseName, printName } from "./sql/WrittenName.ts"

/** Members of objects that have names of their own. */
const members: ReadonlyMap<string, Renaming> = new Map([
  ["enum label", labelRenaming],
  ["attribute", attributeRenaming]
])

/** How PostgreSQL names things. */
export const naming: Naming = {
  renamingOf: (kind) => members.get(kind) ?? kindOf(kind)?.renaming,
  kinds: [...kinds.filter(({ renaming }) => renaming !== undefined).map(({ kind }) => kind), ...members.keys()],
  identify: objectId,
  describe: (thing) => {
    const kind = kindOf(thing.kind)
    return kind === undefined ? `${thing.kind} ${printName(thing.name)}` : kind.describe(thing)
  },
  aside: asideName,
  parse: parseName,
  print: printName
}
