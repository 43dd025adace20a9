/**
 * Places in a text. An offset is a UTF-16 index into the text as it was read; a parser's own units (UTF-8 bytes in its tree,
 * characters in its errors) end at the functions of this module.
 */

/** A stretch of a text: `start` inclusive, `end` exclusive, both UTF-16 indices. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** A place as people and editors name it: both 1-based; columns count characters (code points), as PostgreSQL does. */
export interface Position {
  readonly line: number
  readonly column: number
}

const byteOrderMark = 0xfeff

const isAscii = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

const characters = (text: string, start: number, end: number): number => {
  let count = end - start
  for (let i = start + 1; i < end; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0xdc00 && unit <= 0xdfff) count--
  }
  return count
}

/**
 * Finds line and column of any offset of a text. A line ends with LF, CR LF or CR. A byte order mark has no column.
 */
export const positions = (text: string): (offset: number) => Position => {
  const starts = [text.charCodeAt(0) === byteOrderMark ? 1 : 0]
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === 10 || (unit === 13 && text.charCodeAt(i + 1) !== 10)) starts.push(i + 1)
  }
  return (offset) => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: characters(text, starts[low] ?? 0, Math.max(offset, starts[low] ?? 0)) + 1 }
  }
}

/** Turns UTF-8 byte offsets into a text, as the parse tree holds them, into UTF-16 indices. */
export const fromBytes = (text: string): (byte: number) => number => {
  if (isAscii(text)) return (byte) => byte
  const table: Array<number> = []
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) ?? 0
    table.push(i)
    if (point > 0x7f) table.push(i)
    if (point > 0x7ff) table.push(i)
    if (point > 0xffff) {
      table.push(i)
      i++
    }
  }
  return (byte) => table[byte] ?? text.length
}

/** Turns a count of characters from the beginning of a text, as the parser's errors hold it, into a UTF-16 index. */
export const fromCharacters = (text: string, count: number): number => {
  let i = 0
  for (let n = 0; n < count && i < text.length; n++) i += (text.codePointAt(i) ?? 0) > 0xffff ? 2 : 1
  return i
}
