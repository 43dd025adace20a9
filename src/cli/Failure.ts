/** How a command ends when it fails: what people read of it, and the exit code. */
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import * as Runtime from "effect/Runtime"
import type * as Stdio from "effect/Stdio"
import { DatabaseError, isSqlState } from "../engine/DatabaseError.ts"
import { say, style } from "./Output.ts"

/** Exit codes of every command. */
export const exitCodes = { failed: 1, usage: 2, different: 3, interrupted: 130 } as const

/** The command has said all there is to say; only the exit code is left. */
export class Ended extends Data.TaggedError("Ended")<{ readonly code: number }> {
  override readonly [Runtime.errorExitCode] = this.code
  override readonly [Runtime.errorReported] = false
}

/** The command was written in a way that means nothing. `next` says how to write it. */
export class Usage extends Data.TaggedError("Usage")<{ readonly detail: string; readonly next: string }> {
  override get message(): string {
    return `${this.detail}\n${this.next}`
  }
}

/** The command cannot do what was asked. `next` says what to do about it. */
export class Refused extends Data.TaggedError("Refused")<{ readonly detail: string; readonly next: string }> {
  override get message(): string {
    return `${this.detail}\n${this.next}`
  }
}

/** A connection URL with a password, wherever it stands in a text; not the one that shows how to write one. */
const secrets = /\b(postgres(?:ql)?:\/\/(?!user:password@host:5432\/database(?![^\s.,;]))[^\s:/@'"]*):[^\s'"]*@/gi

/** A password as a parameter, of a URL or of a connection string. */
const parameters = /\b((?:(?:ssl)?password|authToken)\s*=\s*)(?:'[^']*'|[^\s&'"]+)/gi

/** The text without the passwords of connection URLs and connection strings. */
export const withoutSecrets = (text: string): string => text.replaceAll(secrets, "$1@").replaceAll(parameters, "$1…")

const databaseError = (error: DatabaseError): string => {
  const state = isSqlState(error.code) ? ` (SQLSTATE ${error.code})` : ""
  const permission = error.code === "42501" && error.hint === undefined
    ? ["Connect as the owner, or have the owner GRANT what is missing. Nothing was changed."]
    : []
  return [
    `${error.message}${error.message.includes("SQLSTATE") ? "" : state}`,
    ...(error.detail === undefined ? [] : [`Detail: ${error.detail}`]),
    ...(error.where === undefined ? [] : [`Where: ${error.where}`]),
    ...(error.hint === undefined ? permission : [error.hint])
  ].join("\n")
}

/** An error as people read it: what failed, where, why, and what to do next. */
export const describe = (error: unknown): string =>
  withoutSecrets(
    error instanceof DatabaseError
      ? databaseError(error)
      : error instanceof Error
      ? error.message
      : String(error)
  )

const isFault = (cause: Cause.Cause<unknown>): boolean => Cause.hasDies(cause)

/**
 * Runs the work of a command and says on standard error why it failed; then only the exit code is left. The stack trace is
 * there with `--log-level debug` only. `interrupted` says what an interruption leaves behind.
 */
export const reporting = <A, E, R>(
  work: Effect.Effect<A, E, R>,
  interrupted: Effect.Effect<string> = Effect.succeed("Interrupted; nothing was changed.")
): Effect.Effect<A, Ended, R | Stdio.Stdio> =>
  work.pipe(
    Effect.onInterrupt(() => Effect.flatMap(interrupted, say)),
    Effect.catchCause((cause): Effect.Effect<never, Ended, Stdio.Stdio> =>
      Effect.gen(function*() {
        if (Cause.hasInterruptsOnly(cause)) return yield* Effect.interrupt
        const error = Cause.squash(cause)
        if (error instanceof Ended) return yield* error
        const { red } = yield* style
        yield* say(`${red("error:")} ${isFault(cause) ? "a fault of Lockplane: " : ""}${describe(error)}`)
        const level = yield* References.MinimumLogLevel
        if (["All", "Trace", "Debug"].includes(level)) yield* say(withoutSecrets(Cause.pretty(cause)))
        else if (isFault(cause)) {
          yield* say("Run the command again with --log-level debug, and report what it prints.")
        }
        return yield* new Ended({ code: error instanceof Usage ? exitCodes.usage : exitCodes.failed })
      })
    )
  )
