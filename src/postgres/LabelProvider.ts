/**
 * Providers of security labels (PostgreSQL manual, SECURITY LABEL): whether a server has loaded them, and what a shadow does
 * that has not. There a label is put into the catalog as it is, so that all else of a plan can be proven.
 */
import * as Effect from "effect/Effect"
import type { Session } from "../engine/Database.ts"
import type { DatabaseError } from "../engine/DatabaseError.ts"
import { dollarQuote, quoteIdentifier, quoteLiteral } from "./Identifier.ts"
import { lexSignificant, type Token } from "./sql/Lexer.ts"

/** A statement `SECURITY LABEL` in a script. */
interface LabelStatement {
  readonly start: number
  readonly end: number
  /** As FOR names it, in lower case unless quoted; undefined where the statement does not say. */
  readonly provider: string | undefined
  /** What follows ON, as written. */
  readonly target: string
  /** The constant that follows IS, as written. */
  readonly label: string
}

const nameOf = ({ kind, word }: Token): string => {
  const quote = word[0] ?? ""
  return kind === "word" ? word : word.slice(1, -1).replaceAll(quote + quote, quote)
}

/** The statements of a script that label something. */
const labelStatements = (script: string): ReadonlyArray<LabelStatement> => {
  if (!/\bsecurity\b[^;]*\blabel\b/i.test(script)) return []
  const statements: Array<Array<Token>> = [[]]
  for (const token of lexSignificant(script)) {
    if (token.word === ";") statements.push([])
    else statements.at(-1)?.push(token)
  }
  return statements.flatMap((tokens) => {
    const [security, label, next, provider] = tokens
    if (security?.word !== "security" || label?.word !== "label") return []
    const isNamed = next?.word === "for"
    const on = isNamed ? tokens[4] : next
    // IS can be the name of a function as well
    const is = tokens.findLast(({ word }) => word === "is")
    const last = tokens.at(-1)
    if (on?.word !== "on" || is === undefined || last === undefined || is.start < on.end || is === last) return []
    // a name with escapes is the server's to read
    if (isNamed && provider?.kind !== "word" && !/^["']/.test(provider?.word ?? "")) return []
    return [{
      start: security.start,
      end: last.end,
      provider: isNamed && provider !== undefined ? nameOf(provider) : undefined,
      target: script.slice(on.end, is.start).trim(),
      label: script.slice(is.end, last.end).trim()
    }]
  })
}

/** The providers whose labels statements set or take away, each once. */
export const providersIn = (statements: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set(statements.flatMap(labelStatements).flatMap(({ provider }) => provider ?? []))
]

/** Fails always: in one way where the provider is loaded, in another where it is not. */
const probe = (provider: string | undefined): string =>
  `SECURITY LABEL${
    provider === undefined ? "" : ` FOR ${quoteIdentifier(provider)}`
  } ON LANGUAGE "lockplane: none" IS NULL`

/** SQLSTATE of {@link probe} where the provider is not loaded: invalid_parameter_value. */
const notLoaded = "22023"

/** Those of the providers that a server has not loaded for the session, which is in no transaction. */
export const missingProviders = (
  session: Session,
  providers: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<string>, DatabaseError> =>
  Effect.filter(providers, (provider) =>
    Effect.match(session.execute(probe(provider)), {
      onSuccess: () => false,
      onFailure: ({ code }) => code === notLoaded
    }))

/** PL/pgSQL that sets `loaded`. */
const look = (provider: string | undefined): string => `
  BEGIN
    EXECUTE ${quoteLiteral(probe(provider))};
  EXCEPTION
    WHEN undefined_object THEN loaded := true;
    WHEN invalid_parameter_value THEN loaded := false;
  END;`

const found = "lockplane.label_provider"

/** True where the shadow's server has loaded the provider for the session, which is in a transaction. */
export const isLoaded = (session: Session, provider: string): Effect.Effect<boolean, DatabaseError> =>
  Effect.map(
    Effect.andThen(
      session.execute(`DO ${
        dollarQuote(
          `DECLARE loaded boolean; BEGIN ${look(provider)} PERFORM set_config('${found}', loaded::text, true); END`,
          "lockplane"
        )
      }`),
      session.query(`SELECT pg_catalog.current_setting('${found}') AS loaded`)
    ),
    ([row]) => row?.["loaded"] === "true"
  )

/**
 * What a shadow runs for a statement: the same where the provider is loaded. Else the row is written that the statement would
 * write. The object that is meant is found as a comment on it, which is taken back: both statements name objects alike,
 * and ask for the same right and lock.
 */
const stoodIn = (statement: string, { label, provider, target }: LabelStatement): string => {
  const comment = quoteLiteral(`COMMENT ON ${target}\n IS `)
  const whose = provider === undefined ? "NULL" : quoteLiteral(provider)
  return `DO ${
    dollarQuote(
      `DECLARE
  said CONSTANT text := ${label};
  whose CONSTANT text := ${whose};
  mark CONSTANT text := gen_random_uuid();
  role CONSTANT text := current_setting('session_replication_role');
  free CONSTANT boolean := current_setting('is_superuser') = 'on';
  loaded boolean;
  place record;
BEGIN${look(provider)}
  BEGIN
    -- event triggers are to see no comment
    PERFORM set_config('session_replication_role', 'replica', true) WHERE free;
    EXECUTE ${comment} || quote_literal(mark);
    SELECT d.classoid, d.objoid, d.objsubid INTO place FROM pg_description d
    WHERE d.objoid >= 16384 AND d.description = mark;
    IF NOT FOUND THEN
      SELECT d.classoid, d.objoid, d.objsubid INTO place FROM pg_description d
      WHERE d.classoid = 'pg_namespace'::regclass AND d.objoid = to_regnamespace('public') AND d.description = mark;
    END IF;
    RAISE EXCEPTION USING ERRCODE = 'LPBCK';
  EXCEPTION WHEN SQLSTATE 'LPBCK' THEN NULL;
  END;
  IF place.objoid IS NULL OR EXISTS (
    SELECT FROM pg_depend d WHERE d.classid = place.classoid AND d.objid = place.objoid AND d.deptype = 'e')
  THEN
    RAISE EXCEPTION USING ERRCODE = '0A000',
      MESSAGE = ${
        quoteLiteral(`security labels of the system's and of extensions' objects are not managed: ${target}`)
      },
      HINT = 'Take the statement out of the schema and keep it in a script of your own.';
  ELSIF loaded THEN
    EXECUTE ${quoteLiteral(statement)};
    RETURN;
  ELSIF whose IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = '${notLoaded}',
      MESSAGE = 'it is not known whose label this is: the shadow has not loaded exactly one label provider',
      HINT = ${quoteLiteral(`Write SECURITY LABEL FOR provider ON ${target} IS …`)};
  ELSIF NOT free THEN
    RAISE EXCEPTION USING ERRCODE = '42501',
      MESSAGE = 'the shadow has not loaded the label provider "' || whose || '", and only a superuser can put its labels there as they are',
      HINT = 'Name a shadow whose server loads it (session_preload_libraries), or whose user is a superuser, or none: the embedded PostgreSQL will do.';
  END IF;
  PERFORM set_config('session_replication_role', 'replica', true);
  EXECUTE ${comment} || quote_nullable((SELECT d.description FROM pg_description d
    WHERE d.objoid = place.objoid AND d.classoid = place.classoid AND d.objsubid = place.objsubid));
  PERFORM set_config('session_replication_role', role, true);
  IF place.classoid = 'pg_subscription'::regclass THEN
    DELETE FROM pg_shseclabel l
    WHERE l.objoid = place.objoid AND l.classoid = place.classoid AND l.provider = whose;
    IF said IS NOT NULL THEN
      INSERT INTO pg_shseclabel (objoid, classoid, provider, label) VALUES (place.objoid, place.classoid, whose, said);
    END IF;
  ELSE
    DELETE FROM pg_seclabel l
    WHERE l.objoid = place.objoid AND l.classoid = place.classoid AND l.objsubid = place.objsubid AND l.provider = whose;
    IF said IS NOT NULL THEN
      INSERT INTO pg_seclabel (objoid, classoid, objsubid, provider, label)
      VALUES (place.objoid, place.classoid, place.objsubid, whose, said);
    END IF;
  END IF;
END`,
      "lockplane"
    )
  }`
}

/** The script with every statement that labels something replaced by one that a shadow without the provider can run too. */
export const withStoodInLabels = (script: string): string => {
  const parts: Array<string> = []
  let last = 0
  for (const statement of labelStatements(script)) {
    parts.push(script.slice(last, statement.start), stoodIn(script.slice(statement.start, statement.end), statement))
    last = statement.end
  }
  return parts.length === 0 ? script : parts.join("") + script.slice(last)
}

/** The session of a shadow, on which labels can be set whose provider its server has not loaded. */
export const withLabels = (session: Session): Session => ({
  ...session,
  query: (sql, parameters) => session.query(withStoodInLabels(sql), parameters),
  execute: (script) => session.execute(withStoodInLabels(script))
})
