/** The affinity of columns: what SQLite makes of values that are stored in them (SQLite, "Datatypes In SQLite", 3). */

/** An affinity; `NONE` is that of columns without a type (SQLite calls it BLOB) and of ANY in STRICT tables. */
export type Affinity = "INTEGER" | "TEXT" | "NONE" | "REAL" | "NUMERIC"

/** The affinity that a declared type gives a column. */
export const affinityOf = (type: string | undefined, strict: boolean = false): Affinity => {
  const declared = (type ?? "").toUpperCase()
  if (strict && declared === "ANY") return "NONE"
  if (declared.includes("INT")) return "INTEGER"
  if (/CHAR|CLOB|TEXT/.test(declared)) return "TEXT"
  if (declared === "" || declared.includes("BLOB")) return "NONE"
  return /REAL|FLOA|DOUB/.test(declared) ? "REAL" : "NUMERIC"
}

/** INTEGER and NUMERIC differ in nothing but what CAST does (SQLite, "Datatypes In SQLite", 3). */
const keeping: ReadonlyArray<readonly [from: Affinity, to: Affinity]> = [["INTEGER", "NUMERIC"], ["NUMERIC", "INTEGER"]]

/** True where every value that a column of one affinity can hold is stored as it is in a column of the other. */
export const keepsValues = (from: Affinity, to: Affinity): boolean =>
  from === to || to === "NONE" || keeping.some(([one, other]) => one === from && other === to)
