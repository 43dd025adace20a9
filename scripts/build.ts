/**
 * Builds the package into dist/: `bin.js`, the command line as one minified file with the drivers left outside; the API
 * as modules with their declarations; and the template that the embedded PostgreSQL starts from.
 */
import { $ } from "bun"
import * as Effect from "effect/Effect"
import { chmod, rm } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { buildTemplate, templateName } from "../src/engine/EmbeddedTemplate.ts"
import * as Platform from "../src/platform.ts"

/** Packages with WebAssembly or native files beside their code, or that only some commands need: loaded when a command does. */
const drivers = ["@electric-sql/pglite", "@libsql/hrana-client", "libpg-query", "libsql", "postgres"]

const root = fileURLToPath(new URL("..", import.meta.url))
const dist = `${root}dist`
const bin = `${dist}/bin.js`
const template = `${dist}/${await Effect.runPromise(Effect.provide(templateName, Platform.layer))}`

/** A template is the same for one version of PGlite and takes seconds to make: that of an earlier build will do. */
const packed = await Bun.file(template).exists()
  ? await Bun.file(template).bytes()
  : await Effect.runPromise(buildTemplate)

await rm(dist, { recursive: true, force: true })
await Bun.write(template, packed)

const built = await Bun.build({
  entrypoints: [`${root}bin/lockplane.ts`],
  outdir: dist,
  naming: "bin.js",
  target: "node",
  format: "esm",
  minify: true,
  external: drivers.flatMap((driver) => [driver, `${driver}/*`])
})
const code = await built.outputs[0]?.text() ?? ""
if (!code.startsWith("#!/usr/bin/env node\n")) throw new Error("bin/lockplane.ts must begin with #!/usr/bin/env node")

const eager = new Bun.Transpiler({ loader: "js" }).scanImports(code.slice(code.indexOf("\n")))
  .filter(({ kind, path }) => kind === "import-statement" && !path.startsWith("node:"))
  .map(({ path }) => path)
if (eager.length > 0) {
  throw new Error(`dist/bin.js loads ${eager.join(", ")} at start: import it where it is needed, with import()`)
}
await chmod(bin, 0o755)

await $`${process.execPath} node_modules/typescript/bin/tsc -p tsconfig.build.json`.cwd(root)

const kilobytes = (file: string) => Math.round(Bun.file(file).size / 1024)
console.error(`dist: bin.js ${kilobytes(bin)} KB, embedded template ${kilobytes(template)} KB`)
