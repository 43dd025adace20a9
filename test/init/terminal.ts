/** The command line on a terminal of its own: what it shows is waited for, and keys are pressed. */
import { fileURLToPath } from "node:url"

const bin = fileURLToPath(new URL("../../bin/lockplane.ts", import.meta.url))

/** Keys that are no letters. */
export const keys = { up: "\u001b[A", down: "\u001b[B", enter: "\r", clear: "\u0015", quit: "\u0003" } as const

/** A question as it is recognized, and the keys that answer it. */
export type Answer = readonly [shown: string, ...pressed: ReadonlyArray<string>]

/** How it ended: everything that was shown, without colours and movements of the cursor, and what went to standard output. */
export interface Ended {
  readonly code: number
  readonly shown: string
}

// oxlint-disable-next-line no-control-regex
const control = /\u001b\[[0-9;?]*[A-Za-z]|\u001b[()][A-Z0-9]|\u0007/g

/** Runs `lockplane` on a terminal, answering its questions in this order. Fails, telling what was shown, where one does not come. */
export const onTerminal = async (
  args: ReadonlyArray<string>,
  answers: ReadonlyArray<Answer>,
  options: {
    readonly cwd: string
    /** A file for standard output; the terminal, if left out. */
    readonly output?: string
    readonly patience?: number
  }
): Promise<Ended> => {
  let shown = ""
  let at = 0
  const decoder = new TextDecoder()
  let wake = () => {}
  const command = [process.execPath, bin, ...args]
  const child = Bun.spawn(
    options.output === undefined ? command : ["sh", "-c", `exec "$@" > ${options.output}`, "sh", ...command],
    {
      cwd: options.cwd,
      env: { ...process.env, DATABASE_URL: "", NO_COLOR: "1", TERM: "xterm" },
      terminal: {
        cols: 200,
        rows: 50,
        data: (_, bytes) => {
          shown += decoder.decode(bytes, { stream: true }).replaceAll(control, "")
          wake()
        }
      }
    }
  )
  const terminal = child.terminal
  if (terminal === undefined) throw new Error("no terminal")
  const comes = async (text: string): Promise<boolean> => {
    const until = performance.now() + (options.patience ?? 60_000)
    while (!shown.slice(at).includes(text)) {
      if (performance.now() > until || child.exitCode !== null) return false
      await new Promise<void>((resolve) => {
        wake = resolve
        setTimeout(resolve, 100)
      })
    }
    at = shown.indexOf(text, at) + text.length
    return true
  }
  try {
    for (const [question, ...pressed] of answers) {
      if (!(await comes(question))) throw new Error(`${JSON.stringify(question)} was not shown. Shown:\n${shown}`)
      for (const key of pressed) {
        // the program has to be listening again; a person is slower
        await Bun.sleep(40)
        terminal.write(key)
      }
    }
    const code = await child.exited
    await Bun.sleep(20)
    return { code, shown }
  } finally {
    child.kill()
    terminal.close()
  }
}
