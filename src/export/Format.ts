/** What is exported: a plan, and the plan that takes it back, as the migration files of another tool. Pure. */
import type * as Result from "effect/Result"
import type { Plan } from "../Plan.ts"

/** What is to be written, and what is known of where to. */
export interface Request {
  readonly plan: Plan
  readonly rollback: Plan | undefined
  /** What the migration is called: lower-case words of ASCII letters and digits, divided by `_`. */
  readonly name: string
  /** Milliseconds since 1970. */
  readonly now: number
  /** The files that are there already, by their path in the folder with `/`; their text where {@link Format.reads} asks for it. */
  readonly existing: ReadonlyMap<string, string>
}

/** A file to be written. */
export interface ExportedFile {
  /** In the folder, with `/`. */
  readonly path: string
  readonly text: string
  /** It is there already and gets this text instead of its own: a list of migrations that grows. */
  readonly replaces?: true
}

/** Why a plan cannot be exported as is asked; `next` is what to do. */
export interface Trouble {
  readonly detail: string
  readonly next: string
}

/** The files of a plan. */
export type Files = Result.Result<ReadonlyArray<ExportedFile>, Trouble>

/** How a tool runs migrations of SQLite. */
export interface OnSqlite {
  /** Each file is a part of the tool's own transaction, so that it can have no other. */
  readonly oneTransaction?: true
  /** Whether foreign keys are off where it runs them, and how they get off, for plans that need that; absent where the file sees to it. */
  readonly foreignKeys?: string
}

/** The migration files of one tool. */
export interface Format {
  readonly name: string
  readonly title: string
  /** Its migrations can be taken back by it. */
  readonly goesBack: boolean
  /** Files whose text decides what is written. */
  readonly reads?: RegExp
  /** Why nothing can be printed without a folder; absent where it can. */
  readonly needsFolder?: string
  /** Absent where it does not run on SQLite. */
  readonly sqlite?: OnSqlite
  /** Text that the tool takes for its own, wherever it stands. */
  readonly reserved?: RegExp
  readonly files: (request: Request) => Files
}
