/** The words of SQL text, to tell soon that a name does not occur in it. Pure. */

const wordsOf = (text: string): ReadonlyArray<string> => text.toLowerCase().match(/[\p{L}\p{N}_$]+/gu) ?? []

/** What stands for a name: its longest word. */
const keyOf = (name: string): string =>
  wordsOf(name).reduce((longest, word) => word.length > longest.length ? word : longest, "")

/** An identity that something is called by from now on, and the one that it had. */
export interface Renaming {
  readonly object?: string | undefined
  readonly renamed_from?: string | undefined
}

/**
 * Gives what may name one of `names` in texts, quoted or not, each once: words that stand for names. What is not found there
 * is not named; what is found may be something else, such as a column, or be in a comment. With a renaming, the words that
 * come with it stand for names from then on.
 */
export const mentions = (
  names: Iterable<string>
): (texts: ReadonlyArray<string>, renaming?: Renaming) => ReadonlyArray<string> => {
  const keys = new Set(Array.from(names, keyOf))
  // a name without a word may be anywhere
  const nameless = keys.has("") ? [""] : []
  return (texts, { object = "", renamed_from } = {}) => {
    if (renamed_from !== undefined) {
      const old = new Set(wordsOf(renamed_from))
      for (const word of wordsOf(object)) if (!old.has(word)) keys.add(word)
    }
    return [...nameless, ...new Set(texts.flatMap(wordsOf).filter((word) => keys.has(word)))]
  }
}
