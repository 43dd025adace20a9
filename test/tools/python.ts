/**
 * The Python of the tests that work with SQLAlchemy and Alembic: the one that LOCKPLANE_TEST_PYTHON names, else `python3` where
 * it has the packages, else a virtual environment that is made once, in the folder for cached files. As a program this makes
 * it and prints its path, so that it is there before tests run.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises"
import { homedir } from "node:os"
import { dirname, join } from "node:path"
import { run } from "../runtimes/Process.ts"

/** A program in Python failed. */
export class PythonError extends Data.TaggedError("PythonError")<{ readonly message: string }> {}

/** Where it runs. */
export interface Place {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

const packages = ["sqlalchemy>=2,<3", "psycopg[binary]>=3.1,<4", "alembic>=1.13,<2"]

const imports =
  "import alembic, psycopg, sqlalchemy; assert sqlalchemy.__version__ >= '2', 'SQLAlchemy ' + sqlalchemy.__version__"

/** What a program wrote to standard error, or why it did not start; undefined where it succeeded. */
const failure = (program: string, parameters: ReadonlyArray<string>, seconds: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const child = spawn(program, [...parameters], {
      stdio: ["ignore", "ignore", "pipe"],
      timeout: seconds * 1000
    })
    let text = ""
    child.stderr.on("data", (chunk) => text += String(chunk))
    child.on("error", (error) => resolve(error.message))
    child.on("close", (code) => resolve(code === 0 ? undefined : `${program}: ${text.trim() || "it took too long"}`))
  })

const hasPackages = async (program: string): Promise<boolean> =>
  (await failure(program, ["-c", imports], 60)) === undefined

/** A virtual environment can be renamed as long as its programs are run as modules (`python -m alembic`). */
const made = async (): Promise<string> => {
  const kept = join(
    process.env["LOCKPLANE_CACHE_DIR"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "lockplane"),
    "test-python"
  )
  const python = join(kept, "bin/python")
  if (existsSync(python)) {
    if (await hasPackages(python)) return python
    await rm(kept, { recursive: true, force: true })
  }
  await mkdir(dirname(kept), { recursive: true })
  const folder = await mkdtemp(`${kept}-`)
  try {
    const options = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout"]
    const why = await failure("python3", ["-m", "venv", folder], 120) ??
      await failure(join(folder, "bin/python"), [...options, "20", ...packages], 300)
    if (why !== undefined) throw new Error(why)
    // where another run was faster, its folder is as good
    await rename(folder, kept).catch(() => {})
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return python
}

const find = async (): Promise<string> => {
  const named = process.env["LOCKPLANE_TEST_PYTHON"] ?? ""
  if (named !== "") {
    const why = await failure(named, ["-c", imports], 60)
    if (why === undefined) return named
    throw new Error(why)
  }
  return await hasPackages("python3") ? "python3" : await made()
}

/** The program; undefined where there is none, which is then said on standard error. */
export const python: string | undefined = await find().catch((error: unknown) => {
  const lines = String(error instanceof Error ? error.message : error).split("\n")
  console.warn(
    `SKIPPED: all tests with SQLAlchemy and Alembic, as there is no Python with ${packages.join(", ")}.\n${
      lines.slice(-3).join("\n")
    }`
  )
  return undefined
})

/** Runs {@link python}; what it prints. Fails with what it wrote to standard error. */
export const runPython = (parameters: ReadonlyArray<string>, place: Place = {}): Effect.Effect<string, PythonError> =>
  Effect.flatMap(
    Effect.promise(() =>
      run([python ?? "python3", ...parameters], {
        env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", ...place.env },
        ...(place.cwd === undefined ? {} : { cwd: place.cwd })
      })
    ),
    ({ code, stderr, stdout }) =>
      code === 0 ? Effect.succeed(stdout) : Effect.fail(new PythonError({ message: stderr.trim() }))
  )

if (import.meta.main) {
  if (python === undefined) process.exit(1)
  console.log(python)
}
