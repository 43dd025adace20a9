/** Writes the JSON Schemas of the documents that people and programs exchange with Lockplane; `--check` only compares. */
import * as JsonSchema from "effect/JsonSchema"
import * as Schema from "effect/Schema"
import { fileURLToPath } from "node:url"
import { Plan } from "../src/Plan.ts"
import { PostgresSchema } from "../src/postgres/SchemaLayout.ts"
import { SqliteSchema } from "../src/sqlite/SchemaJson.ts"

const documents: ReadonlyArray<{ readonly file: string; readonly title: string; readonly schema: Schema.Top }> = [
  { file: "plan.json", title: "Lockplane plan", schema: Plan },
  { file: "schema.json", title: "Lockplane schema", schema: PostgresSchema },
  { file: "sqlite-schema.json", title: "Lockplane schema of SQLite", schema: SqliteSchema }
]

const text = (title: string, schema: Schema.Top): string => {
  const document = Schema.toJsonSchemaDocument(schema, { onExcessProperty: "error" })
  const file = {
    $schema: JsonSchema.META_SCHEMA_URI_DRAFT_2020_12,
    title,
    ...document.schema,
    ...(Object.keys(document.definitions).length === 0 ? {} : { $defs: document.definitions })
  }
  return `${JSON.stringify(file, undefined, 2)}\n`
}

const root = fileURLToPath(new URL("../schema-json/", import.meta.url))
const isCheck = process.argv.includes("--check")

for (const { file, schema, title } of documents) {
  const wanted = text(title, schema)
  const target = Bun.file(`${root}${file}`)
  if (!isCheck) {
    await target.write(wanted)
  } else if (!await target.exists() || await target.text() !== wanted) {
    console.error(`schema-json/${file} is not what src/ says: npm run schema-json`)
    process.exitCode = 1
  }
}
