/** A schema as declarative SQL: what creates it, readable, and accepted where a schema is read from. */
import * as Result from "effect/Result"
import { type Catalog, type CatalogObject, empty } from "./Catalog.ts"
import type { ObjectKind } from "./Dialect.ts"
import { statementsOf, type Step } from "./Plan.ts"
import { plan, type PlanRefused } from "./Planner.ts"

/** What every new database has: it is neither created by the text, nor does its absence from a catalog drop anything. */
const given = (object: CatalogObject): boolean => object.id === "schema public"

/** The steps that create the schema on an empty database of the major version, in the order in which they run. */
export const creation = (
  catalog: Catalog,
  options: { readonly kindOf: (kind: string) => ObjectKind; readonly serverMajor: number }
): Result.Result<ReadonlyArray<Step>, PlanRefused> => {
  const nothing = {
    ...empty(catalog.dialect, catalog.major),
    objects: new Map([...catalog.objects].filter(([, object]) => given(object))),
    // what is not managed is somebody else's to create, before this text
    ...(catalog.outside === undefined ? {} : { outside: catalog.outside, dependencies: catalog.dependencies })
  }
  return plan(nothing, catalog, options)
}

/** The statements of a {@link creation}, each ended by `;` and an empty line. Empty for an empty schema. */
export const toSql = (
  catalog: Catalog,
  options: { readonly kindOf: (kind: string) => ObjectKind; readonly serverMajor: number }
): Result.Result<string, PlanRefused> =>
  Result.map(creation(catalog, options), (steps) => steps.flatMap(statementsOf).map((sql) => `${sql};\n`).join("\n"))
