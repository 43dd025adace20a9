/** The two streams of a command: data for programs on standard output, everything for people on standard error. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"

/** Writes data. That nobody reads it to the end is no error: the reader has what it wanted. */
export const data = (text: string): Effect.Effect<void, never, Stdio.Stdio> =>
  Effect.flatMap(
    Stdio.Stdio,
    ({ stdout }) =>
      Effect.ignore(Stream.run(Stream.succeed(text === "" || text.endsWith("\n") ? text : `${text}\n`), stdout()))
  )

/** Writes a value as JSON: 2 spaces, final newline, keys in the order of the value. */
export const json = (value: unknown): Effect.Effect<void, never, Stdio.Stdio> =>
  data(JSON.stringify(value, undefined, 2))

/** Writes to standard error as it is, without a line end. */
export const write = (text: string): Effect.Effect<void, never, Stdio.Stdio> =>
  Effect.flatMap(Stdio.Stdio, ({ stderr }) => Effect.ignore(Stream.run(Stream.succeed(text), stderr())))

/** Tells people something. */
export const say = (text: string): Effect.Effect<void, never, Stdio.Stdio> => write(`${text}\n`)

/** How text is set off on a terminal; each function gives it unchanged elsewhere. */
export interface Style {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
}

const plainStyle: Style = {
  bold: (text) => text,
  dim: (text) => text,
  red: (text) => text,
  green: (text) => text,
  yellow: (text) => text
}

const escape = (code: number) => (text: string): string => `\u001b[${code}m${text}\u001b[0m`

const colourStyle: Style = { bold: escape(1), dim: escape(2), red: escape(31), green: escape(32), yellow: escape(33) }

/** The style of standard error: colours on a terminal, unless `NO_COLOR` is set or the terminal is dumb. */
export const style: Effect.Effect<Style, never, Stdio.Stdio> = Effect.gen(function*() {
  const { stderrIsTerminal } = yield* Stdio.Stdio
  const setting = (name: string) => Effect.orElseSucceed(Config.String(name), () => "")
  const plain = !(yield* stderrIsTerminal) || (yield* setting("NO_COLOR")) !== "" || (yield* setting("TERM")) === "dumb"
  return plain ? plainStyle : colourStyle
})
