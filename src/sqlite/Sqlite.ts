/** SQLite and libSQL as a {@link Dialect}: what the stages ask of it, put together. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as Scope from "effect/Scope"
import { type DatabaseAddress, Dialect } from "../Dialect.ts"
import { SourceError } from "../SourceError.ts"
import { readFiles } from "../text/SourceFiles.ts"
import { connect } from "./Connection.ts"
import { guard, inTheWay, remedy, viewColumns } from "./Integrity.ts"
import { introspect } from "./Introspection.ts"
import { kinds, knownKind } from "./kinds/registry.ts"
import { ledger } from "./Ledger.ts"
import { undeclaredLosses } from "./Losses.ts"
import { readMigrations } from "./migrations/Migrations.ts"
import { naming } from "./Naming.ts"
import { observe } from "./Observation.ts"
import { obstacles } from "./Probes.ts"
import { encodeJson } from "./SchemaJson.ts"
import { readJson, readSql } from "./SchemaText.ts"
import { inWords } from "./StepErrors.ts"
import { unfitKeys } from "./UnfitKeys.ts"

const otherFamily = Effect.fail(
  new SourceError({
    source: "the database",
    reason: "unsupported",
    detail: "a PostgreSQL database, and the rest of this command is about SQLite",
    next: "Name databases of one family; lockplane convert --dialect translates a schema between them"
  })
)

/** SQLite. */
export const layer: Layer.Layer<Dialect, never, FileSystem.FileSystem | Path.Path> = Layer.effect(
  Dialect,
  Effect.gen(function*() {
    // not the scope of this layer: what is opened closes with that of whoever asks
    const services = Context.omit(Scope.Scope)(yield* Effect.context<FileSystem.FileSystem | Path.Path>())
    return Dialect.of({
      name: "sqlite",
      kindOf: knownKind,
      kinds: kinds.map(({ kind }) => kind),
      naming,
      introspect,
      introspectDatabase: (database) => Effect.scoped(Effect.flatMap(database.session, introspect)),
      connect: (address: DatabaseAddress) => {
        switch (address._tag) {
          case "Sqlite":
          case "Libsql":
            return Effect.provide(connect(address), services)
          case "Server":
          case "Embedded":
            return otherFamily
        }
      },
      readFiles: (path) => Effect.provide(readFiles(path), services),
      readMigrations: (text) => Effect.provide(readMigrations(text), services),
      readSql,
      readJson,
      encodeJson,
      fingerprint: "1",
      asOfMajor: (catalog) => catalog,
      settings: () => [],
      // BEGIN IMMEDIATE has done that
      keepOthersOut: () => Effect.void,
      guard,
      ledger,
      observe,
      locksHeld: () => Effect.succeed(0),
      obstacles,
      inTheWay,
      viewColumns,
      flaws: unfitKeys,
      inWords,
      remedy,
      lossesIn: (steps, before) => Effect.succeed(undeclaredLosses(steps, before)),
      // SQLite has neither owners nor roles nor extensions
      onFooting: (catalog) => catalog,
      rolesOf: () => [],
      rolesIn: () => Effect.succeed([]),
      missingRoles: () => Effect.succeed([]),
      actAs: () => Effect.void,
      extensionsIn: () => [],
      extensionsOf: () => []
    })
  })
)
