/**
 * The one interface that the stages see of a database family: its kinds of objects, and how schemas are read from and
 * written to an engine of the family. A stage imports no dialect; it asks this.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Aspect, Catalog, CatalogObject, DeclaredRename, DialectName, Doubt, ObjectId, State } from "./Catalog.ts"
import type { Database, Session } from "./engine/Database.ts"
import type { DatabaseError } from "./engine/DatabaseError.ts"
import type { Entry } from "./LedgerEntry.ts"
import type { Lock, Plan, Step } from "./Plan.ts"
import type { SourceError, SourceProblem } from "./SourceError.ts"

/** What can go wrong or be lost when a statement runs on a database that holds data. */
export interface Hazard {
  readonly code:
    /** Rows or values are gone for good. */
    | "data_loss"
    /** Values are converted, and may be changed or refused by that. */
    | "conversion"
    /** Privileges, an owner or an object that is not managed go with what is dropped, and nothing makes them again. */
    | "attached_lost"
    /** The statement fails as soon as there is a row. */
    | "fails_with_rows"
    /** The statement fails where rows break a rule that is new. */
    | "may_fail"
    /** A table is written anew while nobody can use it. */
    | "rewrite"
    /** Programs that use the old name fail. */
    | "breaks_clients"
    /** What is dropped looks like something that is created, and may be the same under another name. */
    | "looks_renamed"
    /** The shadow took it, and the server of the target may not. */
    | "not_proven"
  readonly message: string
}

/** One SQL statement of a plan, without its semicolon, or several that make no sense alone; and what it does in plain words. */
export interface Statement {
  readonly sql: string | ReadonlyArray<string>
  readonly description: string
  readonly hazards?: ReadonlyArray<Hazard>
  /** Later statements can use what it makes only after a commit (PostgreSQL manual, ALTER TYPE, Notes). */
  readonly visibleAfterCommit?: true
}

/** What a kind can ask about the plan that it is making statements for. */
export interface PlanContext {
  readonly source: Catalog
  readonly target: Catalog
  /** Major version of the server that the plan will run on. */
  readonly serverMajor: number
  /** True where the plan creates the object, anew or again. */
  readonly creates: (id: ObjectId) => boolean
  /** True where the plan drops the object, for good or to create it again. */
  readonly drops: (id: ObjectId) => boolean
  /** True where the plan renames the object out of the way, to drop it at the end. */
  readonly setsAside: (id: ObjectId) => boolean
  /** True where the plan moves the object over from a dependency that it sets aside, see {@link ObjectKind.carry}. */
  readonly carries: (id: ObjectId) => boolean
  /** The objects of the source that need this one directly. */
  readonly dependents: (id: ObjectId) => ReadonlySet<ObjectId>
  /** The parts of an object of the target, in their order. */
  readonly parts: (id: ObjectId) => ReadonlyArray<CatalogObject>
  /** Columns whose values PostgreSQL does not convert by itself, found by trial: cast explicitly, or by way of text. */
  readonly conversions: ReadonlyMap<ObjectId, Conversion>
}

/** How a column's values get from the old type to the new where no assignment cast exists. */
export type Conversion = "explicit" | "text"

/** An alteration that keeps the object. */
export interface InPlace {
  readonly _tag: "InPlace"
  readonly statements: ReadonlyArray<Statement>
  readonly disturbs?: (dependent: CatalogObject) => boolean
}

/** How an object gets from one state to another. */
export type Alteration =
  /** By these statements. Dependents (by the source's dependencies) for which `disturbs` holds are dropped before and created again after. */
  | InPlace
  /**
   * By dropping and creating it, its parts and its dependents. Where columns must keep values of it, the old one is
   * renamed out of the way, the columns are carried over to the new one, and the old one is dropped at the end.
   */
  | { readonly _tag: "Replace" }

/** An in-place alteration by these statements. */
export const inPlace = (
  statements: ReadonlyArray<Statement>,
  disturbs?: (dependent: CatalogObject) => boolean
): InPlace => disturbs === undefined ? { _tag: "InPlace", statements } : { _tag: "InPlace", statements, disturbs }

/** Drop and create again. */
export const replace: Alteration = { _tag: "Replace" }

/** A feature that only servers from one major version on have. */
export interface Requirement {
  readonly feature: string
  readonly since: number
}

/** How things of a kind get another name: SQL without descriptions, for a thing under the name that it has at that moment. */
export interface Renaming<S extends State = State> {
  /** The statement that changes the last part of the name, or the one before the signature; and what must be called alike. */
  rename(object: CatalogObject<S>, to: string): string | ReadonlyArray<string>
  /** The statement that moves it to another schema; absent where it lives in none, or stays with what it is a part of. */
  move?(object: CatalogObject<S>, schema: string): string | ReadonlyArray<string>
  /** The last part of the name is no name, but argument types or the like; it is renamed before they are. */
  readonly signature?: true
  /** What fails that uses the old name, in plain words; absent where nobody but its owner names it. */
  readonly users?: string
  /** What goes to another schema and takes it along, by identity. */
  carrier?(object: CatalogObject<S>, catalog: Catalog): ObjectId | undefined
  /** It gets its new name from the object that it is inherited from. */
  follows?(object: CatalogObject<S>): boolean
  /** Equal for two objects that differ in nothing but their name; undefined where that does not make them one. */
  twin?(object: CatalogObject<S>, catalog: Catalog): string | undefined
}

/** A kind of object, as far as planning needs to know it. Methods receive objects of this kind only. */
export interface ObjectKind<S extends State = State> {
  /** The word for it in identities and descriptions: `table`, `materialized view`. */
  readonly kind: string
  /** It is its definition and nothing more: dropping it and creating it again loses nothing, takes no time, and can break a circle of steps. */
  readonly isDefinition?: true
  /** It acts on the statements of a plan itself: as far as nothing else asks for it, it is dropped first and created last. */
  readonly actsOnStatements?: true
  /** Attributes of the state that hold what the database prints of expressions, and may print otherwise when it has read its own print. */
  readonly printed?: ReadonlyArray<string>
  /** What a drop takes away from whoever uses the object, in a sentence; absent where nobody misses it, or rows or values go, which statements say. */
  readonly dropLoses?: string
  /** Its alterations may convert values, in more than one way; see {@link Conversion}. */
  readonly convertsValues?: true
  /**
   * When it changes, as far as nothing else asks for another time. `handover`: behind everything about the object that it
   * is of and what needs that, because whoever runs the plan may then have no right to go on. `around handover`: before or
   * after it, as its dependencies say. `end`: behind all creations, and what is about an object before that is handed over.
   */
  readonly changesLate?: "handover" | "around handover" | "end"
  /** It ties its parent to another object, which then takes part in what the parent gains and loses: a partition, a child table. */
  readonly isTie?: true
  /** To make it anew is to alter it: the statements that create it again move its rows over and drop the old one. */
  readonly movesRows?: true
  /** Names that no other object may hold at the same time, such as `relation public.users`. */
  claims?(object: CatalogObject<S>): ReadonlyArray<string>
  /** More of such names, which it takes elsewhere for as long as it is there: those of the copies of a trigger that partitions get. */
  reaches?(object: CatalogObject<S>, catalog: Catalog): ReadonlyArray<string>
  /** Calls that mean it. What is called alike may be there at once, but a statement that calls one then fails, since it could mean the other. */
  calls?(object: CatalogObject<S>): ReadonlyArray<string>
  /** Objects whose drop takes this one along although it is not a part of them, such as the column that owns a sequence. */
  dropsWith?(object: CatalogObject<S>, context: PlanContext): ReadonlyArray<ObjectId>
  /** True where the object's creation can be folded into the statement that creates its parent. */
  folds?(object: CatalogObject<S>, context: PlanContext): boolean
  /** True where what folds comes with its parent's tie to another, or is that tie: by itself it has no statement, or finds less there. */
  comesAlong?(object: CatalogObject<S>, context: PlanContext): boolean
  /** Statements that create it; `folded` are the parts (of any depth) that the statement must bring along. Empty where something else implies it. */
  create(object: CatalogObject<S>, context: PlanContext, folded: ReadonlyArray<CatalogObject>): ReadonlyArray<Statement>
  /**
   * Objects that must not be there when this one is created, although they stay in the schema: they are dropped before. They
   * are created again after it where they need it, or it is a part of them.
   */
  displaces?(object: CatalogObject<S>, context: PlanContext): ReadonlyArray<ObjectId>
  /** Objects that have to be made anew because this one goes, and no statement takes it away from them. */
  takesAlong?(object: CatalogObject<S>, context: PlanContext): ReadonlyArray<ObjectId>
  /** Why the object, which is to be created anew or again, cannot be what the target says, and what to do; undefined where it can. */
  refusesCreation?(object: CatalogObject<S>, context: PlanContext): string | undefined
  /** Statements that drop it. Empty where something else implies it. */
  drop(object: CatalogObject<S>, context: PlanContext): ReadonlyArray<Statement>
  /** Why the database has no way from one state to another that keeps the rows, and what to do; undefined where it has one. */
  refuses?(from: CatalogObject<S>, to: CatalogObject<S>, context: PlanContext): string | undefined
  /** How it gets from one state to another. */
  alter(from: CatalogObject<S>, to: CatalogObject<S>, context: PlanContext): Alteration
  /** Objects whose alteration, in the plan too, alters this one along: both happen at once. */
  altersWith?(from: CatalogObject<S>, to: CatalogObject<S>, context: PlanContext): ReadonlyArray<ObjectId>
  /** For types that columns use: the statements that rename the object out of the way, and those that drop it at the end. */
  aside?(
    object: CatalogObject<S>,
    context: PlanContext
  ): { readonly rename: ReadonlyArray<Statement>; readonly drop: ReadonlyArray<Statement> }
  /** True for objects that hold rows or values, which must not be lost because a dependency is made anew. */
  holdsRows?(object: CatalogObject<S>): boolean
  /** What getting from one state to another takes from values or does to them, in a sentence, whatever the steps of a plan say of it. */
  valuesLost?(from: CatalogObject<S>, to: CatalogObject<S>, source: Catalog, target: Catalog): string | undefined
  /** For objects that must not be dropped with a dependency that was set aside: statements that move it over to the new one. Undefined: replace it. */
  carry?(object: CatalogObject<S>, context: PlanContext): InPlace | undefined
  /** True where the object stays although `need` goes or is made anew: the dependency only puts creations in order. */
  outlives?(object: CatalogObject<S>, need: CatalogObject): boolean
  /** True where it can be there before this other object that it needs, if that is how steps wait for each other: the two are tied together later. */
  precedes?(object: CatalogObject<S>, need: CatalogObject): boolean
  /** Features that the object uses and that not every supported server has. */
  requires?(object: CatalogObject<S>): ReadonlyArray<Requirement>
  /** What `COMMENT ON` says before `IS`, such as `TABLE public.users`; undefined where it cannot be commented. */
  commentTarget?(object: CatalogObject<S>): string | undefined
  /** How it gets another name; absent where the database has no statement for it. */
  readonly renaming?: Renaming<S>
  /** Parts that have names and are no objects of their own, such as the labels of an enum. */
  members?(object: CatalogObject<S>): ReadonlyArray<CatalogObject>
  /** The object in plain words for messages, such as `table users`. */
  describe(object: CatalogObject<S>): string
}

/** How a family of databases names things. */
export interface Naming {
  /** How things of the kind, objects or members of objects, are renamed; undefined where they cannot be. */
  readonly renamingOf: (kind: string) => Renaming | undefined
  /** Kinds of things that can be renamed, in the order of the registry. */
  readonly kinds: ReadonlyArray<string>
  /** The identity of the thing of that kind and name. */
  readonly identify: (kind: string, name: ReadonlyArray<string>) => ObjectId
  /** A thing in plain words, such as `column users.name`. */
  readonly describe: (thing: CatalogObject) => string
  /** The name under which a thing waits while another one has to have its own. */
  readonly aside: (name: string) => string
  /** The parts of a name as people write it, `public."Users".id`, unquoted; undefined where it is none. */
  readonly parse: (text: string) => ReadonlyArray<string> | undefined
  /** A name as people write it, quoted as needed. */
  readonly print: (name: ReadonlyArray<string>) => string
}

/** The text of a schema, and the name that messages call it by. */
export interface SourceText {
  readonly path: string
  readonly text: string
  /** How strictly it is read: `dump` accepts what the family's dump program prints. By the path if left out. */
  readonly form?: "declarative" | "dump" | undefined
}

/** Where a live database is. */
export type DatabaseAddress =
  /** A PostgreSQL server. */
  | { readonly _tag: "Server"; readonly url: Redacted.Redacted<string> }
  /** An embedded PostgreSQL in a folder; in memory where there is none. */
  | { readonly _tag: "Embedded"; readonly directory: string | undefined }
  /** A SQLite database: a path, `:memory:` or a URL. A file that is missing is made only where `create` says so. */
  | {
    readonly _tag: "Sqlite"
    readonly location: string
    readonly create?: boolean
    /** How long its one lock is waited for, as in {@link TimeLimits}; 5 seconds without. */
    readonly lockTimeout?: string | undefined
  }
  /** A libSQL server; its token is in the URL, or in `LIBSQL_AUTH_TOKEN`. */
  | {
    readonly _tag: "Libsql"
    readonly url: Redacted.Redacted<string>
    /** As for a file. */
    readonly lockTimeout?: string | undefined
  }

/** A schema that was read from text and checked, and that can be created on an empty database. */
export interface LoadableSchema {
  /** Extensions that the database must be able to load, as `CREATE EXTENSION` names them. */
  readonly extensions: ReadonlyArray<string>
  /**
   * Creates everything on an empty session, inside the caller's transaction. Gives the warnings; fails with every
   * problem of every file. `ground` is there already: what the text says of it is left out.
   */
  readonly load: (
    session: Session,
    ground?: Catalog
  ) => Effect.Effect<ReadonlyArray<SourceProblem>, SourceError | DatabaseError>
  /** The aspects that the text states; those that it does not are no part of the schema. */
  readonly states: ReadonlyArray<Aspect>
  /** What of the text a plan has to judge, given what was read back after {@link load}. */
  readonly doubts?: (catalog: Catalog) => ReadonlyArray<Doubt>
  /** The renames that the text declares, given the same. */
  readonly declared?: (catalog: Catalog) => Effect.Effect<ReadonlyArray<DeclaredRename>, SourceError>
  /** What it does has transactions of its own, and is committed: it is loaded outside of any. */
  readonly commits?: true
  /** The part of a ground that it does not make itself, and can be loaded on; all of it where this is absent. */
  readonly beside?: (ground: Catalog) => Catalog
}

/** The migration files of another tool, found and in their order. */
export interface Migrations {
  /** What errors call the whole: the folder. */
  readonly source: string
  /** The tool and what else decides how the texts are run. */
  readonly form: ReadonlyArray<string>
  readonly texts: ReadonlyArray<SourceText>
  /** Which tool's they were taken for, and how many there are, in a sentence. */
  readonly description: string
  /** The SQL files that were left out, in a sentence; undefined where there are none. */
  readonly left: string | undefined
  /** Parses and checks them without a database. */
  readonly schema: Effect.Effect<LoadableSchema, SourceError>
}

/** What one step did to relations that were there before the plan. */
export interface Observation {
  readonly locks: ReadonlyArray<Lock>
  readonly rewrites: ReadonlyArray<string>
  readonly scans: ReadonlyArray<string>
}

/** Watches a session that runs the steps of a plan; made when the plan's source is there and nothing of the plan has run. */
export interface Observer {
  /**
   * What may name something that was there before in a step that is about to run, in words. Where that is nothing, the step
   * will most likely do nothing to what was there.
   */
  readonly named: (step: Step) => ReadonlyArray<string>
  /** What happened since the last call, or since the observer was made. Locks are those that the transaction did not hold before. */
  readonly next: Effect.Effect<Observation, DatabaseError>
  /** To be called when a transaction has ended: its locks are gone. */
  readonly committed: Effect.Effect<void, DatabaseError>
}

/** Where and why steps run. */
export interface Circumstances {
  /** They restore a schema: what was broken in it may be broken again. */
  readonly restores?: boolean | undefined
  /** The database is a shadow: rows are there alone that the steps make. */
  readonly onShadow?: boolean
}

/** A plan, and what is known of the schemas before and after it. */
export interface PlannedChange {
  readonly plan: Plan
  readonly from: Catalog
  readonly to: Catalog
}

/** Why a plan would fail on a database, whatever the data, and what to do about it. */
export interface Obstacle {
  readonly problem: string
  readonly next: string
}

/** Another way to do what failed: convert values otherwise, commit before later steps use what was made, or without what is in the way. */
export type Remedy =
  | { readonly _tag: "Convert"; readonly conversion: Conversion }
  | { readonly _tag: "CommitFirst" }
  /** Run it once more after its savepoint is rolled back to: that was at fault. */
  | { readonly _tag: "RunAgain" }
  /** Drop what would not survive the statement, which a rename is, before it. */
  | { readonly _tag: "DropFirst"; readonly object: ObjectId }
  /** Leave out what was in the way before; see `inTheWay`. */
  | { readonly _tag: "SetAside" }

/** How long a statement may wait and run; times as PostgreSQL writes them, such as `5s`. */
export interface TimeLimits {
  /** For a lock. */
  readonly lockTimeout?: string | undefined
  readonly statementTimeout?: string | undefined
}

/** Where databases of a family keep their ledger: what is done to them, in entries that are only ever added. */
export interface LedgerStore {
  /** All entries from the first; empty where nothing was ever written. */
  readonly entries: (session: Session) => Effect.Effect<ReadonlyArray<Entry>, DatabaseError>
  /** The number and the hash of the last one. */
  readonly last: (session: Session) => Effect.Effect<Pick<Entry, "hash" | "number"> | undefined, DatabaseError>
  /** Adds one, in the transaction that is open. */
  readonly append: (session: Session, entry: Entry) => Effect.Effect<void, DatabaseError>
}

/** A family of databases. */
export class Dialect extends Context.Service<Dialect, {
  readonly name: DialectName
  /** The kind with this name; every object of a catalog of this dialect has one. */
  readonly kindOf: (kind: string) => ObjectKind
  /** The words for all kinds of objects, in the order of the registry. */
  readonly kinds: ReadonlyArray<string>
  readonly naming: Naming
  /** Reads the whole schema through the session, in a snapshot of its own unless a transaction is open. */
  readonly introspect: (session: Session) => Effect.Effect<Catalog, DatabaseError>
  /** Reads the whole schema of a database in a snapshot, on several sessions where that is faster. */
  readonly introspectDatabase: (database: Database["Service"]) => Effect.Effect<Catalog, DatabaseError>
  /** A database of the family. No connection is made before its first session, except to an embedded engine. */
  readonly connect: (
    address: DatabaseAddress
  ) => Effect.Effect<Database["Service"], SourceError | DatabaseError, Scope.Scope>
  /** Reads the text of a SQL file, or of all top-level `*.lp.sql` of a folder in the order of their names. */
  readonly readFiles: (path: string) => Effect.Effect<ReadonlyArray<SourceText>, SourceError>
  /** Finds the migration files of another tool: `DIR`, or `TOOL:DIR` where the folder does not say whose it is. */
  readonly readMigrations: (text: string) => Effect.Effect<Migrations, SourceError>
  /** Parses and checks SQL files without a database. `source` is what errors call the whole. */
  readonly readSql: (
    source: string,
    files: ReadonlyArray<SourceText>
  ) => Effect.Effect<LoadableSchema, SourceError>
  /** Decodes and checks schema JSON without a database. */
  readonly readJson: (file: SourceText) => Effect.Effect<LoadableSchema, SourceError>
  /** A catalog as schema JSON, which {@link readJson} reads without loss; what the census names is not in it. */
  readonly encodeJson: (catalog: Catalog) => string
  /** Changes whenever the same text or database would be read as another catalog. */
  readonly fingerprint: string
  /** The catalog without what a server of this major version cannot have. */
  readonly asOfMajor: (catalog: Catalog, major: number) => Catalog
  /** Statements at the begin of every transaction in which steps run. */
  readonly settings: (limits: TimeLimits) => ReadonlyArray<string>
  /** Keeps other runs of Lockplane away until the session's transaction ends. `waits` is told where one is at work. */
  readonly keepOthersOut: (session: Session, waits: Effect.Effect<void>) => Effect.Effect<void, DatabaseError>
  /**
   * To be asked for before steps run, in their transaction; what it gives tells, after them, what they left behind that the
   * database does not refuse by itself, in sentences.
   */
  readonly guard: (
    session: Session,
    steps: ReadonlyArray<Step>,
    circumstances?: Circumstances
  ) => Effect.Effect<Effect.Effect<ReadonlyArray<string>, DatabaseError>, DatabaseError>
  /** Watches what statements lock, write anew and read; see {@link Observer}. */
  readonly observe: (session: Session) => Effect.Effect<Observer, DatabaseError>
  /**
   * One script that runs statements in their order and does what they would do one by one, with less work for the database;
   * undefined where one of them may do something else in it. Absent where there is no less work.
   */
  readonly atOnce?: (statements: ReadonlyArray<string>) => string | undefined
  /** Codes of hazards that a step does not have after all, since it has run on this session of a shadow; absent where there are none. */
  readonly rulesOut?: (session: Session, step: Step) => Effect.Effect<ReadonlyArray<string>, DatabaseError>
  /** How many locks the session's transaction holds; the database has room for so many only. */
  readonly locksHeld: (session: Session) => Effect.Effect<number, DatabaseError>
  /** What stands in the way of a plan on this database, for the user of the session. */
  readonly obstacles: (session: Session, plan: PlannedChange) => Effect.Effect<ReadonlyArray<Obstacle>, DatabaseError>
  /** The objects of a schema that cannot be used, and because of which the database refuses to rename others. */
  readonly inTheWay?: (session: Session, catalog: Catalog) => Effect.Effect<ReadonlySet<ObjectId>, DatabaseError>
  /** What the database takes and nobody can use, by the object, in sentences. */
  readonly flaws?: (catalog: Catalog) => ReadonlyMap<ObjectId, string>
  /** What the columns of each view are called, where no object says so. */
  readonly viewColumns?: (
    session: Session
  ) => Effect.Effect<ReadonlyMap<ObjectId, ReadonlyArray<string>>, DatabaseError>
  /** An error of a step in words of the schema, where the step's statements use names that nobody else knows. */
  readonly inWords?: (step: Step, error: DatabaseError) => DatabaseError
  /** What to do about an error of a step on the shadow, where trying otherwise can help. */
  readonly remedy: (error: DatabaseError) => Remedy | undefined
  /**
   * What the statements of each step remove together with rows or values, or change in them, beyond what the step declares, in
   * plain words: by their text, and by the schema that the plan begins on, if it is known.
   */
  readonly lossesIn: (
    steps: ReadonlyArray<Step>,
    before?: Catalog
  ) => Effect.Effect<ReadonlyArray<ReadonlyArray<string>>, DatabaseError>
  /** The catalog with owners and roles as the database of `base` has them, where it does not name its own. */
  readonly onFooting: (catalog: Catalog, base: Catalog) => Catalog
  /** The roles that the objects of a catalog name, compared or not. */
  readonly rolesOf: (catalog: Catalog) => ReadonlyArray<string>
  /** The roles that SQL statements name, besides those that they create. */
  readonly rolesIn: (statements: ReadonlyArray<string>) => Effect.Effect<ReadonlyArray<string>, DatabaseError>
  /** Those of the roles that the server does not have. */
  readonly missingRoles: (
    session: Session,
    roles: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<string>, DatabaseError>
  /** On a shadow: makes the roles that are not there, and acts as the one that a plan will run as, as far as it is known. */
  readonly actAs: (
    session: Session,
    roles: ReadonlyArray<string>,
    reader?: string
  ) => Effect.Effect<void, DatabaseError>
  /** Where databases of the family keep their ledger; absent where they keep none. */
  readonly ledger?: LedgerStore
  /** The names of the extensions that SQL statements create. */
  readonly extensionsIn: (statements: ReadonlyArray<string>) => ReadonlyArray<string>
  /** The names of the extensions that a catalog's schema creates. */
  readonly extensionsOf: (catalog: Catalog) => ReadonlyArray<string>
}>()("lockplane/Dialect") {}
