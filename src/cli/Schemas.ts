/** The schemas that commands name: read from where they are said to be, with what cannot be managed told by name. */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type * as Stdio from "effect/Stdio"
import type { Catalog, UnmanagedObject } from "../Catalog.ts"
import type { CatalogCache } from "../CatalogCache.ts"
import type { DatabaseAddress, Dialect } from "../Dialect.ts"
import { redactUrl } from "../engine/ConnectionUrl.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { progress } from "../Progress.ts"
import type { Shadow } from "../Shadow.ts"
import * as Source from "../Source.ts"
import type { SourceError } from "../SourceError.ts"
import { Refused, Usage } from "./Failure.ts"
import { say } from "./Output.ts"

/** What reading a schema can need and fail with. */
export type Reading<A> = Effect.Effect<
  A,
  SourceError | DatabaseError | Refused | Usage,
  Dialect | Shadow | CatalogCache | FileSystem.FileSystem | Stdio.Stdio
>

const names = (objects: ReadonlyArray<UnmanagedObject>): string =>
  objects.map(({ kind, name }) => `  ${kind} ${name}`).join("\n")

const count = (n: number): string => n === 1 ? "an object" : `${n} objects`

/** A schema as it is. Objects of a database that Lockplane does not manage are told, and left alone. */
export const present = (text: string): Reading<Catalog> =>
  Effect.tap(Source.load(Source.parse(text)), ({ unmanaged }) =>
    unmanaged.length === 0 ? Effect.void : say(
      `${redactUrl(text)} holds ${count(unmanaged.length)} that Lockplane does not manage. Nothing is done about:\n${
        names(unmanaged)
      }`
    ))

/** A schema that is wanted. Fails where it holds what Lockplane cannot make. */
export const wanted = (text: string): Reading<Catalog> =>
  Effect.flatMap(Source.load(Source.parse(text)), (catalog) =>
    catalog.unmanaged.length === 0
      ? Effect.succeed(catalog)
      : Effect.fail(
        new Refused({
          detail: `${redactUrl(text)} holds ${count(catalog.unmanaged.length)} that Lockplane cannot make:\n${
            names(catalog.unmanaged)
          }`,
          next: "Take them out of the wanted schema, or make them by hand."
        })
      ))

/** Both schemas, read at the same time. */
export const both = (from: string, to: string): Reading<{ readonly from: Catalog; readonly to: Catalog }> =>
  from === "-" && to === "-"
    ? Effect.fail(
      new Usage({ detail: "both schemas are to come from standard input", next: "Name a file for one of them." })
    )
    : Effect.andThen(
      progress("read", 1, 1, `${redactUrl(from)} and ${redactUrl(to)}`),
      Effect.all({ from: present(from), to: wanted(to) }, { concurrency: 2 })
    )

/** The database of someone who has set nothing. */
export const defaultTarget = "postgres://lockplane:lockplane@localhost:5432/lockplane?sslmode=disable"

/** The URL of the database to work on: as given, else `DATABASE_URL`, else {@link defaultTarget}. */
export const targetUrl = (given: Option.Option<string>): Effect.Effect<string> =>
  Option.match(given, {
    onSome: Effect.succeed,
    onNone: () =>
      Effect.map(Effect.option(Config.String("DATABASE_URL")), (url) =>
        Option.getOrElse(Option.filter(url, (text) => text !== ""), () => defaultTarget))
  })

/** The address of a database that plans can run on. */
export const addressOf = (text: string): Effect.Effect<DatabaseAddress, Usage> => {
  const source = Source.parse(text)
  switch (source._tag) {
    case "Server":
    case "Embedded":
      return Effect.succeed(source)
    case "Environment":
      return Effect.fail(
        new Usage({ detail: "environments are not available in this version", next: "Name the database by its URL." })
      )
    default:
      return Effect.fail(
        new Usage({
          detail: `${redactUrl(text)} is not a database that a plan can run on`,
          next: "Write the target as postgres://user:password@host:5432/database, or pglite:DIR."
        })
      )
  }
}
