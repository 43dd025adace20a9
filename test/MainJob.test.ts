/**
 * The main job on the oldest and the newest server that Lockplane supports, with the schemas of the demo: from files to the
 * server and back. The second plan is empty, and the way back ends where it began.
 */
import { describe, expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { comparable } from "../src/Canonical.ts"
import * as PostgresDatabase from "../src/engine/PostgresDatabase.ts"
import { apply } from "../src/Executor.ts"
import * as Lockplane from "../src/Lockplane.ts"
import * as Platform from "../src/platform.ts"
import { prove } from "../src/Prover.ts"
import { load, parse } from "../src/Source.ts"
import * as it from "./effect.ts"
import { database, type Major, server } from "./servers.ts"

const read = (source: string) => load(parse(source))

const majors: ReadonlyArray<Major> = [14, 18]

describe("the main job", () => {
  const test = it.layer(Lockplane.layer.pipe(Layer.provideMerge(Platform.layer)))
  for (const major of majors) {
    test(`on PostgreSQL ${major}`, () =>
      Effect.gen(function*() {
        const url = yield* database(yield* server({ major }))
        const target = yield* PostgresDatabase.make({ url: Redacted.make(url) })
        const [before, after] = [yield* read("fixtures/demo/before"), yield* read("fixtures/demo/after")]

        const first = yield* prove(yield* comparable(yield* read(url), before))
        yield* apply(first.plan, target)
        const forward = yield* prove(yield* comparable(yield* read(url), after))
        expect(forward.plan.steps.length).toBeGreaterThan(0)
        expect(forward.plan.proof).toMatchObject({ reaches_target: true, rollback_restores_source: true })
        const { plan, rollback } = yield* prove(yield* comparable(yield* read(url), after))
        expect({ plan, rollback }).toEqual({ plan: forward.plan, rollback: forward.rollback })

        yield* apply(forward.plan, target)
        expect((yield* prove(yield* comparable(yield* read(url), after))).plan.steps).toEqual([])
        expect((yield* read(url)).unmanaged).toEqual([])
        expect(yield* Effect.flip(apply(forward.plan, target))).toMatchObject({ _tag: "StalePlan", done: true })

        yield* apply(forward.rollback, target)
        expect((yield* prove(yield* comparable(yield* read(url), before))).plan.steps).toEqual([])
      }))
  }
})
