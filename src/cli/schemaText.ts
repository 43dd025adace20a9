/** A schema as text, in the two forms that are read back without loss. */
import * as Effect from "effect/Effect"
import type { Catalog } from "../Catalog.ts"
import { Dialect } from "../Dialect.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import type { PlanRefused } from "../Planner.ts"
import { toSql } from "../SchemaSql.ts"
import { Shadow } from "../Shadow.ts"

/** The schema as JSON, or as declarative SQL. */
export const schemaText = Effect.fn("schemaText")(function*(
  catalog: Catalog,
  format: "json" | "sql"
): Effect.fn.Return<string, PlanRefused | DatabaseError, Dialect | Shadow> {
  const { encodeJson, kindOf } = yield* Dialect
  if (format === "json") return encodeJson(catalog)
  const { major } = yield* Shadow
  return yield* Effect.fromResult(toSql(catalog, { kindOf, serverMajor: yield* major }))
})
