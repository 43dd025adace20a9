/** What must not be a shadow: shadows are emptied. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { redactUrl } from "../engine/ConnectionUrl.ts"
import { refuseTargets, type Target } from "../shadow/Targets.ts"
import { ShadowHost } from "../ShadowHost.ts"
import { InitError } from "./InitError.ts"

/** How long a server may take to answer. */
const patience = "5 seconds"

/** What is wrong with a schema as a shadow; `managed` are the schemas that Lockplane manages. Pure. */
export const schemaProblem = (schema: string, managed: ReadonlyArray<string> = []): string | undefined =>
  schema === "public" || managed.includes(schema)
    ? `The schema ${schema} holds what is worked on, and a shadow is emptied. Name one that is not there yet`
    : /^(pg_|information_schema$)/i.test(schema)
    ? `The schema ${schema} is PostgreSQL's own. Name one that is not there yet`
    : undefined

/**
 * Fails where a database that is to be the shadow is one of the targets, by whatever name either is reached. Where it cannot be
 * reached, such as one that is not there yet, their URLs are compared.
 */
export const refuseTarget = Effect.fn("ShadowTest.refuseTarget")(function*(
  url: Redacted.Redacted<string>,
  targets: ReadonlyArray<Target>
): Effect.fn.Return<void, InitError, ShadowHost> {
  if (targets.length === 0) return
  const host = yield* ShadowHost
  const refused = (name: string) =>
    new InitError({
      detail: `${redactUrl(Redacted.value(url))} is the database of ${name}: as a shadow it would be emptied`,
      next: `Name another database as shadow, or none: ${
        host.family === "libSQL" ? "plans are proven in memory then" : "it is the embedded PostgreSQL then"
      }. Nothing was written.`
    })
  yield* Effect.gen(function*() {
    const session = yield* Effect.timeout(
      Effect.flatMap(host.connect(url), (database) => database.session),
      patience
    )
    yield* refuseTargets(
      yield* host.identity(session),
      url,
      { database: yield* host.databaseOf(session, url) },
      targets
    )
  }).pipe(
    Effect.scoped,
    Effect.catchTag("ShadowIsTarget", ({ target }) => Effect.fail(refused(target))),
    Effect.catchTag(["DatabaseError", "TimeoutError"], () =>
      Effect.forEach(targets, (target) =>
        Effect.flatMap(
          Effect.orElseSucceed(host.mayBeSame(url, target.url), () => false),
          (isSame) => isSame ? Effect.fail(refused(target.name)) : Effect.void
        ), { discard: true }))
  )
})
