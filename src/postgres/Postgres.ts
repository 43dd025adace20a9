/** PostgreSQL as a {@link Dialect}: what the stages ask of it, put together. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import * as Scope from "effect/Scope"
import type { Catalog, CatalogObject, ObjectId } from "../Catalog.ts"
import { Dialect } from "../Dialect.ts"
import { sha256Hex } from "../Digest.ts"
import { DatabaseError } from "../engine/DatabaseError.ts"
import * as EmbeddedDatabase from "../engine/EmbeddedDatabase.ts"
import * as PostgresDatabase from "../engine/PostgresDatabase.ts"
import { whole } from "../ManagedScope.ts"
import { declaredLosses, statementsOf } from "../Plan.ts"
import { SourceError } from "../SourceError.ts"
import { readFiles } from "../text/SourceFiles.ts"
import { onFooting, rolesOf } from "./Access.ts"
import { introspect, introspectDatabase } from "./Introspection.ts"
import { kindOf, kinds } from "./kinds/registry.ts"
import { isLoaded, providersIn } from "./LabelProvider.ts"
import { lossesIn } from "./Losses.ts"
import { readMigrations } from "./migrations/Migrations.ts"
import { naming } from "./Naming.ts"
import { locksHeld, observe } from "./Observation.ts"
import { obstacles } from "./Obstacles.ts"
import { remedy } from "./Remedy.ts"
import { actAs, missingRoles } from "./Roles.ts"
import { encodeJson } from "./SchemaJson.ts"
import { readJson, readSql } from "./SchemaText.ts"
import { parse } from "./sql/Parser.ts"
import { rolesNamed } from "./StatementOrder.ts"
import { atOnce, keepOthersOut, settings } from "./StepTransaction.ts"

/** A digest of the catalog queries: with other queries the same database is another catalog. */
const fingerprint = (): string =>
  sha256Hex([18, 17, 16, 15, 14].flatMap((major) => kinds.map((kind) => kind.query(major))).join("\n"))

/** The catalog without what servers of this major version do not have; the same one where that is nothing. */
const asOfMajor = (catalog: Catalog, major: number): Catalog => {
  const changed = new Map<ObjectId, CatalogObject>()
  for (const object of catalog.objects.values()) {
    const older = kindOf(object.kind)?.asOf?.(object, major) ?? object
    if (older !== object) changed.set(object.id, older)
  }
  return changed.size === 0 ? catalog : { ...catalog, objects: new Map([...catalog.objects, ...changed]) }
}

const otherFamily = (detail: string) =>
  Effect.fail(
    new SourceError({
      source: "the database",
      reason: "unsupported",
      detail,
      next: "Name databases of one family; lockplane convert --dialect translates a schema between them"
    })
  )

/** PostgreSQL. */
export const layer: Layer.Layer<Dialect, never, FileSystem.FileSystem | Path.Path> = Layer.effect(
  Dialect,
  Effect.gen(function*() {
    // without the scope of the layer: what a caller opens closes with the caller's
    const services = Context.omit(Scope.Scope)(yield* Effect.context<FileSystem.FileSystem | Path.Path>())
    return Dialect.of({
      name: "postgres",
      kindOf: (name) => {
        const kind = kindOf(name)
        // every object of a catalog was read by one of the kinds
        if (kind === undefined) throw new Error(`No kind is called ${name}`)
        return kind
      },
      kinds: kinds.map(({ kind }) => kind),
      naming,
      introspect,
      introspectDatabase,
      connect: (address) => {
        switch (address._tag) {
          case "Server":
            return PostgresDatabase.make({ url: address.url })
          case "Embedded":
            return Effect.provide(
              EmbeddedDatabase.make({
                dataDir: address.directory,
                extensions: [...EmbeddedDatabase.supportedExtensions]
              }),
              services
            )
          case "Sqlite":
          case "Libsql":
            return otherFamily("a SQLite database, and the rest of this command is about PostgreSQL")
        }
      },
      readFiles: (path) => Effect.provide(readFiles(path), services),
      readMigrations: (text) => Effect.provide(readMigrations(text), services),
      readSql,
      readJson,
      encodeJson,
      // reading a database needs none
      get fingerprint() {
        return fingerprint()
      },
      asOfMajor,
      settings,
      keepOthersOut,
      // the server refuses by itself whatever would break something
      guard: () => Effect.succeed(Effect.succeed([])),
      lossesIn: (steps) =>
        Effect.forEach(steps, (step) =>
          // it says it in other words than the statements do
          declaredLosses(step).length > 0 ? Effect.succeed([]) : lossesIn(statementsOf(step))),
      onFooting,
      rolesOf: (catalog) => rolesOf(whole(catalog).objects.values()),
      rolesIn: (statements) =>
        Effect.forEach(statements, (text) => parse({ path: "statement", text, form: "dump" })).pipe(
          Effect.map((files) => rolesNamed(files.flatMap((file) => file.statements))),
          Effect.mapError((error) => new DatabaseError({ code: "LP_PARSER", message: error.message }))
        ),
      missingRoles,
      actAs,
      extensionsIn: (statements) =>
        statements.flatMap((sql) => {
          const name = /^\s*create\s+extension\s+(?:if\s+not\s+exists\s+)?(?:"([^"]+)"|(\w+))/i.exec(sql)
          return name === null ? [] : [name[1] ?? name[2]?.toLowerCase() ?? ""]
        }),
      observe,
      atOnce,
      // a label is accepted where its provider was there
      rulesOut: (session, step) =>
        step.hazards?.some(({ code }) => code === "not_proven") === true
          ? Effect.map(
            Effect.forEach(providersIn(statementsOf(step)), (provider) => isLoaded(session, provider)),
            (loaded) => loaded.length > 0 && loaded.every(Boolean) ? ["not_proven"] : []
          )
          : Effect.succeed([]),
      locksHeld,
      obstacles,
      remedy,
      extensionsOf: (catalog) =>
        [...whole(catalog).objects.values()].flatMap(({ kind, name: [name] }) =>
          kind === "extension" && name !== undefined ? [name] : []
        )
    })
  })
)
