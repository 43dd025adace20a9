/** Words that somebody may have meant by others. Pure. */

/** How many letters have to be changed, added, taken away or swapped with the next one between two words. */
const distance = (a: string, b: string): number => {
  let before: ReadonlyArray<number> = []
  let row: ReadonlyArray<number> = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      next.push(
        Math.min(
          (row[j] ?? 0) + 1,
          (next[j - 1] ?? 0) + 1,
          (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1),
          isSwap ? (before[j - 2] ?? 0) + 1 : Infinity
        )
      )
    }
    before = row
    row = next
  }
  return row[b.length] ?? 0
}

/** A word of the list that somebody may have meant by another. Upper and lower case are the same. */
export const nearest = (word: string, known: ReadonlyArray<string>): string | undefined =>
  known.map((other) => ({ other, far: distance(word.toLowerCase(), other.toLowerCase()) }))
    .filter(({ far, other }) => far <= Math.max(1, Math.floor(other.length / 3)))
    .toSorted((a, b) => a.far - b.far)[0]?.other

/**
 * A name of the list that somebody may have meant by another, where every part between `_` is near to its own: `DATABSE_URL` is
 * near to `DATABASE_URL`, and `DATABASE_SSL`, which is a name of its own, is not.
 */
export const nearestByParts = (name: string, known: ReadonlyArray<string>): string | undefined => {
  const parts = name.split("_")
  return known.find((other) => {
    const wanted = other.split("_")
    return name.replaceAll("_", "").toLowerCase() === other.replaceAll("_", "").toLowerCase() ||
      parts.length === wanted.length && parts.every((part, i) => nearest(part, wanted.slice(i, i + 1)) !== undefined)
  })
}

/** What to say after a word that is not known: what was meant, or all that is known. */
export const suggestion = (word: string, known: ReadonlyArray<string>): string => {
  const meant = nearest(word, known)
  return meant === undefined ? `Known: ${known.join(", ")}` : `Did you mean ${meant}?`
}
