/**
 * Builds the package into dist/: `bin.js`, the command line, minified and with the drivers left outside, and beside it in `bin/`
 * what only some of its commands load; the API as modules with their declarations; and the template that the embedded
 * PostgreSQL starts from.
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
  naming: { entry: "bin.js", chunk: "bin/[name]-[hash].js" },
  target: "node",
  format: "esm",
  splitting: true,
  minify: true,
  external: drivers.flatMap((driver) => [driver, `${driver}/*`])
})

const shebang = "#!/usr/bin/env node\n"
/** Tells Bun that there is nothing to transpile; a comment to others. */
const pragma = "// @bun\n"
const imports = new Bun.Transpiler({ loader: "js" })
let size = 0
for (const { path } of built.outputs) {
  const text = await Bun.file(path).text()
  const [first, code] = text.startsWith(shebang) ? [shebang, text.slice(shebang.length)] : ["", text]
  if (path === bin && first === "") throw new Error(`bin/lockplane.ts must begin with ${shebang}`)
  const eager = imports.scanImports(code)
    .filter(({ kind, path }) => kind === "import-statement" && !path.startsWith("node:") && !path.startsWith("."))
  if (eager.length > 0) {
    throw new Error(
      `${path} loads ${eager.map(({ path }) => path).join(", ")}: import it where it is needed, with import()`
    )
  }
  size += await Bun.write(path, first + pragma + code)
}
await chmod(bin, 0o755)

await $`${process.execPath} node_modules/typescript/bin/tsc -p tsconfig.build.json`.cwd(root)

const kilobytes = (file: string) => Math.round(Bun.file(file).size / 1024)
console.error(
  `dist: bin.js ${kilobytes(bin)} of ${Math.round(size / 1024)} KB, embedded template ${kilobytes(template)} KB`
)
