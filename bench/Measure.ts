/** Runs programs and tells what they took. */

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
  /** What is done before each run, not counted. */
  readonly prepare?: () => Promise<void> | void
}

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Runs a command so many times; its output is read and thrown away. Throws where it fails. */
export const measure = async ({ command, env = {}, expected = 0, name, prepare }: Command, runs: number): Promise<Measurement> => {
  const [times, cpus, memory]: [Array<number>, Array<number>, Array<number>] = [[], [], []]
  for (let run = 0; run < runs; run++) {
    await prepare?.()
    const started = performance.now()
    const child = Bun.spawn([...command], { env: { ...process.env, ...env }, stdin: "ignore", stdout: "pipe", stderr: "pipe" })
    const [, problems] = await Promise.all([new Response(child.stdout).arrayBuffer(), new Response(child.stderr).text(), child.exited])
    times.push(performance.now() - started)
    if (child.exitCode !== expected) throw new Error(`${name} ended with ${child.exitCode}: ${command.join(" ")}\n${problems}`)
    const usage = child.resourceUsage()
    cpus.push(Number(usage?.cpuTime.total ?? 0) / 1000)
    // Linux tells kilobytes, and Bun passes on what the system tells
    memory.push((usage?.maxRSS ?? 0) / (process.platform === "darwin" ? 1 : 1) / 1024)
  }
  return {
    name,
    median: median(times),
    fastest: Math.min(...times),
    slowest: Math.max(...times),
    cpu: median(cpus),
    memory: Math.max(...memory)
  }
}
