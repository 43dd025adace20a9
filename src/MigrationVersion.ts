/** Versions of migration files as numbers with parts: `2` is before `10`, and `1.2` before `1.10`. Pure. */

/** The parts of a version, which `.` or `_` divides: `1_2` is `1.2`, and zeros at its end do not count. */
export const partsOf = (version: string): ReadonlyArray<bigint> => {
  const parts = version.split(/[._]/).filter((part) => part !== "").map(BigInt)
  return parts.slice(0, parts.findLastIndex((part) => part !== 0n) + 1)
}

/** Compares two versions part by part: below 0 where the first is the older one. */
export const compareVersions = (a: string, b: string): number => {
  const [one, other] = [partsOf(a), partsOf(b)]
  for (let i = 0; i < Math.max(one.length, other.length); i++) {
    const [x, y] = [one[i] ?? 0n, other[i] ?? 0n]
    if (x !== y) return x < y ? -1 : 1
  }
  return 0
}
