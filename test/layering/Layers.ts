/** The house rules of src/ as data: which layer a module belongs to, what a layer may import, and the named exceptions. */

/** The layers of the design, from the data at the bottom to the skins at the top. */
export type Layer =
  | "data"
  | "platform"
  | "engine"
  | "interface"
  | "postgres"
  | "sqlite"
  | "stage"
  | "translation"
  | "config"
  | "init"
  | "api"
  | "cli"
  | "mcp"

/** Modules directly in src/. One that is not listed fails the check: decide its layer and add it here. */
export const modules: Readonly<Record<string, Layer>> = {
  "Catalog.ts": "data",
  "ManagedScope.ts": "data",
  "MigrationVersion.ts": "data",
  "ObjectPattern.ts": "data",
  "Surroundings.ts": "data",
  "Digest.ts": "data",
  "JsonText.ts": "data",
  "LedgerEntry.ts": "data",
  "LibsqlUrl.ts": "data",
  "Plan.ts": "data",
  "SourceError.ts": "data",
  "version.ts": "data",
  "CacheFolder.ts": "data",
  "CatalogCache.ts": "interface",
  "platform.ts": "platform",
  "Dialect.ts": "interface",
  "Environments.ts": "interface",
  "Source.ts": "stage",
  "Canonical.ts": "stage",
  "Description.ts": "stage",
  "Explain.ts": "stage",
  "PlanJson.ts": "data",
  "Preflight.ts": "stage",
  "Progress.ts": "interface",
  "SchemaDocument.ts": "data",
  "SchemaSql.ts": "stage",
  "Lockplane.ts": "api",
  "Diff.ts": "stage",
  "Planner.ts": "stage",
  "Prover.ts": "stage",
  "Rehearsal.ts": "stage",
  "StepRun.ts": "stage",
  "StepWatch.ts": "stage",
  "Renames.ts": "stage",
  "Validator.ts": "stage",
  "Executor.ts": "stage",
  "Rollback.ts": "stage",
  "Ledger.ts": "stage",
  "Shadow.ts": "interface",
  "ShadowHost.ts": "interface",
  "ReservedShadow.ts": "interface",
  "index.ts": "api"
}

/** Folders directly in src/. */
export const folders: Readonly<Record<string, Layer>> = {
  text: "data",
  migrations: "interface",
  planning: "stage",
  export: "stage",
  translation: "translation",
  shadow: "stage",
  init: "init",
  engine: "engine",
  postgres: "postgres",
  sqlite: "sqlite",
  config: "config",
  cli: "cli",
  mcp: "mcp"
}

/** What each layer may import besides itself. A dialect sees the interfaces that it implements; a stage sees only those. */
export const allowed: Readonly<Record<Layer, ReadonlyArray<Layer>>> = {
  data: [],
  platform: [],
  engine: ["data"],
  interface: ["data", "engine"],
  postgres: ["data", "engine", "interface"],
  sqlite: ["data", "engine", "interface"],
  stage: ["data", "engine", "interface"],
  // between the dialects: the one module that knows both
  translation: ["data", "engine", "interface", "postgres", "sqlite", "stage"],
  config: ["data", "interface"],
  init: ["data", "engine", "interface", "stage", "config"],
  api: ["data", "platform", "engine", "interface", "postgres", "sqlite", "stage", "translation", "config"],
  cli: [
    "data",
    "platform",
    "engine",
    "interface",
    "postgres",
    "sqlite",
    "stage",
    "translation",
    "config",
    "init",
    "api",
    "mcp"
  ],
  mcp: ["data", "platform", "engine", "interface", "postgres", "sqlite", "stage", "translation", "config", "api"]
}

/** Packages that stay behind one wall: the specifier, or the start of one, and the only layers that may name it. */
export const packages: ReadonlyArray<readonly [start: string, layers: ReadonlyArray<Layer>]> = [
  ["postgres", ["engine"]],
  ["@electric-sql/pglite", ["engine"]],
  ["libsql", ["engine"]],
  ["@libsql/hrana-client", ["engine"]],
  ["libpg-query", ["postgres"]],
  ["smol-toml", ["config", "init"]],
  ["yaml", ["init"]],
  ["@effect/platform-node-shared/NodeSocket", ["engine"]],
  ["@effect/platform-node-shared/NodeSocketServer", ["engine"]],
  ["@effect/platform-node-shared", ["platform"]]
]

/** Globals that belong to a runtime, not to the language or the web platform. */
export const runtimeGlobals: ReadonlySet<string> = new Set([
  "Bun",
  "Deno",
  "process",
  "Buffer",
  "require",
  "__dirname",
  "__filename"
])

/** An exception to a rule: the file, what it may use there, and why. One that is no longer used fails the check. */
export interface Exception {
  readonly file: string
  readonly uses: string
  readonly reason: string
}

/** `node:` modules and runtime globals that Bun, Deno and Node share, and the files that may use them. */
export const runtimeExceptions: ReadonlyArray<Exception> = [
  {
    file: "Digest.ts",
    uses: "node:crypto",
    reason:
      "schemas of megabytes are hashed at every turn, and createHash takes a tenth of the time; the three runtimes have it"
  },
  {
    file: "engine/EmbeddedTemplate.ts",
    uses: "process",
    reason: "process.pid makes the name of a temporary file its own; the three runtimes have it"
  },
  {
    file: "engine/ProcessLock.ts",
    uses: "process",
    reason: "a lock file names its process; process.pid and process.kill(pid, 0) are the same in the three runtimes"
  },
  {
    file: "engine/Whoami.ts",
    uses: "node:os",
    reason: "the names of the user and the machine, for whoever waits for a shadow; the three runtimes have it"
  },
  {
    file: "engine/Whoami.ts",
    uses: "process",
    reason: "process.pid and process.getuid; the same in the three runtimes"
  },
  {
    file: "init/compose/Listening.ts",
    uses: "node:net",
    reason: "asks whether a port of this machine is taken, which only a connection tells; the three runtimes have it"
  },
  ...["node:child_process", "node:fs", "process"].map((uses) => ({
    file: "engine/Background.ts",
    uses,
    reason: "a process that outlives its parent writes to an open file and is of no scope; the three runtimes have it"
  })),
  {
    file: "engine/PostgresDatabase.ts",
    uses: "node:fs/promises",
    reason: "reads the certificate files that a connection URL names; the three runtimes have it"
  }
]

/** String literals with CASCADE that are not SQL to be run. `uses` is the whole literal. */
export const cascadeExceptions: ReadonlyArray<Exception> = []
