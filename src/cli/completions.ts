/** `lockplane completions` */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Completions from "effect/cli/Completions"
import * as Effect from "effect/Effect"
import { data } from "./Output.ts"

/** Prints the completion script of a shell for the whole command line. */
export const completions = (root: Effect.Effect<Command.Command.Any>) =>
  Command.make(
    "completions",
    {
      shell: Argument.Literals("SHELL", ["bash", "zsh", "fish", "powershell"]).pipe(
        Argument.withDescription("bash, zsh, fish or powershell")
      )
    },
    ({ shell }) =>
      Effect.flatMap(
        root,
        (command) => data(Completions.generate("lockplane", shell, Completions.fromCommand(command)))
      )
  ).pipe(
    Command.withDescription("Print a completion script for your shell"),
    Command.withExamples([{ command: "source <(lockplane completions bash)" }])
  )
