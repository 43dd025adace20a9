/** Who holds a shadow database until when, as it is written into the mark of that database. Pure. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { sha256Hex } from "../Digest.ts"
import type { Place } from "../ShadowHost.ts"

/** Who holds it. */
export const Holder = Schema.Struct({
  user: Schema.String,
  host: Schema.String,
  process: Schema.Int,
  /** The folder of the project. */
  checkout: Schema.String
})
/** Who holds it. */
export type Holder = typeof Holder.Type

/** What the mark says of the one who holds the database. */
export const Reservation = Schema.Struct({
  holder: Holder,
  /** SHA-256 of the token that the holder has. */
  token: Schema.String,
  created_at: Schema.String,
  expires_at: Schema.String
})
/** What the mark says of the one who holds the database. */
export type Reservation = typeof Reservation.Type

/** What a marked database says of itself. */
export const Mark = Schema.Struct({
  version: Schema.Literal(1),
  /** True where Lockplane made the database, so that it drops it as well. */
  made: Schema.Boolean,
  reservation: Schema.optionalKey(Reservation),
  /** What told the database from every other when it was reserved, where that does not go along with a copy of it. */
  identity: Schema.optionalKey(Schema.Array(Schema.String))
})
/** What a marked database says of itself. */
export type Mark = typeof Mark.Type

const MarkText = Schema.fromJsonString(Mark)
const decodeMark = Schema.decodeUnknownOption(MarkText)
const encodeMark = Schema.encodeSync(MarkText)

/** The mark in a text; undefined for one that cannot be read, which is then nobody's. */
export const readMark = (text: string | undefined): Mark | undefined => Option.getOrUndefined(decodeMark(text))

/** The text of a mark. */
export const markText = (mark: Mark): string => encodeMark(mark)

/** What is kept of a token where others can read it. */
export const tokenDigest = (token: string): string => sha256Hex(token)

/** The reservation while it lasts, by the clock of its server in milliseconds since 1970. */
export const lasting = (mark: Mark | undefined, now: number): Reservation | undefined =>
  mark?.reservation !== undefined && Date.parse(mark.reservation.expires_at) > now ? mark.reservation : undefined

/** A reservation from now on. */
export const reservation = (holder: Holder, token: string, now: number, minutes: number): Reservation => ({
  holder,
  token: tokenDigest(token),
  created_at: new Date(now).toISOString(),
  expires_at: new Date(now + minutes * 60_000).toISOString()
})

/** The holder as people read it: `ann on laptop (/home/ann/shop, process 4711)`. */
export const describeHolder = ({ checkout, host, process, user }: Holder): string =>
  `${user} on ${host} (${checkout}, process ${process})`

/** What is lent as people read it: `database shop_shadow`, `schema lockplane_shadow of database shop`. */
export const describePlace = ({ database, schema }: Place): string =>
  schema === undefined ? `database ${database}` : `schema ${schema} of database ${database}`

/** Somebody else holds the shadow database. */
export class ShadowHeld extends Schema.TaggedError<ShadowHeld>()("ShadowHeld", {
  /** See {@link describePlace}. */
  place: Schema.String,
  reservation: Reservation
}) {
  override get message(): string {
    const { created_at, expires_at, holder } = this.reservation
    return [
      `the shadow ${this.place} is held by ${describeHolder(holder)} since ${created_at}, until ${expires_at}.`,
      "Wait until it is released, ask them for lockplane shadow release, or take it with lockplane shadow prepare --force: what is in it is then lost."
    ].join("\n")
  }
}

/** The database is not known to be a shadow, and holds something: it is not emptied. */
export class NotAShadow extends Schema.TaggedError<NotAShadow>()("NotAShadow", {
  /** See {@link describePlace}. */
  place: Schema.String,
  /** What names it after `--force`: its own name. */
  name: Schema.String,
  /** Some of what it holds. */
  holds: Schema.Array(Schema.String),
  count: Schema.Int,
  /** True where it carries a mark, which may have come with a copy of a shadow. */
  marked: Schema.optionalKey(Schema.Boolean),
  /** Targets that could not be asked whether it is theirs, where that alone stands in the way. */
  unreachable: Schema.optionalKey(Schema.Array(Schema.String))
}) {
  override get message(): string {
    const more = this.count - this.holds.length
    return [
      this.marked === true
        ? `the ${this.place} is not empty. It carries Lockplane's mark of a shadow database, which may have come with a copy of one. It holds:`
        : `the ${this.place} is not empty and does not carry Lockplane's mark of a shadow database. It holds:`,
      ...this.holds.map((name) => `  ${name}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
      this.unreachable === undefined
        ? `Nothing was changed. Name an empty one as shadow; if everything in it can go, run: lockplane shadow prepare ${this.name} --force`
        : `Nothing was changed: it may belong to ${
          this.unreachable.join(", ")
        }, which cannot be reached, or not be asked for certain, to rule that out. Correct that URL or its token, or empty the shadow by hand.`
    ].join("\n")
  }
}

/** The shadow database is a database that is worked on. */
export class ShadowIsTarget extends Schema.TaggedError<ShadowIsTarget>()("ShadowIsTarget", {
  /** See {@link describePlace}. */
  place: Schema.String,
  target: Schema.String,
  /** How to have another shadow. */
  elsewhere: Schema.String
}) {
  override get message(): string {
    return [
      `the shadow ${this.place} belongs to ${this.target}: to clean it would remove everything there.`,
      `Nothing was changed. ${this.elsewhere} No --force does it.`
    ].join("\n")
  }
}

/** Something is left in a shadow database that was to be emptied. */
export class NotClean extends Schema.TaggedError<NotClean>()("NotClean", {
  /** See {@link describePlace}. */
  place: Schema.String,
  left: Schema.Array(Schema.String),
  /** How to have another shadow. */
  elsewhere: Schema.String
}) {
  override get message(): string {
    return [
      `the shadow ${this.place} cannot be emptied. What is left:`,
      ...this.left.map((name) => `  ${name}`),
      `Remove it by hand. Or: ${this.elsewhere}`
    ].join("\n")
  }
}

/** The shadow database cannot be marked, so that nobody would know who holds it. */
export class NotMarkable extends Schema.TaggedError<NotMarkable>()("NotMarkable", {
  /** See {@link describePlace}. */
  place: Schema.String,
  reason: Schema.String,
  /** What its user needs. */
  next: Schema.String
}) {
  override get message(): string {
    return [
      `the shadow ${this.place} cannot be reserved: ${this.reason.replace(/\.$/, "")}.`,
      `${this.next} Nothing was changed.`
    ].join("\n")
  }
}
