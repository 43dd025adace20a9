/** Collations of the provider ICU, which the embedded engine does not have: on a real server. */
import { expect } from "bun:test"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as PostgresDatabase from "../../src/engine/PostgresDatabase.ts"
import * as it from "../effect.ts"
import { database, server } from "../servers.ts"
import { arrives, read } from "./kinds/kindCases.ts"

const schema = (options: string): string => `
  CREATE COLLATION public.c (PROVIDER = icu, ${options});
  CREATE DOMAIN public.d AS text COLLATE public.c;
  CREATE TABLE public.t (a text COLLATE public.c DEFAULT 'x', b public.d, UNIQUE (a));
  CREATE INDEX i ON public.t (a, b); CREATE VIEW public.v AS SELECT a FROM public.t WHERE a > 'x';
  COMMENT ON COLLATION public.c IS 'order'`

it.live("collations of ICU are made, change under columns, and go", () =>
  Effect.gen(function*() {
    const url = yield* database(yield* server({ major: 18 }))
    const session = yield* Effect.flatMap(
      PostgresDatabase.make({ url: Redacted.make(url) }),
      ({ session }) => session
    )
    const nothing = yield* read(session, "SELECT 1")
    const texts = [
      schema("LOCALE = 'de'"),
      schema("LOCALE = 'und-u-ks-level2', DETERMINISTIC = false"),
      schema("LOCALE = 'sv', RULES = '&a < g'")
    ]
    const catalogs = yield* Effect.forEach(texts, (text) => read(session, text))
    expect(catalogs.map(({ objects }) => objects.get("collation public.c")?.state)).toEqual([
      { provider: "icu", locale: "de" },
      { provider: "icu", locale: "und-u-ks-level2", deterministic: false },
      { provider: "icu", locale: "sv", rules: "&a < g" }
    ])
    for (const [i, text] of texts.entries()) {
      const [from, to] = [catalogs[i] ?? nothing, catalogs[(i + 1) % catalogs.length] ?? nothing]
      yield* arrives(session, "SELECT 1", nothing, from)
      yield* arrives(session, text, from, to)
      yield* arrives(session, text, from, nothing)
    }
  }))
