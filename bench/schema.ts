/** The schema that is measured: tables of nine columns, two indexes and a foreign key each, as SQL. */

const plain = (number: number): string => `t${String(number).padStart(4, "0")}`

/** The SQL of one table; its foreign key refers to the table before it, the first one's to itself. */
const table = (number: number): string => {
  const name = plain(number)
  const other = plain(Math.max(0, number - 1))
  return `CREATE TABLE public.${name} (
  id bigint GENERATED ALWAYS AS IDENTITY,
  parent_id bigint,
  name text NOT NULL,
  email character varying(200) NOT NULL,
  state text DEFAULT 'new' NOT NULL,
  amount numeric(12,2) DEFAULT 0 NOT NULL,
  attributes jsonb DEFAULT '{}' NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  deleted_at timestamp with time zone,
  CONSTRAINT ${name}_pkey PRIMARY KEY (id),
  CONSTRAINT ${name}_parent_fkey FOREIGN KEY (parent_id) REFERENCES public.${other} (id)
);
CREATE INDEX ${name}_name_idx ON public.${name} (lower(name));
CREATE UNIQUE INDEX ${name}_email_idx ON public.${name} (email) WHERE deleted_at IS NULL;
`
}

/** The SQL of a schema of so many tables. */
export const schema = (tables: number): string =>
  Array.from({ length: tables }, (_, number) => table(number)).join("\n")
