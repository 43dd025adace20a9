/** The command line: every command under its name, and how help, usage errors and log lines are printed. */
import * as Cause from "effect/Cause"
import * as Argument from "effect/cli/Argument"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Runtime from "effect/Runtime"
import * as Stdio from "effect/Stdio"
import { version } from "../version.ts"
import * as Commands from "./Commands.ts"
import { completions } from "./completions.ts"
import { type Ended, exitCodes, withoutSecrets } from "./Failure.ts"
import { data, say } from "./Output.ts"
import { versionCommand } from "./version.ts"

/** `lockplane help plan` is `lockplane plan --help`. */
const help = Command.make(
  "help",
  {
    command: Argument.String("COMMAND").pipe(Argument.withDescription("The command to explain"), Argument.variadic())
  },
  ({ command }): Effect.Effect<void, Ended | CliError.CliError, Command.Environment> => runWith([...command, "--help"])
)
  .pipe(
    Command.withDescription("Print the help of a command"),
    Command.withExamples([{ command: "lockplane help plan" }])
  )

/** `lockplane` with all its commands, those that are named being loaded. */
const cli = (isNamed: (name: string) => boolean) =>
  Effect.map(Commands.load(isNamed), (commands) =>
    Command.make("lockplane").pipe(
      Command.withDescription(
        "Declarative schema management for PostgreSQL, SQLite and libSQL: write the schema that you want; Lockplane plans the migration, proves it on a shadow database, applies it, and takes it back. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 a difference was found (diff --exit-code), 130 interrupted"
      ),
      Command.withExamples([
        { command: "lockplane validate sql schema", description: "Check SQL files" },
        { command: "lockplane plan --from postgres://app@localhost/shop --to schema > plan.json", description: "Plan" },
        { command: "lockplane apply plan.json --target postgres://app@localhost/shop", description: "Apply" }
      ]),
      Command.withSubcommands([
        ...commands,
        completions(Effect.suspend((): Effect.Effect<Command.Command.Any> => cli(() => true))),
        help,
        versionCommand
      ])
    ))

/** The arguments without the wish for help where the first word is no command: that it is misspelt is told then. */
const asMeant = ({ subcommands }: Command.Command.Any, args: ReadonlyArray<string>): ReadonlyArray<string> => {
  const word = args.find((arg, i) => !arg.startsWith("-") && args[i - 1] !== "--log-level")
  const known = subcommands.flatMap(({ commands }) => commands.map(({ name }) => name))
  return word === undefined || known.includes(word) ? args : args.filter((arg) => arg !== "--help" && arg !== "-h")
}

/** Runs the command line with these arguments. Every command among them is loaded, and all where a script completes them. */
const runWith = (args: ReadonlyArray<string>) =>
  Effect.flatMap(
    cli(args.some((arg) => arg.startsWith("--completions")) ? () => true : (name) => args.includes(name)),
    (command) => Command.runWith(command, { version })(asMeant(command, args))
  )

/** Help that was asked for is data; help about a mistake is not. */
const presenter: Layer.Layer<never, never, Stdio.Stdio> = Layer.effect(CliOutput.Presenter)(
  Effect.map(Effect.context<Stdio.Stdio>(), (services) => ({
    present: Effect.fnUntraced(function*(event: CliOutput.Presenter.Event) {
      if (event._tag === "Version") return yield* Effect.provide(data(`${event.name} ${event.version}`), services)
      const { commandPath } = event
      if (event._tag === "Help" && (event.reason === "Requested" || commandPath.length === 1)) {
        return yield* CliOutput.defaultPresenter.present(event)
      }
      const errors = event._tag === "Help"
        ? [`${commandPath.join(" ")} needs one of its commands`]
        : event.errors.map(({ message }) => message)
      const lines = errors.map((message) => `error: ${withoutSecrets(message)}`)
      yield* Effect.provide(say([...lines, `Run ${commandPath.join(" ")} --help for usage.`].join("\n")), services)
    })
  }))
)

const words = { Warn: "warning: ", Error: "error: ", Fatal: "error: " } as const

/** Log lines are for people: on standard error, by their message. */
const logger = Logger.make(({ logLevel, message }) => {
  const text = (Array.isArray(message) ? message : [message]).map(String).join(" ")
  const word = logLevel === "Warn" || logLevel === "Error" || logLevel === "Fatal" ? words[logLevel] : ""
  console.error(withoutSecrets(text.startsWith(word) || /: warning: /.test(text) ? text : `${word}${text}`))
})

/** What the command line needs besides the services of the operating system. */
export const layer: Layer.Layer<never, never, Stdio.Stdio> = Layer.mergeAll(
  presenter,
  CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions, GlobalFlag.LogLevel] }),
  Logger.layer([logger])
)

/** Runs the command line with the arguments of the process. */
export const run = Effect.provide(Effect.flatMap(Stdio.Stdio, ({ args }) => Effect.flatMap(args, runWith)), layer)

/** The exit code of a run. */
export const teardown: Runtime.Teardown = (exit, onExit) => {
  if (Exit.isSuccess(exit)) return onExit(0)
  const error = Cause.squash(exit.cause)
  if (!CliError.isCliError(error)) return Runtime.defaultTeardown(exit, onExit)
  const isPlainHelp = error._tag === "ShowHelp" && error.errors.length === 0 && error.commandPath.length === 1
  onExit(isPlainHelp ? 0 : exitCodes.usage)
}
