/**
 * What a family of databases can do so that databases of it are borrowed as shadows: made and dropped where the server
 * permits that, and marked, so that nobody else's is ever emptied.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { ObjectId } from "./Catalog.ts"
import type { Database, Session } from "./engine/Database.ts"
import type { DatabaseError } from "./engine/DatabaseError.ts"

/** What is lent: a whole database, or a schema in one. */
export interface Place {
  readonly database: string
  readonly schema?: string | undefined
}

/** How a whole database is told and emptied by its own listing of what it holds, with no plan. */
export interface Wholesale {
  /** What the database holds, by name. */
  readonly contents: (session: Session) => Effect.Effect<ReadonlyArray<string>, DatabaseError>
  /** Drops it, with nobody's transaction around it. Fails with what the database said where something cannot be dropped. */
  readonly empty: (session: Session) => Effect.Effect<void, DatabaseError>
}

/** What messages tell people to do. */
export interface Advice {
  /** Where it is not the right one: how to have another shadow. */
  readonly elsewhere: string
  /** Where it cannot be marked: what its user needs. */
  readonly marking: string
}

/** What other tools are told of a database. */
export interface ForTools {
  readonly url: string
  /** The server's token, which such a URL does not hold; absent where there are none, empty where there is none. */
  readonly authToken?: string
}

/** A database of a server and the mark that it carries. */
export interface Marked {
  readonly database: string
  /** What {@link ShadowHost} wrote there; undefined where the name alone says that Lockplane made it. */
  readonly mark: string | undefined
}

/** Borrowing databases of one family. */
export class ShadowHost extends Context.Service<ShadowHost, {
  /** The family of servers. */
  readonly family: "PostgreSQL" | "libSQL"
  readonly advice: Advice
  /** The engine behind a session, for people and for proofs: `PostgreSQL 18.6 (shadow server)`. */
  readonly describe: (session: Session) => string
  /** The schema that is meant where none is named. */
  readonly standardSchema: string
  /** The objects that every new database has. */
  readonly pristine: ReadonlySet<ObjectId>
  /** The database at a URL. */
  readonly connect: (url: Redacted.Redacted<string>) => Effect.Effect<Database["Service"], DatabaseError>
  /**
   * A session on the server of a URL from which databases can be made, whether its user may make them, and the name of
   * the URL's database. That need not be there: the session is then one of another database of the server.
   */
  readonly gate: (
    url: Redacted.Redacted<string>
  ) => Effect.Effect<
    { readonly session: Session; readonly pool: string; readonly mayMake: boolean },
    DatabaseError,
    Scope.Scope
  >
  /** The name of the database that a session of a URL is connected to. */
  readonly databaseOf: (session: Session, url: Redacted.Redacted<string>) => Effect.Effect<string, DatabaseError>
  /** The name of the database of a URL, as far as the URL says it. */
  readonly nameIn: (url: Redacted.Redacted<string>) => Effect.Effect<string | undefined, DatabaseError>
  /**
   * What tells a database from every other, however and by whomever it was reached: of two URLs that lead to one database, at
   * least one of these is the same. None where nothing but its mark would tell it, and it has none.
   */
  readonly identity: (session: Session) => Effect.Effect<ReadonlyArray<string>, DatabaseError>
  /**
   * The same, asked of where the session's writes go: a replica may be behind. It may wait for whoever writes there, and
   * fails where the session may not write; nothing is written.
   */
  readonly identityAtOrigin: (session: Session) => Effect.Effect<ReadonlyArray<string>, DatabaseError>
  /** True where a copy of a database has the identity of the one that was copied. */
  readonly identityIsCopied: boolean
  /** Whether two URLs may lead to one database, as far as they can tell by themselves. */
  readonly mayBeSame: (
    one: Redacted.Redacted<string>,
    other: Redacted.Redacted<string>
  ) => Effect.Effect<boolean, DatabaseError>
  /** The engine's major version, and what tells it from every other that may print definitions differently. */
  readonly engine: (
    session: Session
  ) => Effect.Effect<{ readonly major: number; readonly identity: string }, DatabaseError>
  /** The clock of the server, in milliseconds since 1970: the one clock that everybody who borrows there shares. */
  readonly now: (session: Session) => Effect.Effect<number, DatabaseError>
  /** Runs an effect while no other session of the same database runs one so. */
  readonly exclusively: <A, E, R>(
    session: Session,
    effect: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | DatabaseError, R>
  /** The mark of a database of the session's server, or of a schema of the session's; undefined where it has none. */
  readonly mark: (session: Session, place: Place) => Effect.Effect<string | undefined, DatabaseError>
  /** Marks a place, or takes its mark away. What else is noted there stays. Fails where the user may not; see `meaning`. */
  readonly setMark: (session: Session, place: Place, mark: string | undefined) => Effect.Effect<void, DatabaseError>
  /** The statement with which people take the mark of a database away. */
  readonly unmarking: (database: string) => string
  /**
   * True where marking waits for nothing that the holder of the place does there. Else it is not prolonged while its holder
   * may have a transaction open.
   */
  readonly marksBeside: boolean
  /** A name for a database that is lent of the named one, which nobody else makes. */
  readonly nameFor: (session: Session, pool: string) => Effect.Effect<string, DatabaseError>
  /** Makes a schema of the session's database, unless it is there. */
  readonly makeSchema: (session: Session, schema: string) => Effect.Effect<void, DatabaseError>
  /** Makes an empty database that sorts and encodes text like another one, which may be missing. */
  readonly make: (session: Session, database: string, like: string) => Effect.Effect<void, DatabaseError>
  /** Drops a database, and ends whatever sessions it has. */
  readonly drop: (session: Session, database: string) => Effect.Effect<void, DatabaseError>
  /** The databases of the server that are lent of the named one, and that one itself, as far as they are marked. */
  readonly marked: (session: Session, pool: string) => Effect.Effect<ReadonlyArray<Marked>, DatabaseError>
  /** Since how many milliseconds a database that {@link make} named has been there at the most, by its name. */
  readonly ageOf: (database: string, now: number) => number
  /** Absent where a database is told and emptied by a plan. */
  readonly wholesale?: Wholesale
  /** What holds for a transaction that empties a place; it does not wait for a lock for long. */
  readonly cleaningSettings: string
  /** Ends the other sessions of the session's database, as far as its user may. */
  readonly endOthers: (session: Session) => Effect.Effect<void, DatabaseError>
  /** What an error says: the place is not there, the user may not do it, or somebody else has a lock on it. */
  readonly meaning: (error: DatabaseError) => "missing" | "denied" | "locked" | undefined
  /** Removes what is data and no object of a database's schemas, such as large objects. */
  readonly clear: (session: Session) => Effect.Effect<void, DatabaseError>
  /** What other tools are told of the database of a URL. */
  readonly forTools: (url: Redacted.Redacted<string>) => ForTools
  /** The URL of another place of the same server; what is not qualified goes into the place's schema. */
  readonly urlOf: (url: Redacted.Redacted<string>, place: Place) => Redacted.Redacted<string>
}>()("lockplane/ShadowHost") {}
