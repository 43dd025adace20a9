/** `lockplane resume` */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ledger from "../Ledger.ts"
import { applyFlags, Commits, readTarget, run } from "./Applying.ts"
import { withStages } from "./Command.ts"
import { Refused } from "./Failure.ts"
import { target, targetEnvironment } from "./flags.ts"
import { json, say } from "./Output.ts"
import { environmentPlaces, targetUrl } from "./Settings.ts"
import { shadowFlags, targetRequest } from "./ShadowChoice.ts"
import { openFor } from "./Target.ts"

/** Goes on with the plan that did not come to its end. */
export const resume = Command.make(
  "resume",
  { target, targetEnvironment, ...applyFlags, ...shadowFlags },
  ({ shadowDb, shadowSchema, target, targetEnvironment, ...options }) => {
    const commits = new Commits()
    const work = Effect.scoped(Effect.gen(function*() {
      const database = yield* Effect.flatMap(targetUrl(target, targetEnvironment), (url) => openFor(url, options))
      const entries = yield* Ledger.entries(database)
      if (Option.isNone(entries)) {
        return yield* new Refused({
          detail: `${database.description}: Lockplane keeps a ledger in SQLite and libSQL databases only`,
          next:
            "What an interrupted apply had not committed was undone by the server. Make a new plan from the database as it is now, and apply that."
        })
      }
      const found = Ledger.unfinished(entries.value)
      if (found === undefined) {
        yield* say(`Nothing to resume: every plan that began on ${database.description} came to its end.`)
        return yield* json({ success: true, steps_applied: 0 })
      }
      yield* say(
        `Going on with run ${found.number}, which ${found.began.who} began at ${found.began.at}${
          found.committed === undefined ? "" : `, behind its transaction ${found.committed.part}`
        }.`
      )
      const plan = yield* Ledger.remainder(found)
      yield* run({ plan, resumes: found }, yield* readTarget(database), database, options, commits)
    }))
    return withStages(work, {
      places: [target, ...environmentPlaces(targetEnvironment)],
      interrupted: commits.interrupted,
      request: targetRequest({ targetEnvironment, target, shadowDb, shadowSchema })
    })
  }
).pipe(
  Command.withDescription(
    "Go on with an apply that was interrupted, crashed or failed: the plan that the ledger of the database holds is proven again, and what is left of it runs. SQLite and libSQL"
  ),
  Command.withExamples([
    { command: "lockplane resume --target app.db", description: "After a crash, or when what made it fail is mended" }
  ])
)
