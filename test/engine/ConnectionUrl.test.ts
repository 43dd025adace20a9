import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { parse, redactUrl, withPostgresqlScheme } from "../../src/engine/ConnectionUrl.ts"
import * as it from "../effect.ts"

describe("connection URLs", () => {
  it.effect("are read as libpq reads them", () =>
    Effect.gen(function*() {
      const plain = yield* parse("postgresql://app:p%40ss@db.example.org:6543/shop?sslmode=require&connect_timeout=3")
      expect(plain).toMatchObject({
        hosts: [{ host: "db.example.org", port: 6543 }],
        user: "app",
        password: "p@ss",
        database: "shop",
        sslMode: "require",
        connectTimeout: 3
      })
      expect((yield* parse("postgres://u:a@b@[2001:db8::1]/d")).hosts).toEqual([{
        host: "2001:db8::1",
        port: undefined
      }])
      expect((yield* parse("postgres://u:a@b@h/d")).password).toBe("a@b")
      expect((yield* parse("postgres://a:1,b/d")).hosts).toEqual([{ host: "a", port: 1 }, {
        host: "b",
        port: undefined
      }])
      expect((yield* parse("postgres:///d?host=/run/pg&port=6543&user=me")).hosts).toEqual([{
        host: "/run/pg",
        port: 6543
      }])
      expect(yield* parse("postgres://")).toMatchObject({
        hosts: [],
        user: undefined,
        database: undefined,
        sslMode: "prefer"
      })
      const options = yield* parse(
        "postgres://h/d?options=-csearch_path%3Da%2Cb%20-cx%3D1+2&application_name=n&channel_binding=require"
      )
      expect([...options.parameters]).toEqual([["options", "-csearch_path=a,b -cx=1+2"], ["application_name", "n"]])
    }))

  it.effect("that cannot be used are refused, with no password in the message", () =>
    Effect.gen(function*() {
      const wrong = [
        "mysql://app:s3cr3t@h/d",
        "host=h password=s3cr3t",
        "postgres://app:s3cr3t/x@h/d",
        "postgres://app:x/s3cr3t@h:1/d",
        "postgres://app:s3cr3t?@h/d",
        "postgres://app:?s3cr3t@h/d",
        "postgres://app:s3cr3t@h:99999/d",
        "postgres://app:s3cr3t@h:port/d",
        "postgres://app:s3cr3t%zz@h/d",
        "postgres://app:s3cr3t@h/d?sslmode=maybe",
        "postgres://h/d?password=s3cr3t&connect_timeout=soon",
        "postgres://h/d?password=s3cr3t&service=x",
        "postgres://app:s3cr3t@h/d?target_session_attrs=any-way"
      ]
      for (const url of wrong) {
        const error = yield* Effect.flip(parse(url))
        expect(error.code).toBe("LP_BAD_URL")
        expect(error.hint).toBeString()
        expect(JSON.stringify(error) + String(error)).not.toContain("s3cr3t")
      }
    }))

  test("are shown without what may be secret", () => {
    expect(redactUrl("postgres://app:s3cr3t@db:5432/shop?sslmode=require")).toBe("postgres://app@db:5432/shop")
    expect(redactUrl("postgres://app@[::1]:5432/shop")).toBe("postgres://app@[::1]:5432/shop")
    expect(redactUrl("postgres:///shop?host=/run/pg&password=s3cr3t&port=1")).toBe(
      "postgres:///shop?host=/run/pg&port=1"
    )
    expect(redactUrl("postgres://app:1?2@db/shop")).toBe("postgres://…")
    expect(redactUrl("postgres://app@db/shop?application_name=a@b")).toBe("postgres://app@db/shop")
    expect(redactUrl("libsql://db.example.org/shop?authToken=s3cr3t")).toBe("libsql://db.example.org/shop")
    expect(redactUrl("libsql://app:s3cr3t@db.example.org")).toBe("(a connection string)")
    expect(redactUrl("schema/what?.lp.sql")).toBe("schema/what?.lp.sql")
  })

  test("are written as every client reads them", () => {
    for (const given of ["postgres", "postgresql", "POSTGRES"]) {
      const url = withPostgresqlScheme(Redacted.make(`${given}://app:p%3A%2F%2F@h/d?options=-c%20a%3Db`))
      expect(Redacted.value(url)).toBe("postgresql://app:p%3A%2F%2F@h/d?options=-c%20a%3Db")
    }
  })

  it.prop(
    "never show a password, wherever it stands and whatever it holds",
    Schema.Struct({
      password: Schema.String.check(Schema.isPattern(/^[!-~]{0,12}$/)),
      after: Schema.Literals(["h/d", "h:5432/d", "[::1]/d", "h", "h/d?sslmode=require"])
    }),
    ({ after, password }) => {
      // marked on both sides, because a short password may be part of what may be shown
      const secret = `<${password}>`
      const encoded = encodeURIComponent(secret)
      const shown = [
        redactUrl(`postgres://app:${secret}@${after}`),
        redactUrl(`postgres://app:${encoded}@${after}`),
        redactUrl(`postgres://${after.split("?")[0]}?password=${encoded}`)
      ]
      return shown.every((text) => !text.includes(secret) && !text.includes(encoded) && !/[<>]/.test(text))
    }
  )
})
