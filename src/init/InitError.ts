/** Why a project cannot be set up, or a file of it not be changed. */
import * as Schema from "effect/Schema"

/** What cannot be done, with its place, and what to do about it. Nothing was written. */
export class InitError extends Schema.TaggedError<InitError>()("InitError", {
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `${this.detail}\n${this.next}`
  }
}
