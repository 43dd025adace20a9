/**
 * Schema JSON as every dialect knows it: the fields of its smallest form, tables with columns, indexes and foreign keys.
 * A dialect adds what these cannot say. See the guide to schema JSON.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import { parseJson } from "./JsonText.ts"

/** A schema document that cannot be read, with everything that is wrong in it. */
export class SchemaDocumentError extends Schema.TaggedError<SchemaDocumentError>()("SchemaDocumentError", {
  /** Each problem with the path to it in the document, such as `tables[0].columns[2].type`; empty for the whole. */
  issues: Schema.Array(Schema.Struct({ path: Schema.String, message: Schema.String }))
}) {
  override get message(): string {
    return this.issues.map(({ message, path }) => path === "" ? message : `${path}: ${message}`).join("\n")
  }
}

/** One thing wrong in a schema document. */
export type SchemaDocumentIssue = SchemaDocumentError["issues"][number]

/** A path in a document as people write it: `tables[0].name`; keys that are no plain words are quoted. */
export const pathText = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`
    const word = String(key)
    if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(word)) return `${text}[${JSON.stringify(word)}]`
    return text === "" ? word : `${text}.${word}`
  }, "")

const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) =>
    issue._tag === "UnexpectedKey"
      ? "is not a key that is known here"
      : issue._tag === "MissingKey"
      ? "is missing"
      : SchemaIssue.defaultLeafHook(issue)
})

/** Reads a document. Fails with everything that does not fit its schema, unknown keys included. */
export const decodeDocument = <A>(
  schema: Schema.ConstraintDecoder<A>,
  text: string
): Result.Result<A, SchemaDocumentError> =>
  Result.flatMap(
    Result.mapError(parseJson(text), (message) => new SchemaDocumentError({ issues: [{ path: "", message }] })),
    (value) =>
      Result.mapError(
        Schema.decodeUnknownResult(schema, { errors: "all", onExcessProperty: "error" })(value),
        ({ issue }) =>
          new SchemaDocumentError({
            issues: formatIssues(issue).issues.map(({ message, path = [] }) => ({
              path: pathText(path.map((part) => typeof part === "object" ? part.key : part)),
              message
            }))
          })
      )
  )

/** What a foreign key does to referencing rows when the referenced row is deleted or its key changes. */
export const ReferentialAction = Schema.Literals(["NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"])
/** What a foreign key does to referencing rows when the referenced row is deleted or its key changes. */
export type ReferentialAction = typeof ReferentialAction.Type

const Name = Schema.NonEmptyString

/** The head of a document. */
export const head = {
  $schema: Schema.optionalKey(Schema.String),
  dialect: Schema.optionalKey(Schema.Literals(["postgres", "sqlite"]))
} as const

/** The schema that an object lives in, `public` where it is left out, and its name. */
export const qualifiedName = { schema: Schema.optionalKey(Name), name: Name } as const

/** The least that is said of a column. */
export const columnFields = {
  name: Name,
  type: Name,
  /** Left out: true, or false for a column of the primary key. */
  nullable: Schema.optionalKey(Schema.Boolean),
  default: Schema.optionalKey(Schema.String),
  is_primary_key: Schema.optionalKey(Schema.Boolean)
} as const

/** The least that is said of an index. */
export const indexFields = {
  name: Name,
  columns: Schema.optionalKey(Schema.Array(Schema.String)),
  unique: Schema.optionalKey(Schema.Boolean)
} as const

/** The least that is said of a foreign key. */
export const foreignKeyFields = {
  name: Name,
  columns: Schema.Array(Name),
  referenced_schema: Schema.optionalKey(Name),
  referenced_table: Name,
  referenced_columns: Schema.Array(Name),
  on_delete: Schema.optionalKey(ReferentialAction),
  on_update: Schema.optionalKey(ReferentialAction)
} as const
