/**
 * Adds to package-lock.json the optional platform packages that npm left out of it.
 *
 * npm records an optional dependency only if its registry answered for it when the lock was written; `npm ci` then
 * refuses the lock on every machine. The names of such packages say for which platform they are, and that, with the
 * exact version that their parent asks for, is all that an entry needs. Run it (`npm run lock`) after a change of
 * dependencies.
 */
import { readFileSync, writeFileSync } from "node:fs"

interface LockEntry {
  readonly version?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly os?: ReadonlyArray<string>
  readonly cpu?: ReadonlyArray<string>
  readonly libc?: ReadonlyArray<string>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

interface Lock {
  packages: Record<string, LockEntry>
}

const path = new URL("../package-lock.json", import.meta.url)

const operatingSystems: ReadonlyArray<readonly [word: string, os: string]> = [
  ["win32", "win32"],
  ["windows", "win32"],
  ["darwin", "darwin"],
  ["android", "android"],
  ["openharmony", "openharmony"],
  ["freebsd", "freebsd"],
  ["linux", "linux"]
]

const processors = ["x64", "arm64", "arm", "ia32", "ppc64", "riscv64", "s390x", "loong64"]

/** The lock entry of a platform package, read from its name, such as `@deno/linux-arm64-glibc`. */
const platformEntry = (name: string, version: string, parent: LockEntry): LockEntry => {
  const words = name.split(/[-/]/)
  const os = operatingSystems.find(([word]) => words.includes(word))?.[1]
  const cpu = processors.find((word) => words.includes(word))
  if (os === undefined || cpu === undefined || !/^\d/.test(version)) {
    throw new Error(
      `package-lock.json lacks ${name}@${version}, and its name does not say its platform: add it by hand`
    )
  }
  const libc = words.includes("musl") || words.includes("musleabihf")
    ? "musl"
    : words.some((word) => word === "glibc" || word.startsWith("gnu"))
    ? "glibc"
    : undefined
  return {
    version,
    cpu: [cpu],
    ...(parent.dev === true ? { dev: true } : {}),
    ...(libc === undefined ? {} : { libc: [libc] }),
    optional: true,
    os: [os]
  }
}

const lock: Lock = JSON.parse(readFileSync(path, "utf8"))

/** The exact version that a platform package's parent asks for: the lower end of its range. */
const exact = (range: string): string => range.replace(/^[~^]/, "")

/** Whether a package installed at `from` finds this version of `name`, in its own node_modules or in one above it. */
const isLocked = (name: string, version: string, from: string): boolean => {
  const entry = lock.packages[`${from}/node_modules/${name}`]
  if (entry !== undefined) return entry.version === version
  const above = from.lastIndexOf("/node_modules/")
  return above === -1
    ? lock.packages[`node_modules/${name}`]?.version === version
    : isLocked(name, version, from.slice(0, above))
}

let added = 0
for (const [from, parent] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(parent.optionalDependencies ?? {})) {
    const version = exact(range)
    if (isLocked(name, version, from)) continue
    const top = `node_modules/${name}`
    lock.packages[lock.packages[top] === undefined ? top : `${from}/${top}`] = platformEntry(name, version, parent)
    added++
  }
}
const entries = Object.entries(lock.packages)
lock.packages = Object.fromEntries(entries.toSorted(([left], [right]) => left < right ? -1 : left > right ? 1 : 0))
writeFileSync(path, `${JSON.stringify(lock, undefined, 2)}\n`)
console.error(`package-lock.json: ${added} platform packages added`)
