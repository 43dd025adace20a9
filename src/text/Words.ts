/** The words of SQL text, to tell soon that a name does not occur in it. Pure. */

const wordsOf = (text: string): ReadonlyArray<string> => text.toLowerCase().match(/[\p{L}\p{N}_$]+/gu) ?? []

/** What stands for a name: its longest word. */
const keyOf = (name: string): string =>
  wordsOf(name).reduce((longest, word) => word.length > longest.length ? word : longest, "")

/**
 * Gives what may name one of `names` in texts, quoted or not, each once: words that stand for names. What is not found there
 * is not named; what is found may be something else, such as a column, or be in a comment.
 */
export const mentions = (names: Iterable<string>): (texts: ReadonlyArray<string>) => ReadonlyArray<string> => {
  const keys = new Set(Array.from(names, keyOf))
  // a name without a word may be anywhere
  const nameless = keys.has("") ? [""] : []
  return (texts) => [...nameless, ...new Set(texts.flatMap(wordsOf).filter((word) => keys.has(word)))]
}
