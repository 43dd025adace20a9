/** Cases of text search objects, collations and conversions. */
import { kindCases } from "./kindCases.ts"

const parser = "START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype"

kindCases([
  {
    name: "text search parser",
    from: `CREATE TEXT SEARCH PARSER public.p (${parser})`,
    to:
      `CREATE TEXT SEARCH PARSER public.p (${parser}, HEADLINE = prsd_headline); COMMENT ON TEXT SEARCH PARSER public.p IS 'x'`,
    object: "text search parser public.p",
    state: {
      start: "prsd_start",
      gettoken: "prsd_nexttoken",
      end: "prsd_end",
      lextypes: "prsd_lextype",
      headline: "prsd_headline"
    },
    way: "Replace"
  },
  {
    name: "text search template",
    from: "CREATE TEXT SEARCH TEMPLATE public.t (LEXIZE = dsimple_lexize)",
    to:
      "CREATE TEXT SEARCH TEMPLATE public.t (INIT = dsimple_init, LEXIZE = dsimple_lexize); COMMENT ON TEXT SEARCH TEMPLATE public.t IS 'x'",
    object: "text search template public.t",
    state: { lexize: "dsimple_lexize", init: "dsimple_init" },
    way: "Replace"
  },
  {
    name: "text search dictionary options change in place, in their order",
    from: `CREATE TEXT SEARCH DICTIONARY public.d (TEMPLATE = simple, stopwords = 'english');
           CREATE TEXT SEARCH CONFIGURATION public.c (PARSER = "default"); ALTER TEXT SEARCH CONFIGURATION public.c ADD MAPPING FOR word WITH public.d`,
    to: `CREATE TEXT SEARCH DICTIONARY public.d (TEMPLATE = simple, accept = false, stopwords = 'english');
         CREATE TEXT SEARCH CONFIGURATION public.c (PARSER = "default"); ALTER TEXT SEARCH CONFIGURATION public.c ADD MAPPING FOR word WITH public.d;
         COMMENT ON TEXT SEARCH DICTIONARY public.d IS 'x'`,
    object: "text search dictionary public.d",
    state: { template: "pg_catalog.simple", options: "accept = 'false', stopwords = 'english'" },
    way: "InPlace"
  },
  {
    name: "text search dictionary without options",
    from: "CREATE TEXT SEARCH DICTIONARY public.d (TEMPLATE = simple, stopwords = 'english', accept = true)",
    to: "CREATE TEXT SEARCH DICTIONARY public.d (TEMPLATE = simple)",
    object: "text search dictionary public.d",
    way: "InPlace"
  },
  {
    name: "text search dictionary of another template, under a configuration and a view",
    setup: "CREATE TEXT SEARCH TEMPLATE public.a (LEXIZE = dsimple_lexize)",
    from: `CREATE TEXT SEARCH DICTIONARY public.d (TEMPLATE = public.a);
           CREATE TEXT SEARCH CONFIGURATION public.c (PARSER = "default"); ALTER TEXT SEARCH CONFIGURATION public.c ADD MAPPING FOR word WITH public.d, simple;
           CREATE VIEW public.v AS SELECT to_tsvector('public.c'::regconfig, 'x') AS x`,
    to: `CREATE TEXT SEARCH DICTIONARY public.d (TEMPLATE = simple, stopwords = 'english');
         CREATE TEXT SEARCH CONFIGURATION public.c (PARSER = "default"); ALTER TEXT SEARCH CONFIGURATION public.c ADD MAPPING FOR word WITH public.d, simple;
         CREATE VIEW public.v AS SELECT to_tsvector('public.c'::regconfig, 'x') AS x`,
    object: "text search dictionary public.d",
    state: { template: "pg_catalog.simple", options: "stopwords = 'english'" },
    way: "Replace"
  },
  {
    name: "text search configuration mappings change in place",
    setup: "CREATE SCHEMA s; CREATE TEXT SEARCH DICTIONARY s.d (TEMPLATE = simple)",
    from: `CREATE TEXT SEARCH CONFIGURATION public.c (PARSER = "default");
           ALTER TEXT SEARCH CONFIGURATION public.c ADD MAPPING FOR word, asciiword, url WITH simple;
           CREATE TABLE public.t (a text); CREATE INDEX i ON public.t (to_tsvector('public.c'::regconfig, a))`,
    to: `CREATE TEXT SEARCH CONFIGURATION public.c (PARSER = "default");
         ALTER TEXT SEARCH CONFIGURATION public.c ADD MAPPING FOR word, hword_numpart WITH english_stem, s.d;
         ALTER TEXT SEARCH CONFIGURATION public.c ADD MAPPING FOR asciiword WITH simple;
         CREATE TABLE public.t (a text); CREATE INDEX i ON public.t (to_tsvector('public.c'::regconfig, a));
         COMMENT ON TEXT SEARCH CONFIGURATION public.c IS 'x'`,
    object: "text search configuration public.c",
    state: {
      parser: `pg_catalog."default"`,
      mappings: [
        { token: "asciiword", dictionaries: ["simple"] },
        { token: "word", dictionaries: ["english_stem", "s.d"] },
        { token: "hword_numpart", dictionaries: ["english_stem", "s.d"] }
      ]
    },
    way: "InPlace"
  },
  {
    name: "text search configuration that is a copy, under a column's default and a generated column",
    from: `CREATE TEXT SEARCH CONFIGURATION public.c (COPY = pg_catalog.english)`,
    to: `CREATE TEXT SEARCH CONFIGURATION public.c (COPY = pg_catalog.english);
         CREATE TABLE public.t (a text, b tsvector GENERATED ALWAYS AS (to_tsvector('public.c'::regconfig, a)) STORED, c regconfig DEFAULT 'public.c')`,
    object: "text search configuration public.c"
  },
  {
    name: "text search configuration of another parser",
    from: `CREATE TEXT SEARCH CONFIGURATION public.c (PARSER = "default")`,
    to: `CREATE TEXT SEARCH PARSER public.p (${parser}); CREATE TEXT SEARCH CONFIGURATION public.c (PARSER = public.p)`,
    object: "text search configuration public.c",
    state: { parser: "public.p" },
    way: "Replace"
  },
  {
    name: "collation",
    from: "CREATE COLLATION public.c (LC_COLLATE = 'C', LC_CTYPE = 'POSIX')",
    to: "CREATE COLLATION public.c (LOCALE = 'C'); COMMENT ON COLLATION public.c IS 'x'",
    object: "collation public.c",
    state: { provider: "libc", locale: "C" },
    way: "Replace"
  },
  {
    name: "collation under columns, an index, a domain and a view",
    from: `CREATE COLLATION public.c (LOCALE = 'C'); CREATE DOMAIN public.d AS text COLLATE public.c;
           CREATE TABLE public.t (a text COLLATE public.c DEFAULT 'x', b varchar(3)[] COLLATE public.c, d public.d);
           CREATE INDEX i ON public.t (a); CREATE VIEW public.v AS SELECT a COLLATE public.c AS a, b FROM public.t`,
    to: `CREATE COLLATION public.c (LOCALE = 'POSIX'); CREATE DOMAIN public.d AS text COLLATE public.c;
         CREATE TABLE public.t (a text COLLATE public.c DEFAULT 'x', b varchar(3)[] COLLATE public.c, d public.d);
         CREATE INDEX i ON public.t (a); CREATE VIEW public.v AS SELECT a COLLATE public.c AS a, b FROM public.t`,
    object: "collation public.c",
    way: "Replace"
  },
  {
    name: "collation that PostgreSQL brings",
    to: "CREATE COLLATION public.c (PROVIDER = builtin, LOCALE = 'C.UTF-8')",
    object: "collation public.c",
    state: { provider: "builtin", locale: "C.UTF-8" },
    sinceMajor: 17
  },
  {
    name: "conversion",
    from: "CREATE CONVERSION public.c FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8",
    to:
      "CREATE DEFAULT CONVERSION public.c FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8; COMMENT ON CONVERSION public.c IS 'x'",
    object: "conversion public.c",
    state: { source: "LATIN1", destination: "UTF8", function: "iso8859_1_to_utf8", default: true },
    way: "Replace"
  }
])
