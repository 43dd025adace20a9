/** What drivers hand over of an ErrorResponse or NoticeResponse, read without trusting its shape. */
import type { Notice } from "./Database.ts"
import { DatabaseError } from "./DatabaseError.ts"

/** The named field of a driver's object when it is text that is not empty. */
export const field = (source: unknown, name: string): string | undefined => {
  if (typeof source !== "object" || source === null) return undefined
  const value: unknown = Reflect.get(source, name)
  return typeof value === "string" && value !== "" ? value : undefined
}

/** The error of a failed statement. Takes the driver's error as it was thrown (PostgreSQL manual, "Error and Notice Message Fields"). */
export const statementError = (cause: unknown, sql: string): DatabaseError => {
  const position = Number(field(cause, "position"))
  const optional = { detail: field(cause, "detail"), hint: field(cause, "hint"), where: field(cause, "where") }
  return new DatabaseError({
    code: field(cause, "code") ?? "XX000",
    message: field(cause, "message") ?? String(cause),
    ...(optional.detail === undefined ? {} : { detail: optional.detail }),
    ...(optional.hint === undefined ? {} : { hint: optional.hint }),
    ...(optional.where === undefined ? {} : { where: optional.where }),
    ...(Number.isInteger(position) ? { position } : {}),
    sql
  })
}

/** A notice as sessions report it. */
export const notice = (message: unknown): Notice => ({
  severity: field(message, "severity") ?? "NOTICE",
  code: field(message, "code") ?? "00000",
  message: field(message, "message") ?? ""
})
