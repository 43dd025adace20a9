import { describe, expect, test } from "bun:test"
import { kinds } from "../../../src/postgres/kinds/registry.ts"
import { changes, waysIn } from "./changes.ts"

describe("the examples of changes", () => {
  test("are of every kind and of no other", () =>
    expect(Object.keys(changes).toSorted()).toEqual(kinds.map(({ kind }) => kind).toSorted()))

  for (const kind of kinds) {
    test(`of ${kind.kind} go different ways`, () => {
      const ways = waysIn(kind)
      expect(new Set(ways).size).toBe(ways.length)
    })
  }
})
