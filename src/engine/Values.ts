/**
 * How PostgreSQL's text form of a value becomes a JavaScript value: one table for every driver, so that a query gives
 * the same rows on a server and on the embedded engine. `bool` is a boolean; `int2`, `int4`, `oid`, `float4` and
 * `float8` are numbers; `json` and `jsonb` are parsed; arrays of built-in types are arrays of these; NULL is null. All
 * else (`int8`, `numeric`, dates, `bytea`, arrays of user-defined types …) is PostgreSQL's own text.
 */

type Parse = (text: string) => unknown

const text: Parse = (value) => value

/** Types that are not left as text, by OID. OIDs of built-in types never change (`pg_type.dat`). */
const scalars: ReadonlyMap<number, Parse> = new Map<number, Parse>([
  [16, (value) => value === "t"], // bool
  [21, Number], // int2
  [23, Number], // int4
  [26, Number], // oid
  [700, Number], // float4
  [701, Number], // float8
  [114, (value) => JSON.parse(value)], // json
  [3802, (value) => JSON.parse(value)] // jsonb
])

/** Element type to array type, by OID, of the built-in types whose delimiter is a comma. */
const arrays: ReadonlyArray<readonly [element: number, array: number]> = [
  [16, 1000], // bool
  [17, 1001], // bytea
  [18, 1002], // "char"
  [19, 1003], // name
  [20, 1016], // int8
  [21, 1005], // int2
  [23, 1007], // int4
  [24, 1008], // regproc
  [25, 1009], // text
  [26, 1028], // oid
  [114, 199], // json
  [700, 1021], // float4
  [701, 1022], // float8
  [1033, 1034], // aclitem
  [1042, 1014], // bpchar
  [1043, 1015], // varchar
  [1082, 1182], // date
  [1114, 1115], // timestamp
  [1184, 1185], // timestamptz
  [1700, 1231], // numeric
  [2202, 2207], // regprocedure
  [2203, 2208], // regoper
  [2204, 2209], // regoperator
  [2205, 2210], // regclass
  [2206, 2211], // regtype
  [2950, 2951], // uuid
  [3734, 3735], // regconfig
  [3769, 3770], // regdictionary
  [3802, 3807], // jsonb
  [4089, 4090], // regnamespace
  [4096, 4097], // regrole
  [4191, 4192] // regcollation
]

/** Types that a driver would turn into something else than text. */
const leftAsText: ReadonlyArray<number> = [17, 20, 1082, 1114, 1184, 1700]

/**
 * Reads an array's text form (PostgreSQL manual, "Array Input and Output Syntax"): nested braces are nested arrays, an
 * unquoted NULL is null, explicit bounds (`[0:1]={a,b}`) are dropped.
 */
export const parseArray = (source: string, element: Parse): ReadonlyArray<unknown> => {
  let at = source.indexOf("{") + 1
  const list = (): ReadonlyArray<unknown> => {
    const items: Array<unknown> = []
    while (at < source.length) {
      const char = source[at]
      if (char === "}") {
        at++
        return items
      }
      if (char === ",") {
        at++
      } else if (char === "{") {
        at++
        items.push(list())
      } else if (char === "\"") {
        items.push(element(quoted()))
      } else {
        const start = at
        while (at < source.length && source[at] !== "," && source[at] !== "}") at++
        const item = source.slice(start, at)
        items.push(item === "NULL" ? null : element(item))
      }
    }
    return items
  }
  const quoted = (): string => {
    let item = ""
    for (at++; source[at] !== "\""; at++) {
      if (source[at] === "\\") at++
      item += source[at]
    }
    at++
    return item
  }
  return list()
}

/** A parameter as PostgreSQL reads it as an array. */
const formatArray = (items: ReadonlyArray<unknown>): string =>
  `{${
    items.map((item) =>
      item === null || item === undefined
        ? "NULL"
        : Array.isArray(item)
        ? formatArray(item)
        : `"${String(item).replaceAll("\\", "\\\\").replaceAll("\"", "\\\"")}"`
    ).join(",")
  }}`

/** The parser of every type that is not plain text to a driver, by the type's OID. */
export const parsers: ReadonlyMap<number, Parse> = new Map<number, Parse>([
  ...leftAsText.map((oid) => [oid, text] as const),
  ...scalars,
  ...arrays.map(([element, array]) =>
    [array, (value: string) => parseArray(value, scalars.get(element) ?? text)] as const
  )
])

/** A statement's parameter as text, or null. Objects are JSON and lists are arrays. */
export const encodeParameter = (value: unknown): string | null =>
  value === null || value === undefined
    ? null
    : Array.isArray(value)
    ? formatArray(value)
    : typeof value === "object"
    ? JSON.stringify(value)
    : String(value)
