/** What a translation tells people: what has no counterpart in the other family, and what means something else there. */

/** One thing about one object. */
export interface Note {
  /** In plain words: `trigger touch on users`. */
  readonly object: string
  /** `left out`: it is not there. `changed`: it is there, and does not do all that it did, or does it otherwise. */
  readonly effect: "left out" | "changed"
  readonly why: string
  /** What to do instead. */
  readonly next?: string | undefined
}

/** Something that is not there in the other family. */
export const leftOut = (object: string, why: string, next?: string): Note => ({ object, effect: "left out", why, next })

/** Something that is there, and not the same. */
export const changed = (object: string, why: string, next?: string): Note => ({ object, effect: "changed", why, next })

const titles = { "left out": "Left out", changed: "Changed" } as const

const width = 110

/** Names in lines, with the words in front that all have in common said once: `column (2): users.name, users.email`. */
const listed = (objects: ReadonlyArray<string>): ReadonlyArray<string> => {
  const [first = [], ...others] = objects.map((object) => object.split(" "))
  const differs = first.findIndex((word, i) => others.some((words) => words[i] !== word || words.length === i + 1))
  const common = first.slice(0, Math.max(0, differs))
  const lines: Array<string> = []
  let line = `    ${common.length === 0 ? "" : `${common.join(" ")} (${objects.length}): `}`
  const names = objects.map((object) => object.split(" ").slice(common.length).join(" "))
  for (const [i, name] of names.entries()) {
    const word = i === names.length - 1 ? name : `${name}, `
    if (line.trim() !== "" && line.length + word.length > width) {
      lines.push(line.trimEnd())
      line = "      "
    }
    line += word
  }
  return [...lines, line]
}

/** The notes as people read them: every object by name, those with one reason together. Empty for none. */
export const printNotes = (notes: ReadonlyArray<Note>): string =>
  (["left out", "changed"] as const).flatMap((effect) => {
    const some = notes.filter((note) => note.effect === effect)
    if (some.length === 0) return []
    const groups = Map.groupBy(some, ({ next = "", why }) => [why, next].filter((text) => text !== "").join(" "))
    return [
      `${titles[effect]} (${some.length}):`,
      ...[...groups].flatMap(([reason, alike]) =>
        alike.length === 1
          ? [`  ${alike[0]?.object}: ${reason}`]
          : [`  ${reason}`, ...listed(alike.map(({ object }) => object))]
      )
    ]
  }).join("\n")
