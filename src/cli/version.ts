/** `lockplane version` */
import * as Command from "effect/cli/Command"
import { version } from "../version.ts"
import { data } from "./Output.ts"

/** Prints the version. */
export const versionCommand = Command.make("version", {}, () => data(`lockplane ${version}`)).pipe(
  Command.withDescription("Print the version"),
  Command.withExamples([{ command: "lockplane version" }])
)
