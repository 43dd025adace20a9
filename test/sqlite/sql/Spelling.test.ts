import { describe, expect, test } from "bun:test"
import * as Schema from "effect/Schema"
import { foldName } from "../../../src/sqlite/sql/Identifier.ts"
import { lexSignificant, nameOf, type Token } from "../../../src/sqlite/sql/Lexer.ts"
import { namesIn, spell } from "../../../src/sqlite/sql/Spelling.ts"
import * as it from "../../effect.ts"
import { canonical, open } from "./engine.ts"
import { expression, Genes, someColumns, written } from "./Genes.ts"

describe("spellText", () => {
  const cases: ReadonlyArray<readonly [text: string, spelled: string]> = [
    ["length( name )>0", "length(name) > 0"],
    ["a in(1,2)", "a IN (1, 2)"],
    ["a /* c */ and -- d\n b", "a AND b"],
    ["\"a\" = [b c] or `Key`", "a = \"b c\" OR Key"],
    ["- -1 + -a - ~ b", "- -1 + -a - ~b"],
    ["case when a then 'x' end", "CASE WHEN a THEN 'x' END"],
    ["\"end\" > end", "\"end\" > end"],
    ["a not like 'x' escape '\\'", "a NOT LIKE 'x' ESCAPE '\\'"],
    ["like('a',b)", "like('a', b)"],
    ["replace ( a , 'x' , '' )", "replace(a, 'x', '')"],
    ["cast( a as varchar ( 10 ) )", "CAST(a AS varchar(10))"],
    ["a->'$.b'->>'c'", "a -> '$.b' ->> 'c'"],
    ["a is not distinct from 'x'", "a IS NOT DISTINCT FROM 'x'"],
    ["a collate 'nocase'", "a COLLATE nocase"],
    ["current_timestamp>a", "CURRENT_TIMESTAMP > a"],
    ["x is true and \"true\"", "x IS TRUE AND \"true\""],
    ["X'Ab' || 1_0 || .5", "X'Ab' || 1_0 || .5"],
    ["select desc, a desc from t order by a desc, \"desc\"", "SELECT desc, a desc FROM t ORDER BY a DESC, \"desc\""],
    ["select a 'b c' from 'T' as 'u'", "SELECT a \"b c\" FROM T AS u"],
    ["select count(*),t.* from t left join u on t.a=u.a", "SELECT count(*), t.* FROM t LEFT JOIN u ON t.a = u.a"],
    [
      "select left, \"left\" from t natural left outer join u",
      "SELECT left, \"left\" FROM t NATURAL LEFT OUTER JOIN u"
    ],
    [
      "select sum(a)filter(where b)over(partition by c order by d desc rows between 1 preceding and current row) from t",
      "SELECT sum(a) FILTER (WHERE b) OVER (PARTITION BY c ORDER BY d DESC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t"
    ],
    [
      "with recursive a(b)as materialized(select 1) select*from a limit 1 offset 2",
      "WITH RECURSIVE a(b) AS MATERIALIZED (SELECT 1) SELECT * FROM a LIMIT 1 OFFSET 2"
    ],
    [
      "insert or ignore into t(a) values(1) on conflict(a) do update set a=excluded.a",
      "INSERT OR IGNORE INTO t(a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = excluded.a"
    ],
    ["select raise(abort,'no')", "SELECT RAISE(ABORT, 'no')"],
    ["select 1 from t window w as(order by a)", "SELECT 1 FROM t WINDOW w AS (ORDER BY a)"],
    [
      "select * from t indexed by i where a order by a nulls first",
      "SELECT * FROM t INDEXED BY i WHERE a ORDER BY a NULLS FIRST"
    ]
  ]
  for (const [text, spelled] of cases) {
    test(text, () => {
      expect(spellText(text)).toBe(spelled)
      expect(spellText(spelled)).toBe(spelled)
    })
  }

  test("leaves the table's own name out", () => {
    const scope = { table: "My T", columns: new Set(["a"]) }
    expect(spellText("\"my t\".a > 0 and main.[My T].\"a\" < other.a", scope)).toBe("a > 0 AND a < other.a")
  })

  test("tells a string in double quotes by the columns", () => {
    const scope = { table: "t", columns: new Set(["a"]) }
    expect(spellText("\"A\" in (\"a\", \"x y\", \"it's\", [b])", scope)).toBe("A IN (a, 'x y', 'it''s', b)")
  })
})

test("namesIn gives every name once", () => {
  expect(namesIn("SELECT a.B, count(*) AS \"N\" FROM 'Tab' a JOIN [U v] ON desc = 'no name'")).toEqual([
    "a",
    "b",
    "count",
    "n",
    "tab",
    "u v",
    "desc"
  ])
})

const spellText = (text: string, scope?: Parameters<typeof spell>[1]): string => spell(lexSignificant(text), scope)

const genes = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9973 }))).check(
  Schema.isMaxLength(150)
)

/** What a token says, however it is written. */
const meaning = (token: Token): string =>
  token.kind === "word" || token.kind === "quoted" ? foldName(nameOf(token)) : token.text

const isSame = (a: string, b: string): boolean =>
  canonical(lexSignificant(a).map(meaning)) === canonical(lexSignificant(b).map(meaning))

const values = ["NULL", "1", "'a'", "-2.5", "x'41'", "'{\"a\": 1}'"]

describe("any expression", () => {
  it.prop("keeps its tokens, and is spelled once and for all", genes, (list) => {
    const choice = new Genes(list)
    const text = expression(choice, someColumns(choice), 4)
    const spelled = spellText(text)
    return isSame(text, spelled) && spellText(spelled) === spelled
  }, { runs: 1000 })

  it.prop("has the value that it had", genes, (list) => {
    const choice = new Genes(list)
    const columns = someColumns(choice)
    const text = expression(choice, columns, 4)
    const engine = open()
    engine.exec(`CREATE TABLE t(${columns.map((name) => `"${name.replaceAll("\"", "\"\"")}"`).join(", ")})`)
    for (let i = 0; i < 4; i++) {
      engine.exec(`INSERT INTO t VALUES (${columns.map(() => choice.pick(["1", ...values])).join(", ")})`)
    }
    const value = (sql: string): string => {
      try {
        return canonical(engine.rows(`SELECT quote(${sql}) AS value FROM t`))
      } catch {
        return "refused"
      }
    }
    return value(text) === value(spellText(text))
  }, { runs: 300 })
})

/** A query that uses words which are keywords in some places and names in others. */
const query = (choice: Genes): string => {
  const columns = someColumns(choice)
  const some = (): string => expression(choice, columns, 1)
  const name = (): string => written(choice, choice.pick(columns))
  const direction = (): string => choice.pick(["", " desc", " ASC", " desc nulls last", " nulls first"])
  const alias = (): string =>
    choice.pick([" as x1", " x1", " as 'x1'", " \"x1\"", " 'x1'", " As [first]", " offset", " Last"])
  const window = choice.pick([
    "over ()",
    "over(partition by 1)",
    "Over (order by 1 rows between unbounded preceding and current row)",
    "filter(where 1) over (order by 1 range unbounded preceding exclude ties)",
    "over w"
  ])
  return [
    choice.pick(["", "with q(a)as(select 1) ", "with recursive q as not materialized (select 1 as a) "]),
    `select ${
      choice.pick(["", "distinct ", "all "])
    }${some()}${alias()}, sum(${name()})${window} as s, ${name()} as ${name()}`,
    ` from t ${
      choice.pick([
        "",
        "as t",
        "natural join t u",
        "cross  join (select 1 as z1)",
        "left outer join (select 2 as z2) on 1",
        "not indexed"
      ])
    }`,
    choice.pick(["", ` where ${some()}`]),
    " window w as (order by 1 desc)",
    choice.pick(["", ` order by ${some()}${direction()}, 1${direction()}`]),
    choice.pick(["", " limit 3", " limit 3 offset 1", " limit 1,2"])
  ].join("")
}

it.prop("any query gives the rows that it gave", genes, (list) => {
  const choice = new Genes(list)
  const text = query(choice)
  const engine = open()
  engine.exec(
    "CREATE TABLE t(a, b, c, Key, \"end\", \"desc\", \"x y\", \"order\", é, \"q\"\"t\", \"values\", Row, \"like\", a$1)"
  )
  engine.exec("INSERT INTO t(a, b, c, Key) VALUES (1, 'x', NULL, 2), (3, 'X', 1.5, 'k'), (1, NULL, 0, -1)")
  const rows = (sql: string): string => {
    try {
      return canonical(engine.rows(sql))
    } catch {
      return "refused"
    }
  }
  const spelled = spellText(text)
  if (!isSame(text.replaceAll("'x1'", "x1"), spelled.replaceAll("'x1'", "x1")) || spellText(spelled) !== spelled) {
    return false
  }
  return rows(text) === rows(spelled)
}, { runs: 300 })
