import { describe, expect, test } from "bun:test"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as it from "../../effect.ts"
import { canonical, open, printedAnew, readSchema, schemaDifferences, withoutSpans } from "./engine.ts"
import { Genes } from "./Genes.ts"
import { table } from "./Tables.ts"

const genes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 997 }))).check(
  Schema.isMaxLength(120)
)

const definitions = (engine: ReturnType<typeof open>): string =>
  canonical(
    readSchema(engine).map(({ definition }) => Result.isSuccess(definition) ? withoutSpans(definition.success) : null)
  )

let taken = 0

describe("CREATE TABLE", () => {
  it.prop("is read as the engine reads it, and printed so that it is the same again", genes, (list) => {
    const engine = open()
    const sql = table(new Genes(list))
    try {
      engine.exec(sql)
    } catch {
      return true // what SQLite refuses is no schema
    }
    taken++
    const differences = schemaDifferences(engine)
    if (differences.length > 0) throw new Error(`${sql}\n${differences.join("\n")}`)
    const anew = printedAnew(engine)
    return schemaDifferences(anew).length === 0 && definitions(anew) === definitions(engine)
  }, { runs: 600 })

  test("is taken by the engine often enough to say something", () => {
    expect(taken).toBeGreaterThan(150)
  })
})
