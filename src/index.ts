/**
 * Lockplane as a library: each stage from a schema to a migrated database is a function that returns an Effect. A stage
 * asks for services; `Lockplane.layer` on `Platform.layer` has all of them.
 *
 * @module
 */

/** Putting two schemas in one spelling. */
export * as Canonical from "./Canonical.ts"
/** A schema as data, and its hash. */
export * as Catalog from "./Catalog.ts"
/** What was read before, kept on disk. */
export * as CatalogCache from "./CatalogCache.ts"
/** Connections and sessions. */
export * as Database from "./engine/Database.ts"
/** What a database refused. */
export * as DatabaseError from "./engine/DatabaseError.ts"
/** Changes in plain words. */
export * as Description from "./Description.ts"
/** The one interface to a family of databases. */
export * as Dialect from "./Dialect.ts"
/** What differs between two schemas. */
export * as Diff from "./Diff.ts"
/** The databases that a project has names for. */
export * as Environments from "./Environments.ts"
/** Running a plan. */
export * as Executor from "./Executor.ts"
/** A plan in words. */
export * as Explain from "./Explain.ts"
/** What was done to a database, kept in it. */
export * as Ledger from "./Ledger.ts"
/** The entries of a ledger. */
export * as LedgerEntry from "./LedgerEntry.ts"
/** All services of the stages in one layer. */
export * as Lockplane from "./Lockplane.ts"
/** What is managed of a schema. */
export * as ManagedScope from "./ManagedScope.ts"
/** The plan document. */
export * as Plan from "./Plan.ts"
/** Plan files. */
export * as PlanJson from "./PlanJson.ts"
/** From a difference to steps. */
export * as Planner from "./Planner.ts"
/** Files, paths, streams and processes, on Bun, Deno and Node. */
export * as Platform from "./platform.ts"
/** A plan before it runs. */
export * as Preflight from "./Preflight.ts"
/** Where long work is. */
export * as Progress from "./Progress.ts"
/** The proof of a plan. */
export * as Prover from "./Prover.ts"
/** Plans that run on a shadow, and back. */
export * as Rehearsal from "./Rehearsal.ts"
/** The steps of a plan on a shadow, and why they prove nothing. */
export * as StepRun from "./StepRun.ts"
/** Things that get other names. */
export * as Renames from "./Renames.ts"
/** The way back. */
export * as Rollback from "./Rollback.ts"
/** Borrowing shadow databases from servers, as scoped resources. */
export * as Reservations from "./shadow/Reservations.ts"
/** A SQLite file as shadow. */
export * as FileShadow from "./shadow/FileShadow.ts"
/** A server as shadow. */
export * as ServerShadow from "./shadow/ServerShadow.ts"
/** Empty databases to try things on. */
export * as Shadow from "./Shadow.ts"
/** What a family of databases can do so that shadows are borrowed from it. */
export * as ShadowHost from "./ShadowHost.ts"
/** What is in force for an environment, and where each value comes from. */
export * as Settings from "./config/Settings.ts"
/** Where a schema comes from. */
export * as Source from "./Source.ts"
/** Why a schema could not be read. */
export * as SourceError from "./SourceError.ts"
/** A schema as declarative SQL. */
export * as SchemaSql from "./SchemaSql.ts"
/** The safety report of a plan. */
export * as Validator from "./Validator.ts"
/** The version of Lockplane. */
export { version } from "./version.ts"
