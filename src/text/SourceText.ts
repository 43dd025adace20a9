/** A text with SQL, and how strictly it is read. */

/**
 * How a text is read: `declarative` is `.lp.sql`; `dump` is any other SQL, and may be what the database's own tool prints of a
 * schema.
 */
export type SourceForm = "declarative" | "dump"

/** A text with the name that messages call it by. */
export interface SourceText {
  readonly path: string
  readonly text: string
  /** Decided by the path if left out: `*.sql` that is not `*.lp.sql` is a dump. */
  readonly form?: SourceForm | undefined
}

/** The form of a file by its name. */
export const formOf = (path: string): SourceForm =>
  path.endsWith(".sql") && !path.endsWith(".lp.sql") ? "dump" : "declarative"
