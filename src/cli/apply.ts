/** `lockplane apply` */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { comparable } from "../Canonical.ts"
import { renamedIn } from "../Renames.ts"
import * as Source from "../Source.ts"
import { applyFlags, Commits, readTarget, type Ready, run } from "./Applying.ts"
import { withStages } from "./Command.ts"
import { Usage } from "./Failure.ts"
import {
  include,
  plan as planFlag,
  planArgument,
  renames,
  sourceWords,
  target,
  targetEnvironment,
  text
} from "./flags.ts"
import { makePlan } from "./plan.ts"
import { onePlan, readPlan } from "./Plans.ts"
import { both, wanted } from "./Schemas.ts"
import { saysScope, scopeFlags, selection, within } from "./Scope.ts"
import { environmentPlaces, placeOf, placeOfOption, targetUrl } from "./Settings.ts"
import { shadowFlags, targetRequest } from "./ShadowChoice.ts"
import { openFor } from "./Target.ts"
import { withProgress } from "./TerminalProgress.ts"

/** What was asked to be applied. */
type Request =
  | { readonly _tag: "File"; readonly path: string }
  | { readonly _tag: "Schemas"; readonly from: Option.Option<string>; readonly to: string }

const examples =
  "Write one of: lockplane apply plan.json, lockplane apply --schema schema --target URL, lockplane apply --from SOURCE --to SOURCE --target URL"

const requestOf = (
  path: Option.Option<string>,
  from: Option.Option<string>,
  to: Option.Option<string>,
  schema: Option.Option<string>
): Effect.Effect<Request, Usage> => {
  const usage = (detail: string) => Effect.fail(new Usage({ detail, next: examples }))
  const named = [path, Option.orElse(from, () => to), schema].filter(Option.isSome).length
  if (named > 1) return usage("a plan file, --schema, and --from with --to exclude each other")
  if (Option.isSome(path)) return Effect.succeed({ _tag: "File", path: path.value })
  if (Option.isSome(schema)) return Effect.succeed({ _tag: "Schemas", from: Option.none(), to: schema.value })
  if (Option.isSome(to) && Option.isSome(from)) return Effect.succeed({ _tag: "Schemas", from, to: to.value })
  return usage(named === 0 ? "nothing to apply is named" : "--from and --to belong together")
}

/** What was asked for, with the schemas by their places. */
const placed = (request: Request) =>
  request._tag === "File" ? Effect.succeed(request) : Effect.map(
    Effect.all({ from: placeOfOption(request.from), to: placeOf(request.to) }),
    (places): Request => ({ _tag: "Schemas", ...places })
  )

/** A live database that was named as the source is the target, unless another is named. */
const liveSource = (request: Request): Option.Option<string> =>
  request._tag === "Schemas"
    ? Option.filter(request.from, (from) => ["Server", "Sqlite", "Libsql"].includes(Source.parse(from)._tag))
    : Option.none()

/** Runs a plan, or plans and runs. */
export const apply = Command.make(
  "apply",
  {
    argument: planArgument,
    plan: planFlag,
    from: text("from", "SOURCE", "Plan from this schema: the one that the target has"),
    to: text("to", "SOURCE", "Plan to this schema"),
    schema: text("schema", "SOURCE", `Plan from the target to this schema: ${sourceWords}`),
    target,
    targetEnvironment,
    include,
    ...scopeFlags,
    renames,
    ...applyFlags,
    ...shadowFlags
  },
  (
    {
      argument,
      excludeObjects,
      from,
      include,
      includeObjects,
      plan: planPath,
      renames,
      schema,
      schemas,
      shadowDb,
      shadowSchema,
      target,
      targetEnvironment,
      to,
      ...options
    }
  ) => {
    const scope = { schemas, includeObjects, excludeObjects }
    const commits = new Commits()
    const work = Effect.scoped(Effect.gen(function*() {
      const request = yield* Effect.flatMap(requestOf(yield* onePlan(argument, planPath), from, to, schema), placed)
      if (request._tag === "File" && include.length > 0) {
        return yield* new Usage({
          detail: "--include is for making a plan, and a plan file says itself what it compares",
          next: "Give --include to lockplane plan, or name schemas instead of a plan file."
        })
      }
      if (request._tag === "File" && renames.length > 0) {
        return yield* new Usage({
          detail: "--rename is for making a plan, and a plan file is made already",
          next: "Give --rename to lockplane plan, or name schemas instead of a plan file."
        })
      }
      if (request._tag === "File" && saysScope(scope)) {
        return yield* new Usage({
          detail: "--schemas and the like are for making a plan, and a plan file says itself what it manages",
          next: "Give them to lockplane plan, or name schemas instead of a plan file."
        })
      }
      const managed = yield* selection(scope)
      const file = request._tag === "File" ? within(yield* readPlan(request.path), managed) : undefined
      const database = yield* Effect.flatMap(
        targetUrl(
          Option.isSome(targetEnvironment) ? target : Option.orElse(target, () => liveSource(request)),
          targetEnvironment
        ),
        (url) => openFor(url, options)
      )
      const live = yield* readTarget(database)
      let ready: Ready
      if (request._tag === "File") ready = { plan: file ?? { steps: [] } }
      else {
        const { from, to } = Option.isSome(request.from)
          ? yield* withProgress(both(request.from.value, request.to, managed))
          : { from: live, to: yield* wanted(request.to, managed, live) }
        const { between, plan, rollback } = yield* makePlan(
          yield* comparable(from, to, renames, include, managed),
          options.skipShadow
        )
        ready = {
          plan,
          rehearsal: rollback === undefined
            ? undefined
            : { plan, rollback, from: between.from, to: between.to, renamed: renamedIn(plan.steps) }
        }
      }
      yield* run(ready, live, database, options, commits)
    }))
    return withStages(
      work,
      {
        places: [argument, planPath, schema, from, to, target, ...environmentPlaces(targetEnvironment)],
        interrupted: commits.interrupted,
        request: targetRequest({
          targetEnvironment,
          target: Option.orElse(target, () => from),
          shadowDb,
          shadowSchema
        })
      }
    )
  }
).pipe(
  Command.withDescription(
    "Run a plan on a database, or plan and run. The plan is proven on a shadow first, runs only on the schema that it was made for, and is done as a whole or not at all; explain says where it has more than one transaction"
  ),
  Command.withExamples([
    {
      command: "lockplane apply plan.json --target postgres://app@localhost/shop",
      description: "A plan that was reviewed"
    },
    {
      command: "lockplane apply --schema schema --target postgres://app@localhost/shop",
      description: "Make the database what the files say"
    },
    {
      command: "lockplane apply plan.json --auto-approve --lock-timeout 5s",
      description: "Without a terminal; target: DATABASE_URL, else that of the environment in force"
    },
    { command: "lockplane apply plan.json --target-environment production", description: "To an environment" }
  ])
)
