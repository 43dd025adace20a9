/** Lets Node run the tests: `node --import ./test/runtimes/node.ts --test …`. */
import { registerHooks } from "node:module"

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier === "bun:test" ? new URL("test.ts", import.meta.url).href : specifier, context)
})
