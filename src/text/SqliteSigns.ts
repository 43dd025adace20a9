/** What tells that SQL was written for SQLite: what no other reading makes sense of. For hints alone, never for a decision. Pure. */

const signs: ReadonlyArray<readonly [words: string, pattern: RegExp]> = [
  ["AUTOINCREMENT", /\bAUTOINCREMENT\b/i],
  ["WITHOUT ROWID", /\bWITHOUT\s+ROWID\b/i],
  ["PRAGMA", /(?:^|;)\s*PRAGMA\b/i],
  ["sqlite_sequence", /\bsqlite_sequence\b/i],
  ["CREATE VIRTUAL TABLE", /\bCREATE\s+VIRTUAL\s+TABLE\b/i],
  ["STRICT", /\)\s*(?:WITHOUT\s+ROWID\s*,\s*)?STRICT\b/i],
  ["CREATE TRIGGER … BEGIN", /\bCREATE\s+(?:TEMP\w*\s+)?TRIGGER\b[^;]{0,300}?\bBEGIN\b/i],
  ["INSERT OR", /\bINSERT\s+OR\s+(?:REPLACE|IGNORE|ABORT|FAIL|ROLLBACK)\b/i],
  ["COLLATE NOCASE", /\bCOLLATE\s+NOCASE\b/i],
  ["names in backticks", /`[^`\n]+`/],
  [
    "names in brackets",
    /(?:\b(?:TABLE|EXISTS|FROM|JOIN|INTO|REFERENCES|ON|INDEX|VIEW)\s+|[(,]\s*)\[[A-Za-z_][^\],\n]*\]/i
  ],
  ["the type DATETIME", /[(,]\s*(?:\w+|"[^"\n]+")\s+DATETIME\b/i]
]

/** The first sign that is found in a text, outside of its comments and strings. */
export const signOfSqlite = (text: string): string | undefined => {
  const bare = text.replaceAll(/--[^\n]*|\/\*[^]*?\*\/|'(?:[^']|'')*'/g, " ")
  return signs.find(([, pattern]) => pattern.test(bare))?.[0]
}

/** A hint at {@link signOfSqlite} of texts that were read as PostgreSQL's and have errors; `way` says how to have them read as SQLite's. */
export const hintAtSqlite = (texts: ReadonlyArray<{ readonly text: string }>, way: string): string | undefined => {
  const sign = texts.map(({ text }) => signOfSqlite(text)).find((found) => found !== undefined)
  return sign === undefined
    ? undefined
    : `It was read as PostgreSQL's SQL, and looks like SQLite's (${sign}). If that is what it is, ${way}`
}
