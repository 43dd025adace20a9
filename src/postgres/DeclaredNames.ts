/** From the renames that files declare, by names as they are written, to the objects that the files have made. */
import type { Catalog, CatalogObject, DeclaredRename } from "../Catalog.ts"
import type { SourceProblem } from "../SourceError.ts"
import { kindOf } from "./kinds/registry.ts"
import { renamesIn, type WrittenRename } from "./sql/Directives.ts"
import type { ParsedFile } from "./sql/Parser.ts"

/** The renames of files, and those whose object cannot be told. */
export interface DeclaredNames {
  readonly renames: ReadonlyArray<DeclaredRename>
  readonly problems: ReadonlyArray<SourceProblem>
}

/** The number of types in a routine's signature. */
const argumentsIn = (signature: string | undefined): number => {
  const inside = signature?.slice(1, -1).replaceAll(/"(?:[^"]|"")*"/g, "").replaceAll(/\([^)]*\)/g, "").trim() ?? ""
  return inside === "" || inside === "*" ? 0 : inside.split(",").length
}

const candidates = (
  { definition }: WrittenRename,
  things: ReadonlyArray<CatalogObject>
): ReadonlyArray<CatalogObject> => {
  const { kind, name = [], schema } = definition
  const named = things.filter((thing) => {
    const inSchema = thing.name.length > 1
    const rest = inSchema ? thing.name.slice(1, 1 + name.length) : thing.name
    return thing.kind === kind && rest.length === name.length && rest.every((part, i) => part === name[i]) &&
      (!inSchema || schema === undefined || thing.name[0] === schema) &&
      (definition.arguments === undefined || argumentsIn(thing.name[2]) === definition.arguments)
  })
  const usual = schema === undefined ? named.filter(({ name }) => name[0] === "public") : []
  return usual.length > 0 ? usual : named
}

/** Finds the objects that the renames of the files are about. */
export const declaredRenames = (files: ReadonlyArray<ParsedFile>, catalog: Catalog): DeclaredNames => {
  const renames: Array<DeclaredRename> = []
  const problems: Array<SourceProblem> = []
  let things: ReadonlyArray<CatalogObject> | undefined
  for (const file of files) {
    for (const rename of renamesIn(file).renames) {
      things ??= [...catalog.objects.values()].flatMap((object) => [
        object,
        ...kindOf(object.kind)?.members?.(object) ?? []
      ])
      const [one, ...others] = candidates(rename, things)
      const { column, line } = file.position(rename.directive.start)
      if (one !== undefined && others.length === 0) {
        renames.push({ kind: one.kind, name: one.name, from: rename.from, place: `${file.path}:${line}:${column}` })
        continue
      }
      problems.push({
        file: file.path,
        line,
        column,
        severity: "error",
        message: one === undefined
          ? `no ${rename.definition.kind} is made here that can be renamed`
          : `this may be about ${
            [one, ...others].map(({ id }) => id).join(" or ")
          }. Say it with --rename, by the full name`,
        code: "invalid_directive"
      })
    }
  }
  return { renames, problems }
}
