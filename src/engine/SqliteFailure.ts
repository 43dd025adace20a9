/** What SQLite refused, in words that say where it happened, why, and what to do next. */
import { DatabaseError } from "./DatabaseError.ts"
import { field } from "./ServerMessage.ts"

/** What a failure of the file itself, not of the SQL, means to people. */
interface Explanation {
  readonly what: string
  readonly next: string
}

const locked: Explanation = {
  what: "another connection holds it for longer than the busy timeout",
  next:
    "Another process is writing to the database (or another connection of it reads what would be changed): wait until it is done, or end it, and try again."
}
const unusable: Explanation = {
  what: "the file cannot be read or written",
  next:
    "Check the disk, its free space, and the permissions of the file and of its folder, where SQLite keeps its journal."
}

/** By SQLite's primary result code (SQLite documentation, "Result and Error Codes"). */
const explanations: ReadonlyMap<string, Explanation> = new Map<string, Explanation>([
  ["SQLITE_BUSY", locked],
  ["SQLITE_LOCKED", locked],
  ["SQLITE_IOERR", unusable],
  ["SQLITE_CANTOPEN", unusable],
  ["SQLITE_FULL", {
    what: "the disk, or the size that the database may have, is exhausted",
    next: "Make room on the disk (a rebuild of a table needs room for a second copy of it), then try again."
  }],
  ["SQLITE_READONLY", {
    what: "the database can only be read",
    next:
      "Make the file and its folder writable for this user, or take mode=ro and immutable=1 out of the location. A snapshot never writes."
  }],
  ["SQLITE_NOTADB", {
    what: "the file is no SQLite database, or it is encrypted",
    next: "Check the path. An encrypted database has to be decrypted first."
  }],
  ["SQLITE_CORRUPT", {
    what: "the file is damaged",
    next: "Restore it from a backup, or save what can be read with the .recover command of the sqlite3 shell."
  }],
  ["SQLITE_PROTOCOL", locked],
  ["SQLITE_NOMEM", { what: "there is not enough memory", next: "Free memory, then try again." }],
  ["SQLITE_NOLFS", { what: "the file system does not hold files of this size", next: "Use another file system." }]
])

/** The primary code of an extended one: `SQLITE_IOERR` of `SQLITE_IOERR_READ`. */
export const primary = (code: string): string => /^SQLITE_[A-Z]+/.exec(code)?.[0] ?? code

/** The explanation of a code, as the parts of an error about the database that people call `where`. */
export const explained = (
  code: string,
  where: string
): { readonly message: string; readonly hint: string } | undefined => {
  const explanation = explanations.get(primary(code))
  return explanation === undefined
    ? undefined
    : { message: `${where} cannot be used: ${explanation.what}.`, hint: explanation.next }
}

/** SQLite's name of the extended code: `SQLITE_CONSTRAINT_CHECK`. Takes what the driver threw. */
export const codeOf = (cause: unknown): string => {
  const code = field(cause, "code")
  return code?.startsWith("SQLITE_") === true ? code : "SQLITE_ERROR"
}

/** What an application has built in, and this engine does not. */
const withoutModule = (module: string): string =>
  `${module} is the module of a virtual table, and of the application: the SQLite that runs here does not have it. ` +
  "Leave it to the application: take it out of the SQL files, and name it, and the tables in which it keeps its content, by --exclude-objects \"virtual table NAME\" --exclude-objects \"table NAME_*\", or in exclude of lockplane.toml."

/** The error of a failed statement of the database that people call `where`. Takes what the driver threw. */
export const statementError = (cause: unknown, sql: string, where: string): DatabaseError => {
  const code = codeOf(cause)
  const told = field(cause, "message") ?? String(cause)
  const known = explained(code, where)
  const module = /^no such module: (\w+)/.exec(told)?.[1]
  return known === undefined
    ? new DatabaseError({ code, message: told, ...(module === undefined ? {} : { hint: withoutModule(module) }), sql })
    : new DatabaseError({ code, message: known.message, detail: `SQLite says: ${told}`, hint: known.hint, sql })
}

/** The error of a value that SQLite has no counterpart of, of a text that is not one statement, or of parameters that do not fit it. */
export const misuse = (message: string, hint: string, sql: string): DatabaseError =>
  new DatabaseError({ code: "SQLITE_MISUSE", message, hint, sql })

/** The error of whatever follows a statement whose failure made SQLite roll the transaction back. */
export const rolledBack = (first: DatabaseError, sql: string): DatabaseError =>
  new DatabaseError({
    code: "LP_TRANSACTION_ROLLED_BACK",
    message: `The transaction was already rolled back, by the failure of an earlier statement: ${first.message}`,
    hint: "Nothing of the transaction is kept. Begin it again once the reason of that failure is gone.",
    sql
  })
