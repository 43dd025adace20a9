/** What `lockplane shadow` tells: what was lent, what the project holds, and what others do. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { redactUrl } from "../engine/ConnectionUrl.ts"
import * as Checkout from "../shadow/Checkout.ts"
import type { LeaseState } from "../shadow/LeaseState.ts"
import { describeHolder, type Reservation } from "../shadow/Reservation.ts"
import { data, json, say } from "./Output.ts"

/** What other tools are given. */
const shown = (
  { created_at, environment, expires_at, shadow_file, shadow_schema, shadow_url, token }: Checkout.Lease
) => ({
  ...(environment === undefined ? {} : { environment }),
  shadow_url,
  ...(shadow_file === undefined ? {} : { shadow_file }),
  ...(shadow_schema === undefined ? {} : { shadow_schema }),
  token,
  created_at,
  expires_at
})

/** What somebody who takes a shadow should know. */
export const warn = Effect.fnUntraced(function*(
  { setAside, takenFrom }: { readonly setAside?: string | undefined; readonly takenFrom?: Reservation | undefined }
) {
  if (setAside !== undefined) {
    yield* say(`warning: what this project held is not known: the file that said so is damaged. It is ${setAside} now.`)
  }
  if (takenFrom !== undefined) {
    yield* say(
      `warning: it was taken from ${describeHolder(takenFrom.holder)}, who held it since ${takenFrom.created_at}.`
    )
  }
})

/** Gives a shadow out. The token of a libSQL server is not in its URL: `tokenFrom` says where it is set. */
export const hand = Effect.fnUntraced(function*(lease: Checkout.Lease, tokenFrom?: string) {
  yield* say(
    `An empty shadow database is yours until ${lease.expires_at}. Fill it, then run lockplane shadow diff; give it back with lockplane shadow release.`
  )
  if (tokenFrom !== undefined) {
    yield* say(
      `The URL is without the token of the server, which the tool needs as well: it is in ${tokenFrom}. The token below is that of the reservation.`
    )
  }
  yield* json(shown(lease))
})

/** Says whether a shadow was given back. */
export const tellReleased = Effect.fnUntraced(function*(released: boolean) {
  yield* say(released ? "The shadow database is released, and empty." : "The shadow database was not held any more.")
  yield* json({ released })
})

/** What the project holds, as status tells it. */
export const ownState = Effect.fn("ShadowReport.ownState")(function*<R>(
  project: string,
  become: (lease: Checkout.Lease) => Effect.Effect<LeaseState, never, R>
) {
  const remembered = yield* Effect.match(Checkout.find(project), {
    onSuccess: (lease) => ({ lease, error: undefined }),
    onFailure: (error) => ({ lease: Option.none<Checkout.Lease>(), error })
  })
  if (remembered.error !== undefined) {
    return {
      own: { state: "unknown" as const },
      line: `What this project holds is not known: ${remembered.error.message}`
    }
  }
  if (Option.isNone(remembered.lease)) return { own: null, line: "This project holds no shadow database." }
  const lease = remembered.lease.value
  const found = yield* become(lease)
  const expires_at = found.state === "held" ? found.reservation.expires_at : lease.expires_at
  const { shadow_url, token: _, ...rest } = shown({ ...lease, expires_at })
  const url = redactUrl(shadow_url)
  const place = lease.shadow_schema === undefined ? url : `the schema ${lease.shadow_schema} of ${url}`
  const why = found.state === "held" ? undefined : found.why
  const lines = {
    held: `This project holds ${place} until ${expires_at}.`,
    busy: `This project holds ${place}, which is busy: ${why}.`,
    over: `This project does not hold ${place} any more: ${why}.`,
    unreachable: `This project took ${place}, which cannot be reached now: ${why}`
  }
  return {
    own: {
      ...rest,
      shadow_url: url,
      state: found.state,
      ...(why === undefined ? {} : { detail: why })
    },
    line: lines[found.state]
  }
})

/** A shadow that others may hold. */
export interface Holding {
  readonly place: string
  readonly made: boolean
  readonly reservation: Reservation | undefined
}

/** Prints what the project holds, and what others do; `where` says of which place these are. */
export const printStatus = (
  format: "text" | "json",
  { line, own }: { readonly line: string; readonly own: object | null },
  where: string,
  holdings: ReadonlyArray<Holding>
) =>
  format === "json"
    ? json({
      own,
      shadows: holdings.map(({ made, place, reservation }) => ({
        place,
        made,
        ...(reservation === undefined ? { held: false } : {
          held: true,
          holder: reservation.holder,
          created_at: reservation.created_at,
          expires_at: reservation.expires_at
        })
      }))
    })
    : data([
      line,
      where,
      ...holdings.map(({ place, reservation }) =>
        `  ${place}: ${
          reservation === undefined
            ? "free"
            : `held by ${
              describeHolder(reservation.holder)
            } since ${reservation.created_at}, until ${reservation.expires_at}`
        }`
      )
    ].join("\n"))
