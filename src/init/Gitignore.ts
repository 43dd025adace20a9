/** `.gitignore` as text: what has to be kept out of a repository is named there. Pure. */

/** What Lockplane keeps in a project that nobody else should get, and the spellings that cover it already. */
const entries: ReadonlyArray<readonly [line: string, ...others: ReadonlyArray<string>]> = [
  [".env.*", ".env*", "*.env.*", "*.env*"],
  [".lockplane/", ".lockplane", ".lockplane/*", ".lockplane/**"]
]

/**
 * The text with what is missing at the end. What was excepted from being ignored, such as `!.env.example`, is excepted
 * again behind it: in such a file the last line that fits decides.
 */
export const ignoring = (text: string): string => {
  const newline = text.includes("\r\n") ? "\r\n" : "\n"
  const lines = text.split("\n").map((line) => line.trim())
  const missing = entries.filter((spellings) =>
    !spellings.some((each) => lines.includes(each) || lines.includes(`/${each}`))
  )
  if (missing.length === 0) return text
  const exceptions = missing.some(([line]) => line === ".env.*")
    ? lines.filter((line) => /^!\/?\.env\./.test(line))
    : []
  const added = [
    "# Lockplane: database URLs and working files",
    ...missing.map(([line]) => line),
    ...exceptions
  ].map((line) => `${line}${newline}`).join("")
  return text === "" ? added : `${text}${text.endsWith("\n") ? "" : newline}${newline}${added}`
}
