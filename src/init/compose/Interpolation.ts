/** Variables in the values of a Compose file: `$NAME`, `${NAME:-default}` and their like (Compose specification, "Interpolation"). Pure. */

const reference =
  /\$(?:(\$)|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?+])((?:[^{}]|\$\{(?:[^{}]|\$\{[^{}]*\})*\})*))?\})/g

/** The names of the variables that a text refers to, those in defaults included. */
export const namesIn = (text: string): ReadonlyArray<string> =>
  [...text.replaceAll("$$", "").matchAll(/\$\{?([A-Za-z_][A-Za-z0-9_]*)/g)].flatMap(([, name]) => name ?? [])

/** The text with its variables replaced; undefined where one has neither a value nor a default. */
export const interpolate = (text: string, variables: ReadonlyMap<string, string>): string | undefined => {
  let isKnown = true
  const result = text.replaceAll(reference, (_, dollar, plain, braced, operator: string | undefined, word = "") => {
    if (dollar !== undefined) return "$"
    const value = variables.get(plain ?? braced)
    const isSet = value !== undefined && (operator?.startsWith(":") !== true || value !== "")
    if (operator?.endsWith("+") === true) return isSet ? interpolate(word, variables) ?? "" : ""
    if (isSet) return value
    const fallback = operator?.endsWith("-") === true ? interpolate(word, variables) : undefined
    if (fallback === undefined) isKnown = false
    return fallback ?? ""
  })
  return isKnown ? result : undefined
}

/** A value with something put behind it: a variable that the text ends in gets braces, lest its name go on. */
export const withSuffix = (text: string, suffix: string): string =>
  `${text.replace(/(^|[^$])\$([A-Za-z_][A-Za-z0-9_]*)$/, "$1$${$2}")}${suffix}`
