/** Varied SQL from a list of numbers: each choice takes the next one, so that a shorter list makes simpler SQL. */

/** Choices that a list of numbers decides; past its end the first is taken. */
export class Genes {
  private readonly genes: ReadonlyArray<number>
  private at = 0

  constructor(genes: ReadonlyArray<number>) {
    this.genes = genes
  }

  /** A number from 0, below `limit`. */
  below(limit: number): number {
    return Math.abs(this.genes[this.at++] ?? 0) % limit
  }

  /** One of a list. */
  pick<const A>(values: readonly [A, ...ReadonlyArray<A>]): A {
    return values[this.below(values.length)] ?? values[0]
  }

  /** True in one of so many cases. */
  chance(outOf: number): boolean {
    return this.below(outOf) === outOf - 1
  }

  /** Up to so many values. */
  some<A>(most: number, make: () => A): ReadonlyArray<A> {
    return Array.from({ length: this.below(most + 1) }, make)
  }
}

/** Blanks and comments, where SQLite takes one blank. */
export const gap = (genes: Genes): string => genes.pick([" ", " ", "  ", "\n", " /* x ' */ ", " -- \" ;\n", "\t"])

const columnNames = [
  "a",
  "b",
  "c",
  "Key",
  "end",
  "desc",
  "x y",
  "order",
  "é",
  "q\"t",
  "values",
  "Row",
  "like",
  "a$1"
] as const

/** A name as it can be written. */
export const written = (genes: Genes, name: string): string => {
  const quoted = `"${name.replaceAll("\"", "\"\"")}"`
  const bare = /^[a-c]$|^(?:Key|end|desc|Row|é|a\$1)$/.test(name) ? name : quoted
  return genes.pick([bare, quoted, `[${name}]`, `\`${name}\``])
}

/** Up to seven different names of columns. */
export const someColumns = (genes: Genes): readonly [string, ...ReadonlyArray<string>] => {
  const first = genes.below(columnNames.length)
  const count = 1 + genes.below(6)
  const names = Array.from({ length: count }, (_, i) => columnNames[(first + i * 3) % columnNames.length] ?? "a")
  return [names[0] ?? "a", ...new Set(names.slice(1))]
}

/** An expression over columns, without functions that depend on the time. */
export const expression = (genes: Genes, columns: readonly [string, ...ReadonlyArray<string>], depth = 3): string => {
  const column = (): string => written(genes, genes.pick(columns))
  const part = (): string => expression(genes, columns, depth - 1)
  const space = (): string => gap(genes)
  if (depth === 0) {
    return genes.pick([
      column(),
      column(),
      "1",
      "'it''s'",
      "x'00ff'",
      "1.5e3",
      "0x1F",
      "NULL",
      "null",
      "true",
      "FALSE",
      ".5"
    ])
  }
  switch (genes.below(16)) {
    case 0:
      return part()
    case 1:
      return `${part()}${genes.pick(["+", " - ", "*", "||", " | ", "<<", " % ", "/"])}${part()}`
    case 2:
      return `${part()}${
        genes.pick(["=", "==", "<>", "!=", "<=", ">", " is ", " IS NOT ", " is not distinct from "])
      }${part()}`
    case 3:
      return `(${space()}${part()}${space()})`
    case 4:
      return `${genes.pick(["-", "+", "~", "- ", "not ", "NOT  "])}${part()}`
    case 5:
      return `${part()}${space()}${genes.pick(["and", "OR", "And"])}${space()}${part()}`
    case 6:
      return `${part()} ${genes.pick(["in", "not In"])}${space()}(${part()},${part()} , ${part()})`
    case 7:
      return `case${space()}when ${part()} then ${part()} else${space()}${part()} end`
    case 8:
      return `Case ${part()} when ${part()} then ${part()} End`
    case 9:
      return `${genes.pick(["abs", "Length", "replace", "coalesce"])}${genes.pick(["", " "])}(${part()})`
        .replace(/^(replace)( ?)\((.*)\)$/s, "$1$2($3, 'a',''  )")
        .replace(/^(coalesce)( ?)\((.*)\)$/s, "$1$2($3,1)")
    case 10:
      return `cast(${part()} as ${genes.pick(["text", "INTEGER", "varchar(10)", "decimal ( 10,2 )"])})`
    case 11:
      return `${part()} ${genes.pick(["like", "not  LIKE", "glob"])} ${part()}`
    case 12:
      return `${part()} ${genes.pick(["between", "Not Between"])} ${part()} and ${part()}`
    case 13:
      return `${part()} ${genes.pick(["isnull", "NotNull", "not null", "collate nocase", "COLLATE \"RTRIM\""])}`
    case 14:
      return `${part()}${genes.pick(["->", " ->> "])}'$.a'`
    default:
      return column()
  }
}
