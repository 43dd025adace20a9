/** Every command with its line in the list of commands, and its module, which is loaded when the command is named. */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"

const one = (isNamed: (name: string) => boolean) =>
<const Name extends string, Input, Context, E, R>(
  name: Name,
  about: string,
  load: () => Promise<Command.Command<Name, Input, Context, E, R>>
) =>
  isNamed(name)
    ? Effect.map(Effect.promise(load), Command.withShortDescription(about))
    : Effect.succeed(Command.make(name).pipe(Command.withDescription(about)))

/** The commands that are named; of every other one only what the list of commands says. */
export const load = (isNamed: (name: string) => boolean) => {
  const command = one(isNamed)
  return Effect.all([
    command("init", "Set up a project, or add an environment to one", () => import("./init.ts").then((m) => m.init)),
    command("validate", "Check files without a database", () => import("./validate.ts").then((m) => m.validate)),
    command("introspect", "Print the schema of a database", () => import("./introspect.ts").then((m) => m.introspect)),
    command(
      "convert",
      "Convert a schema between SQL and JSON, or between PostgreSQL and SQLite",
      () => import("./convert.ts").then((m) => m.convert)
    ),
    command("diff", "Print what differs between two schemas", () => import("./diff.ts").then((m) => m.diffCommand)),
    command(
      "plan",
      "Print the plan that leads from one schema to another",
      () => import("./plan.ts").then((m) => m.planCommand)
    ),
    command("explain", "Print a plan in words", () => import("./explain.ts").then((m) => m.explainCommand)),
    command(
      "export",
      "Write a plan as migration files of another tool",
      () => import("./export.ts").then((m) => m.exportCommand)
    ),
    command("apply", "Run a plan on a database, or plan and run", () => import("./apply.ts").then((m) => m.apply)),
    command(
      "plan-rollback",
      "Print the plan that undoes a plan",
      () => import("./rollback.ts").then((m) => m.planRollback)
    ),
    command("rollback", "Undo a plan", () => import("./rollback.ts").then((m) => m.rollback)),
    command(
      "resume",
      "Go on with an apply that did not come to its end",
      () => import("./resume.ts").then((m) => m.resume)
    ),
    command("history", "Print what Lockplane did to a database", () => import("./history.ts").then((m) => m.history)),
    command(
      "shadow",
      "The shadow database for other tools: an ORM fills it, Lockplane plans the way there",
      () => import("./shadow.ts").then((m) => m.shadow)
    ),
    command("config", "Print the settings that are in force", () => import("./config.ts").then((m) => m.configCommand))
  ])
}
