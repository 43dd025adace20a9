/** Times for locks, as PostgreSQL writes them. */
import { expect, test } from "bun:test"
import { milliseconds } from "../../src/sqlite/Connection.ts"

test.each(
  [
    ["5s", 5000],
    ["1min", 60_000],
    ["250ms", 250],
    ["250", 250],
    ["1.5 s", 1500],
    ["2h", 7_200_000],
    // without end, as far as SQLite can count
    ["0", 2 ** 31 - 1],
    ["60d", 2 ** 31 - 1],
    ["soon", undefined],
    ["5 parsec", undefined],
    ["-1s", undefined],
    ["", undefined]
  ] satisfies ReadonlyArray<[string, number | undefined]>
)("a lock timeout of %j is %p ms", (text, expected) => {
  expect(milliseconds(text)).toBe(expected)
})
