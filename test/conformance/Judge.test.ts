import { describe, expect, test } from "bun:test"
import { compare } from "./Judge.ts"

const dump = (...columns: ReadonlyArray<string>) =>
  `--
-- PostgreSQL database dump
--

--
-- Name: f; Type: FOREIGN TABLE; Schema: public; Owner: postgres
--

CREATE FOREIGN TABLE public.f (
${columns.map((column) => `    ${column}`).join(",\n")}
)
SERVER s
OPTIONS (
    a 'x, y',
    "B c" 'it''s (1)'
);


--
-- PostgreSQL database dump complete
--
`

const equal = { missing: [], extra: [], reordered: [] }

describe("the judge", () => {
  test("does not mind the order of foreign options", () => {
    const one = dump("id integer OPTIONS (\n    k '1',\n    l '2'\n)", "x text")
    const other = dump("id integer OPTIONS (\n    l '2',\n    k '1'\n)", "x text")
      .replace("    a 'x, y',\n    \"B c\" 'it''s (1)'", "    \"B c\" 'it''s (1)',\n    a 'x, y'")
    expect(one).not.toBe(other)
    expect(compare(one, other)).toEqual(equal)
  })

  test("sees another value, and another order of columns", () => {
    const one = dump("id integer", "x text")
    expect(compare(one, one.replace("x, y", "y, x")).missing).toHaveLength(1)
    expect(compare(one, one.replace("'it''s (1)'", "'it''s (2)'")).extra).toHaveLength(1)
    expect(compare(one, dump("x text", "id integer"))).toEqual({ ...equal, reordered: ["public.f"] })
  })
})
