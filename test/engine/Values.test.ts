import { describe, expect } from "bun:test"
import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Database } from "../../src/engine/Database.ts"
import * as it from "../effect.ts"
import { drivers } from "./drivers.ts"

// PostgreSQL text holds no NUL and no half of a surrogate pair
const text = Schema.String.check(Schema.isPattern(/^[ -~\u00e9\u4e2d\n\t]{0,8}$/))
const Values = Schema.Struct({
  texts: Schema.Array(Schema.NullOr(text)),
  text: Schema.NullOr(text),
  number: Schema.Int.check(Schema.isBetween({ minimum: -2147483648, maximum: 2147483647 })),
  bool: Schema.Boolean,
  json: Schema.Record(text, Schema.Array(text))
})

for (const [name, layer] of drivers) {
  describe(`values by ${name}`, () => {
    it.layer(layer)("come back from PostgreSQL as they were sent", () =>
      Effect.gen(function*() {
        const session = yield* (yield* Database).session
        const result = yield* Arbitrary.checkEffect(Arbitrary.schema(Values), (values) =>
          Effect.map(
            session.query(
              "SELECT $1::text[] AS texts, $2::text AS text, $3::int AS number, $4::bool AS bool, $5::json AS json",
              [
                values.texts,
                values.text,
                values.number,
                values.bool,
                values.json
              ]
            ),
            ([row]) => JSON.stringify(row) === JSON.stringify(values)
          ), { seed: it.seed })
        expect(Arbitrary.formatCheckFailure(result)).toBeUndefined()
      }))
  })
}
