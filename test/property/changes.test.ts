/**
 * A fixed number of random changes of random schemas. LOCKPLANE_PROPERTY_RUNS and LOCKPLANE_PROPERTY_SEED run others;
 * `bun run test:property` runs any number and shrinks what fails.
 */
import { expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layerOff } from "../../src/CatalogCache.ts"
import * as platform from "../../src/platform.ts"
import * as Postgres from "../../src/postgres/Postgres.ts"
import { live } from "../effect.ts"
import { server } from "../servers.ts"
import { describe, format, runs } from "./Runs.ts"
import * as ServerShadow from "./ServerShadow.ts"

const total = Number(process.env["LOCKPLANE_PROPERTY_RUNS"] ?? 60)
const seed = Number(process.env["LOCKPLANE_PROPERTY_SEED"] ?? 1)

live(
  "plans of random changes reach their target, lead back, and end; schemas convert without loss",
  () =>
    Effect.gen(function*() {
      const shadows = yield* Effect.flatMap(server({ major: 18 }), (server) => ServerShadow.make(server, 2))
      const summary = yield* runs(shadows, { runs: total, seed, size: 16, concurrency: 2, shrinks: 40 }).pipe(
        Effect.provide(Layer.merge(Postgres.layer.pipe(Layer.provide(platform.layer)), layerOff))
      )
      expect(summary.failures.map(format)).toEqual([])
      // a refusal is no failure, but what is refused is not tried
      expect({ held: summary.held > total / 2, told: describe(summary) }).toMatchObject({ held: true })
    })
)
