/** SHA-256 and chance, by the runtime's own implementation: that of Bun, Deno and Node alike, and ten times as fast as JavaScript. */
import { createHash, randomBytes } from "node:crypto"

/** The SHA-256 of the text's UTF-8 bytes as 64 hex digits. */
export const sha256Hex = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex")

/** So many bytes that nobody can foretell, as two hex digits each. */
export const randomHex = (bytes: number): string => randomBytes(bytes).toString("hex")
