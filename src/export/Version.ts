/** The version of the next migration, in the manner of those that are there. Pure. */
import * as Result from "effect/Result"
import { compareVersions } from "../MigrationVersion.ts"
import type { Trouble } from "./Format.ts"

/** A moment as migrations are called by it: `YYYYMMDDHHMMSS`, in UTC. */
export const timestamp = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().slice(0, 19).replaceAll(/\D/g, "")

const pattern = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/

/** The moment of a version, in milliseconds since 1970; undefined where it is none. */
const momentOf = (version: string): number | undefined => {
  const [, year, month, day, hour, minute, second] = (pattern.exec(version) ?? []).map(Number)
  if (year === undefined || year < 1970 || month === undefined) return undefined
  const moment = Date.UTC(year, month - 1, day, hour, minute, second)
  return timestamp(moment) === version ? moment : undefined
}

/** The version with its last number one higher, in the same width. */
const increased = (version: string): string =>
  version.replace(/\d+$/, (digits) => String(BigInt(digits) + 1n).padStart(digits.length, "0"))

/** How the versions of a tool are made. */
export interface Manner {
  /** What the first version is: the moment, or a number of so many digits. */
  readonly first: "moment" | number
  /** The tool compares versions as text. */
  readonly asText?: true
}

/** A version after all of these: a later moment where the last one is a moment, the next number where it is a number. */
export const nextVersion = (
  versions: ReadonlyArray<string>,
  now: number,
  { asText, first }: Manner
): Result.Result<string, Trouble> => {
  const compare = (a: string, b: string): number => asText === true ? a < b ? -1 : a > b ? 1 : 0 : compareVersions(a, b)
  const last = versions.toSorted(compare).at(-1)
  if (last === undefined) return Result.succeed(first === "moment" ? timestamp(now) : "1".padStart(first, "0"))
  const moment = momentOf(last)
  const next = moment === undefined
    ? increased(last)
    : timestamp(Math.max(now, moment + 1000))
  return compare(next, last) > 0 ? Result.succeed(next) : Result.fail({
    detail: `no version follows ${last}: ${next} would come before it`,
    next: "Rename the migrations that are there, so that their versions have more digits"
  })
}

/** A name as it can stand in a file's name: lower-case words of ASCII letters and digits, divided by `_`; empty where there are none. */
export const slug = (text: string): string =>
  text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase().replaceAll(/[^a-z0-9]+/g, "_").slice(0, 60)
    .replaceAll(/^_+|_+$/g, "")
