/** The version of Lockplane: that of its package. */
export const version = "0.1.0"

/** Where the JSON Schema of a document is: in the package of this version, as anybody can fetch it. */
export const jsonSchemaOf = (document: "plan" | "schema" | "sqlite-schema"): string =>
  `https://unpkg.com/lockplane@${version}/schema-json/${document}.json`
