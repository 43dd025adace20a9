/** What another tool has made in the SQLite file that a project holds as its shadow. */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import type * as Path from "effect/Path"
import { Dialect } from "../Dialect.ts"
import { ReservedShadow } from "../ReservedShadow.ts"
import { SourceError } from "../SourceError.ts"
import * as Checkout from "./Checkout.ts"
import * as FileLoans from "./FileLoans.ts"
import { loanOf } from "./FilePrepare.ts"

/** A shadow is prolonged by so many minutes when it is read. */
const minutes = 60

const over = (detail: string, next: string): SourceError =>
  new SourceError({ source: "shadow", reason: "missing", detail, next })

const read = Effect.fn("FileCatalog.read")(function*(project: string) {
  const dialect = yield* Dialect
  const lease = yield* Effect.mapError(Checkout.current(project), ({ detail, next }) => over(detail, next))
  const loan = loanOf(lease)
  if (loan === undefined) {
    return yield* over(
      `the shadow of this project is of ${Checkout.sortOf(lease)}, and this is about SQLite files`,
      "Give it back with lockplane shadow release, and run lockplane shadow prepare for the other environment"
    )
  }
  const held = yield* FileLoans.renew(loan, minutes)
  if (held === undefined) {
    return yield* over(
      `the shadow of this project is not held any more: ${yield* FileLoans.whyOver(loan, lease.expires_at)}`,
      "Run lockplane shadow prepare and fill it again"
    )
  }
  yield* Effect.ignore(Checkout.remember(project, { ...lease, expires_at: held.expires_at }))
  const { addresses: _, attached: __, reader: ___, ...catalog } = yield* Effect.scoped(
    Effect.flatMap(dialect.connect({ _tag: "Sqlite", location: loan.file }), dialect.introspectDatabase)
  )
  return { ...catalog, states: [] }
})

/** {@link ReservedShadow} of the project in a folder, whose shadow is a file. */
export const layer = (project: string): Layer.Layer<ReservedShadow, never, FileSystem.FileSystem | Path.Path> =>
  Layer.effect(
    ReservedShadow,
    Effect.map(Effect.context<FileSystem.FileSystem | Path.Path>(), (services) => ({
      catalog: Effect.provide(read(project), services)
    }))
  )
