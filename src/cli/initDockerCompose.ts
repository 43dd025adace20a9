/** `lockplane init docker-compose` */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { PostgresService } from "../init/compose/PostgresService.ts"
import { write } from "../init/Writing.ts"
import { Ended, exitCodes, Refused, reporting } from "./Failure.ts"
import { text } from "./flags.ts"
import * as Wizard from "./InitWizard.ts"
import { say, style } from "./Output.ts"

const shown = ({ image, name }: PostgresService): string => `${name} (${image ?? "built from a Dockerfile"})`

/** Which of several servers is meant: asked on a terminal. */
const askWhich = (file: string, services: ReadonlyArray<PostgresService>) =>
  Effect.gen(function*() {
    if (!(yield* Wizard.canAsk)) {
      return yield* new Refused({
        detail: `${file} has ${services.length} PostgreSQL services: ${services.map(shown).join(", ")}`,
        next: `Say which one the shadow is for: --service ${services[0]?.name ?? "NAME"}. Nothing was changed.`
      })
    }
    return yield* Wizard.onStandardError(
      Wizard.choose(
        "Which PostgreSQL service is the shadow for?",
        services.map((service) => ({ title: service.name, value: service.name, description: service.image ?? "" }))
      )
    )
  })

/** Adds a shadow service to a Compose file. */
export const initDockerCompose = Command.make("docker-compose", {
  file: text(
    "file",
    "FILE",
    "The Compose file (default: compose.yaml, compose.yml, docker-compose.yml or docker-compose.yaml)"
  ),
  service: text("service", "NAME", "The PostgreSQL service to clone, where there are several")
}, ({ file, service }) =>
  reporting(
    Effect.gen(function*() {
      const { green } = yield* style
      const options = { file: Option.getOrUndefined(file), service: Option.getOrUndefined(service) }
      // the reader of YAML is for this command alone
      const { addShadow } = yield* Effect.promise(() => import("../init/compose/AddShadow.ts"))
      const first = yield* addShadow(options)
      const outcome = first._tag === "Several"
        ? yield* addShadow({ ...options, service: yield* askWhich(first.file, first.services) })
        : first
      if (outcome._tag === "Several") return
      if (outcome._tag === "There") {
        return yield* say(
          `${outcome.file} has a service shadow already${
            outcome.image === undefined ? "" : ` (${outcome.image})`
          }. Nothing was changed.`
        )
      }
      yield* write(outcome.folder, [outcome.change])
      yield* say(
        [
          `${
            green("✓")
          } Added the service shadow to ${outcome.file}: a clone of ${outcome.of.name}, on port ${outcome.port}`,
          "",
          "Next:",
          `  docker compose ${outcome.file.includes("/") ? `-f ${outcome.file} ` : ""}up -d shadow`,
          `  lockplane init --shadow-db-port ${outcome.port}`,
          "",
          `Or put it into .env.NAME yourself, with the password of ${outcome.of.name}:`,
          `  SHADOW_DATABASE_URL=${outcome.url}`
        ].join("\n")
      )
    }).pipe(
      Effect.catchTag("QuitError", () =>
        Effect.andThen(say("\nNothing was changed."), Effect.fail(new Ended({ code: exitCodes.interrupted }))))
    )
  )).pipe(
    Command.withDescription(
      "Add a shadow database to a Compose file: a service like its PostgreSQL service, with a database and a port of its own. Comments, order and layout of the file stay"
    ),
    Command.withShortDescription("Add a shadow database to a Compose file"),
    Command.withExamples([
      { command: "lockplane init docker-compose" },
      { command: "lockplane init docker-compose --file deploy/compose.yaml --service orders-db" }
    ])
  )
