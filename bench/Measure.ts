/** Runs programs and tells what they took. */
import { existsSync } from "node:fs"

/** What one program took, over several runs. */
export interface Measurement {
  readonly name: string
  /** Wall-clock time in milliseconds: the median, and the fastest and slowest run. */
  readonly median: number
  readonly fastest: number
  readonly slowest: number
  /** Processor time of the process itself in milliseconds, as a median. */
  readonly cpu: number
  /** Peak resident memory in megabytes, the highest of all runs. */
  readonly memory: number
}

/** How a program is run. */
export interface Command {
  readonly name: string
  readonly command: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
  /** The exit code that means success. */
  readonly expected?: number
  /** True where the last line that it prints says what counts: milliseconds of wall-clock and of processor time. */
  readonly tells?: boolean
  /** What is done before each run, not counted. */
  readonly prepare?: () => Promise<void> | void
}

/** What one run took. */
export interface Sample {
  readonly wall: number
  readonly cpu: number
  readonly memory: number
}

const clock = "/usr/bin/time"
const clocked = existsSync(clock)

/** Runs a command once. Throws where it fails. */
export const sample = async (
  { command, env = {}, expected = 0, name, prepare, tells = false }: Command
): Promise<Sample> => {
  await prepare?.()
  const started = performance.now()
  // a child's own peak begins with that of the process that starts it, so that a small one has to
  const child = Bun.spawn(clocked ? [clock, "-q", "-f", "\n%M %U %S", ...command] : [...command], {
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe"
  })
  const [printed, problems] = await Promise.all([
    new Response(child.stdout).arrayBuffer(),
    new Response(child.stderr).text(),
    child.exited
  ])
  const wall = performance.now() - started
  if (child.exitCode !== expected) {
    throw new Error(`${name} ended with ${child.exitCode}: ${command.join(" ")}\n${problems}`)
  }
  const usage = child.resourceUsage()
  const told = tells ? lastLine(new TextDecoder().decode(printed)) : []
  const [kilobytes = 0, user = 0, system = 0] = clocked
    ? lastLine(problems)
    : []
  const whole = clocked
    ? { wall, cpu: (user + system) * 1000, memory: kilobytes / 1024 }
    : { wall, cpu: Number(usage?.cpuTime.total ?? 0) / 1000, memory: (usage?.maxRSS ?? 0) / 1024 / 1024 }
  return { ...whole, wall: told[0] ?? whole.wall, cpu: told[1] ?? whole.cpu }
}

const lastLine = (text: string): ReadonlyArray<number> => (text.trim().split("\n").at(-1) ?? "").split(" ").map(Number)

/** What a command prints. Throws where it fails. */
export const output = async ({ command, name }: Command): Promise<string> => {
  const child = Bun.spawn([...command], { stdin: "ignore", stdout: "pipe", stderr: "inherit" })
  const [text] = await Promise.all([new Response(child.stdout).text(), child.exited])
  if (child.exitCode !== 0) throw new Error(`${name} ended with ${child.exitCode}: ${command.join(" ")}`)
  return text
}

const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Several runs as one measurement. */
export const summarize = (name: string, samples: ReadonlyArray<Sample>): Measurement => {
  const times = samples.map(({ wall }) => wall)
  return {
    name,
    median: median(times),
    fastest: Math.min(...times),
    slowest: Math.max(...times),
    cpu: median(samples.map(({ cpu }) => cpu)),
    memory: Math.max(...samples.map(({ memory }) => memory))
  }
}
