/** A program that starts itself in the background and ends at once, for the tests of just that. */
import * as Effect from "effect/Effect"
import * as Background from "../../src/engine/Background.ts"

const [, , role, folder = "."] = process.argv
if (role === "parent") {
  const pid = await Effect.runPromise(Background.start({
    arguments: ["child", folder],
    log: `${folder}/log`,
    environment: { LOCKPLANE_TEST_SECRET: "from the parent" }
  }))
  console.log(String(pid))
} else {
  console.log(`child of the parent: ${process.env["LOCKPLANE_TEST_SECRET"]}, terminal: ${process.stdin.isTTY === true}`)
  console.error("and its complaints")
  // as long as the folder is there
  const { existsSync } = await import("node:fs")
  while (existsSync(folder) && !existsSync(`${folder}/stop`)) await new Promise((resolve) => setTimeout(resolve, 100))
  console.log("child ends")
}
