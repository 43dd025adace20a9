/** URLs of libSQL servers: their tokens, and which database they lead to. */
import { expect, test } from "bun:test"
import { databaseName, isSameAddress, splitToken, withToken } from "../src/LibsqlUrl.ts"

test("a token is taken out and put in, wherever it stands", () => {
  for (
    const [url, without, token] of [
      ["libsql://h?authToken=a%2Fb", "libsql://h", "a/b"],
      ["libsql://h?authToken=a&tls=0", "libsql://h?tls=0", "a"],
      ["libsql://h:1?tls=0&authToken=a&x=1", "libsql://h:1?tls=0&x=1", "a"],
      ["libsql://h:1?tls=0&authToken=", "libsql://h:1?tls=0", ""],
      ["libsql://h?authToken=100%", "libsql://h", "100%"],
      ["libsql://h", "libsql://h", undefined]
    ] as const
  ) expect([url, splitToken(url)]).toEqual([url, { url: without, token }])
  expect(withToken("libsql://h", "a/b")).toBe("libsql://h?authToken=a%2Fb")
  expect(withToken("libsql://h:1?tls=0", "a")).toBe("libsql://h:1?tls=0&authToken=a")
  // the one that is there counts, and so does that there is to be none
  expect(withToken("libsql://h?authToken=", "a")).toBe("libsql://h?authToken=")
})

test("a database is the same by every scheme, and by every name of this machine", () => {
  const same = [
    ["libsql://shop.example.org", "https://SHOP.example.org:443/?authToken=a"],
    ["wss://shop.example.org/", "libsql://shop.example.org"],
    ["http://127.0.0.1:8080", "libsql://localhost:8080?tls=0"],
    ["ws://[::1]:8080/", "http://localhost:8080"]
  ] as const
  for (const [one, other] of same) expect([one, isSameAddress(one, other)]).toEqual([one, true])
  const others = [
    ["libsql://shop.example.org", "libsql://shop2.example.org"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8081"],
    ["http://h:8080/a", "http://h:8080/b"],
    ["no URL", "no URL"],
    ["postgres://h/a", "libsql://h/a"]
  ] as const
  for (const [one, other] of others) expect([one, isSameAddress(one, other)]).toEqual([one, false])
  expect(databaseName("libsql://Shop.example.org/?authToken=a")).toBe("shop.example.org")
  expect(databaseName("http://127.0.0.1:8080/dev")).toBe("127.0.0.1:8080/dev")
})
