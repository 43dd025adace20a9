/** The tools whose folders of migrations are read: what a folder of each looks like, and what its files mean. Data. */
import type { DialectName } from "../Catalog.ts"
import { byName, byNumber, byVersionText, naturally, ofDrizzle, ofFlyway, type Order } from "./Order.ts"

/** The lines that divide a file into its way there and its way back. */
export interface Sections {
  readonly up: RegExp
  readonly down: RegExp
  /** A line that says that the file does not run in a transaction. */
  readonly noTransaction: RegExp
  /** A line that asks for what cannot be known. */
  readonly unknown?: { readonly line: RegExp; readonly message: string }
}

/** A tool. Paths are relative to the folder, with `/`; files that match nothing are told of and not run. */
export interface Tool {
  /** How it is named in `migrations:TOOL:DIR`. */
  readonly name: string
  readonly title: string
  /** The folder is this tool's where a file has such a path, … */
  readonly file?: RegExp
  /** … or a `.sql` file such a line, … */
  readonly line?: RegExp
  /** … or the folder such a path. */
  readonly folder?: RegExp
  /** What runs; the groups `version` and `description` are what the order needs. */
  readonly migration: RegExp
  /** What is the tool's, and does not run on an empty database: ways back, settings, snapshots. */
  readonly silent?: RegExp
  /** Migrations that are no SQL. */
  readonly program?: RegExp
  readonly order: Order
  readonly sections?: Sections
  /** The tool reads CR LF as LF. */
  readonly lineFeeds?: true
  /** Text that the tool puts other text for, unless the settings beside the file say that it does not. */
  readonly placeholder?: RegExp
  /** The settings of one file: the end of their path, and the lines in them. */
  readonly settings?: { readonly suffix: string; readonly noTransaction: RegExp; readonly noPlaceholders: RegExp }
  /** How a file says that it does not run in a transaction; without one, files that cannot are run statement by statement. */
  readonly transactionSwitch?: string
  /** What is there before the first migration where the tool runs, and not on a shadow. */
  readonly platform?: string
  /** A file of the folder that names the database, and what must stand in it. */
  readonly provider?: { readonly file: string; readonly lines: Readonly<Record<DialectName, RegExp>> }
  /** The one family of databases that it is for. */
  readonly family?: DialectName
  /** It runs the files of a family in no transaction. */
  readonly withoutTransaction?: DialectName
}

const timestamped = /^(?<version>\d+)_(?<description>[^/]*)\.sql$/

/** The tools that are known, by what their folders look like. */
export const tools: ReadonlyArray<Tool> = [
  {
    name: "supabase",
    title: "Supabase",
    folder: /(?:^|\/)supabase\/migrations\/?$/,
    migration: timestamped,
    order: byVersionText,
    family: "postgres",
    platform:
      "Supabase itself makes schemas such as auth and storage before the first migration. Compare with a Supabase database and --schemas public: what it has beside is then there first"
  },
  {
    name: "flyway",
    title: "Flyway",
    file: /(?:^|\/)(?:[VB]\d[\d._]*|R)__[^/]+\.sql$/,
    migration: /(?:^|\/)(?:[VB](?<version>\d[\d._]*?)|R)__(?<description>[^/]+)\.sql$/,
    silent: /(?:^|\/)U\d[\d._]*__[^/]+\.sql$|\.sql\.conf$/,
    program: /(?:^|\/)(?:[VB]\d[\d._]*|R)__[^/]+\.(?:java|kt|class|py|ps1|sh|bash|bat|cmd)$/,
    order: ofFlyway,
    placeholder: /\$\{[^}\n]*\}/,
    settings: {
      suffix: ".conf",
      noTransaction: /^\s*executeInTransaction\s*=\s*false\s*$/im,
      noPlaceholders: /^\s*placeholderReplacement\s*=\s*false\s*$/im
    }
  },
  {
    name: "dbmate",
    title: "dbmate",
    line: /^\ufeff?--\s*migrate:up(?:\s|$)/m,
    migration: /^(?<version>\d+)(?<description>[^/]*)\.sql$/,
    order: byVersionText,
    sections: {
      up: /^\ufeff?--[ \t]*migrate:up(?:[ \t].*)?$/m,
      down: /^--[ \t]*migrate:down(?:[ \t].*)?$/m,
      noTransaction: /^\ufeff?--[ \t]*migrate:up[ \t](?:.*[ \t])?transaction:false[ \t\r]*$/m
    },
    transactionSwitch: "-- migrate:up transaction:false"
  },
  {
    name: "golang-migrate",
    title: "golang-migrate",
    file: /^\d+_[^/]*\.up\.sql$/,
    migration: /^(?<version>\d+)_(?<description>[^/]*)\.up\.sql$/,
    silent: /^\d+_[^/]*\.down\.sql$/,
    order: byNumber
  },
  {
    name: "goose",
    title: "goose",
    line: /^\ufeff?--\s*\+goose\s+Up\s*$/m,
    migration: timestamped,
    program: /^\d+_[^/]*(?<!_test)\.go$/,
    order: byNumber,
    lineFeeds: true,
    sections: {
      up: /^\ufeff?--[ \t]*\+goose Up[ \t\r]*$/m,
      down: /^--[ \t]*\+goose Down[ \t\r]*$/m,
      noTransaction: /^\ufeff?--[ \t]*\+goose NO TRANSACTION[ \t\r]*$/m,
      unknown: {
        line: /^--[ \t]*\+goose ENVSUBS?T? ON[ \t\r]*$/m,
        message: "goose puts variables of the environment into what follows, and Lockplane cannot know them"
      }
    },
    transactionSwitch: "-- +goose NO TRANSACTION"
  },
  {
    name: "prisma",
    title: "Prisma",
    file: /^migration_lock\.toml$/,
    migration: /^(?<description>[^/]+)\/migration\.sql$/,
    silent: /^[^/]+\/(?:down|README)\.(?:sql|md)$/,
    order: byName,
    provider: {
      file: "migration_lock.toml",
      lines: {
        postgres: /^\s*provider\s*=\s*"postgres(?:ql)?"\s*$/m,
        sqlite: /^\s*provider\s*=\s*"sqlite"\s*$/m
      }
    },
    withoutTransaction: "sqlite"
  },
  {
    name: "drizzle",
    title: "Drizzle",
    file: /^meta\/_journal\.json$|^[^/]+\/snapshot\.json$/,
    migration: /^(?<description>[^/]+?)(?:\/migration)?\.sql$/,
    order: ofDrizzle,
    lineFeeds: true
  },
  {
    name: "sql",
    title: "numbered SQL files",
    migration: /^(?<version>\d+)(?<description>[^/]*)\.sql$/,
    order: naturally
  }
]

/** The tool that a folder is taken for when no other is found. */
export const plain = "sql"
