/**
 * What tests take from `bun:test`, by what Node and Deno have of their own: `node:test`, and the `expect` of Jest, which Bun's is
 * made after. `node.ts` and `deno.json` put it in the place of `bun:test`.
 */
import { expect } from "expect"
import * as runner from "node:test"
import { format } from "node:util"

type Body = () => void | Promise<void>

/** The groups that are being described, outermost first. */
const groups: Array<{ readonly name: string; readonly skip: boolean }> = []

const group = (name: string, skip: boolean, body: () => void): void => {
  groups.push({ name, skip })
  body()
  groups.pop()
}

const add = (name: string, skip: boolean, body: Body, timeout: number | undefined): void => {
  const full = [...groups.map(({ name }) => name), name].join(" > ")
  const options = { skip: skip || groups.some(({ skip }) => skip), ...(timeout === undefined ? {} : { timeout }) }
  void runner.test(full, options, () => body())
}

/** A group of tests, which is no more than a part of their names: every test counts alone. */
export const describe = Object.assign(
  (name: string, body: () => void): void => group(name, false, body),
  { skipIf: (skip: boolean) => (name: string, body: () => void): void => group(name, skip, body) }
)

/** A test, with the milliseconds after which it counts as hanging. */
export const test = Object.assign(
  (name: string, body: Body, timeout?: number): void => add(name, false, body, timeout),
  {
    skipIf: (skip: boolean) => (name: string, body: Body, timeout?: number): void => add(name, skip, body, timeout),
    /** A test for each row, its name a format of the row's values. */
    each:
      <Row extends ReadonlyArray<unknown>>(rows: ReadonlyArray<Row>) =>
      (name: string, body: (...row: Row) => void | Promise<void>): void => {
        for (const row of rows) add(format(name.replaceAll("%p", "%j"), ...row), false, () => body(...row), undefined)
      }
  }
)

/** Runs when the tests of this file have ended. */
export const afterAll = (body: Body): void => runner.after(() => body())

/** What Bun's `expect` has beyond Jest's. */
expect.extend({
  toStartWith: (text: string, start: string) => ({
    pass: text.startsWith(start),
    message: () => `${JSON.stringify(text)} and a start with ${JSON.stringify(start)}`
  }),
  toEndWith: (text: string, end: string) => ({
    pass: text.endsWith(end),
    message: () => `${JSON.stringify(text)} and an end with ${JSON.stringify(end)}`
  }),
  toBeString: (value: unknown) => ({
    pass: typeof value === "string",
    message: () => `${JSON.stringify(value)} and being a string`
  })
})

export { expect }
