/** The questions of `lockplane init`, in their order. Everything is shown on standard error. */
import * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stdio from "effect/Stdio"
import * as Terminal from "effect/Terminal"
import { defaultTarget } from "../config/Precedence.ts"
import { parse, redactUrl } from "../engine/ConnectionUrl.ts"
import {
  type Database,
  describeDatabase,
  describeShadow,
  type ServerParts,
  serverUrl,
  type Shadow,
  shadowUrl,
  writable
} from "../init/Answers.ts"
import { connectionTest, type Reached } from "../init/ConnectionTest.ts"
import { schemaProblem } from "../init/ShadowTest.ts"
import { describe } from "./Failure.ts"
import { type Given, shadowSchemaName } from "./InitFlags.ts"
import { say, style, write } from "./Output.ts"

/** What a question needs, and how it ends where somebody does not want to answer. */
type Asking<A> = Effect.Effect<A, Terminal.QuitError, Prompt.Environment | Stdio.Stdio>

/** Runs questions with what they show on standard error, in colours where that has them. */
export const onStandardError = <A, E, R>(
  work: Effect.Effect<A, E, R>
): Effect.Effect<A, E, R | Terminal.Terminal | Stdio.Stdio> =>
  Effect.gen(function*() {
    const terminal = yield* Terminal.Terminal
    const stdio = yield* Stdio.Stdio
    const { red } = yield* style
    const shown = Terminal.make({
      ...terminal,
      // the width of standard output, which need not be a terminal
      columns: Effect.map(terminal.columns, (columns) => columns > 0 ? columns : 80),
      display: (text) => Effect.provideService(write(text), Stdio.Stdio, stdio)
    })
    return yield* work.pipe(
      Effect.provideService(Terminal.Terminal, shown),
      Effect.provideService(Prompt.Theme, Prompt.makeTheme({ colors: red("x") !== "x" }))
    )
  })

/** Asks for a text that must not be empty unless `canBeEmpty`. Where nothing is typed, it is `value`, which is shown. */
export const askText = (
  message: string,
  options: {
    readonly value?: string | undefined
    readonly canBeEmpty?: boolean
    readonly validate?: (text: string) => string | undefined
  } = {}
): Asking<string> => {
  const { canBeEmpty, validate, value = "" } = options
  const meant = (typed: string): string => typed.trim() === "" ? value : typed.trim()
  return Effect.map(
    Prompt.String({
      // not in the line already: what is typed there would be added to it
      message: value === "" ? message : `${message} (Enter: ${value})`,
      validate: (typed) => {
        const problem = meant(typed) === "" && canBeEmpty !== true
          ? "Type something, or press Ctrl-C to leave"
          : validate?.(meant(typed))
        return problem === undefined ? Effect.succeed(typed) : Effect.fail(problem)
      }
    }),
    meant
  )
}

const askPassword = (message: string): Asking<Redacted.Redacted<string>> => Prompt.Password({ message })

/** Asks to choose one of several. */
export const choose = <A>(
  message: string,
  choices: ReadonlyArray<{ readonly title: string; readonly value: A; readonly description?: string }>
): Asking<A> => Prompt.Select({ message, choices })

const withPassword = (url: string, password: string): string =>
  password === "" ? url : url.replace(
    /^(postgres(?:ql)?:\/\/)([^:@/?]*)@/i,
    (_, scheme: string, user: string) => `${scheme}${user}:${encodeURIComponent(password).replaceAll("'", "%27")}@`
  )

/** Asks for a connection string; a password that is not in it is asked for apart, without being shown. */
const askConnectionString = (
  value: string | undefined,
  known: Redacted.Redacted<string>
): Asking<Redacted.Redacted<string>> =>
  Effect.gen(function*() {
    const text = writable(
      yield* askText("Connection string", {
        value: value ?? withoutPassword(Redacted.make(defaultTarget)),
        validate: (text) =>
          /^postgres(ql)?:\/\/\S+/i.test(text) ? undefined : "Write it as postgres://user@host:5432/database"
      })
    )
    if (!/^[a-z]+:\/\/[^:@/?]+@/i.test(text)) return Redacted.make(text)
    const hasKnown = Redacted.value(known) !== ""
    const password = yield* askPassword(`Password (${hasKnown ? "empty: the one from before" : "empty: none"})`)
    return Redacted.make(withPassword(text, Redacted.value(password) || Redacted.value(known)))
  })

const sslModes = [
  { title: "prefer", value: "prefer", description: "encrypted where the server can" },
  { title: "disable", value: "disable", description: "not encrypted: for the own machine" },
  { title: "require", value: "require", description: "encrypted, whoever the server is" },
  { title: "verify-full", value: "verify-full", description: "encrypted, and the server proves its name" },
  { title: "verify-ca", value: "verify-ca", description: "encrypted, and the server's certificate is checked" }
] as const

const askParts = (before: ServerParts): Asking<ServerParts> =>
  Effect.gen(function*() {
    const host = yield* askText("Host", { value: before.host })
    const port = yield* askText("Port", {
      value: before.port,
      validate: (text) =>
        /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= 65535
          ? undefined
          : "A port is a number from 1 to 65535"
    })
    const database = yield* askText("Database", { value: before.database })
    const user = yield* askText("User", { value: before.user })
    const hasKnown = Redacted.value(before.password) !== ""
    const typed = yield* askPassword(`Password (${hasKnown ? "empty: the one from before" : "empty: none"})`)
    const sslMode = yield* choose(
      "Encryption of the connection",
      sslModes.toSorted((a, b) => Number(b.value === before.sslMode) - Number(a.value === before.sslMode))
    )
    return { host, port, database, user, password: Redacted.value(typed) === "" ? before.password : typed, sslMode }
  })

/** A server that was decided on, and what was found there; nothing where it was not reached. */
export interface Server {
  readonly url: Redacted.Redacted<string>
  readonly reached: Reached | undefined
}

/** What is known of a server, in the parts that it is asked for by. */
const partsOf = (url: string): Effect.Effect<ServerParts & { readonly isUrl: boolean }> =>
  parse(url).pipe(
    Effect.map(({ database, hosts, password, sslMode, user }) => ({
      host: hosts[0]?.host ?? "localhost",
      port: String(hosts[0]?.port ?? 5432),
      database: database ?? "",
      user: user ?? "",
      password: Redacted.make(password ?? ""),
      sslMode,
      isUrl: true
    })),
    Effect.orElseSucceed(() => ({
      host: "localhost",
      port: "5432",
      database: "postgres",
      user: "postgres",
      password: Redacted.make(""),
      sslMode: "prefer",
      isUrl: false
    }))
  )

/** Asks for a server until it answers, or until it is to be written down as it is. */
const askServer = (
  given: Redacted.Redacted<string> | undefined,
  schemas: ReadonlyArray<string> | undefined
): Asking<Server> =>
  Effect.gen(function*() {
    const { green, red } = yield* style
    let form: "url" | "parts" = "url"
    const ask = Effect.fnUntraced(function*(before: Redacted.Redacted<string> | undefined) {
      const known = yield* partsOf(before === undefined ? "" : Redacted.value(before))
      if (form === "parts") return serverUrl(yield* askParts(known))
      return yield* askConnectionString(before === undefined ? undefined : withoutPassword(before), known.password)
    })
    if (given === undefined) {
      form = yield* choose("How do you name it?", [
        { title: "Connection string", value: "url" as const, description: "postgres://user@host:5432/database" },
        {
          title: "Part by part",
          value: "parts" as const,
          description: "host, port, database, user, password, encryption"
        }
      ])
    }
    let url = given ?? (yield* ask(undefined))
    for (;;) {
      yield* say(`Connecting to ${redactUrl(Redacted.value(url))} …`)
      const result = yield* Effect.result(connectionTest(url, schemas))
      if (result._tag === "Success") {
        const { database, relations, server } = result.success
        yield* say(`${green("✓")} ${server}, database ${database}, ${contents(relations)}`)
        return { url, reached: result.success }
      }
      yield* say(`${red("✗")} ${describe(result.failure)}`)
      const next = yield* choose("It cannot be reached. What now?", [
        { title: "Try again", value: "again" as const },
        { title: "Change it", value: "change" as const },
        { title: "Save it anyway", value: "save" as const, description: "for a server that is not there yet" }
      ])
      if (next === "save") return { url, reached: undefined }
      if (next === "change") url = yield* ask(url)
    }
  })

/** How much is in a database, in words. */
export const contents = (relations: number): string =>
  relations === 0 ? "empty" : relations === 1 ? "with 1 table or view" : `with ${relations} tables and views`

/** For editing: what is typed is shown, and a password is not. */
const withoutPassword = (url: Redacted.Redacted<string>): string =>
  Redacted.value(url).replace(/^([a-z]+:\/\/[^:@/?]*):[^@]*@/i, "$1@")

/** A database that was decided on. */
export interface Decided {
  readonly database: Database
  readonly reached: Reached | undefined
}

/** Asks for the database, as far as the flags do not say it; `set` is the one that the environment has already. */
export const askDatabase = (given: Given, environment: string, set: Database | undefined): Asking<Decided> =>
  Effect.gen(function*() {
    if (given.database !== undefined && given.database._tag !== "Server") {
      return { database: given.database, reached: undefined }
    }
    const type = given.database !== undefined || given.type === "postgres"
      ? "server" as const
      : given.type ?? (yield* choose("Which database?", [
        ...(set === undefined
          ? []
          : [{ title: "As it is set", value: "same" as const, description: describeDatabase(set) }]),
        { title: "PostgreSQL server", value: "server" as const, description: "your own, a container, or a hosted one" },
        {
          title: "Embedded PostgreSQL",
          value: "embedded" as const,
          description: "kept in a folder of the project; nothing to install"
        },
        { title: "SQLite", value: "sqlite" as const, description: "a file; nothing to install" },
        { title: "libSQL / Turso", value: "libsql" as const, description: "a server, with a token where it wants one" }
      ]))
    if (type === "same" && set !== undefined && set._tag !== "Server") return { database: set, reached: undefined }
    switch (type) {
      case "same":
      case "server": {
        const known = given.database ?? (type === "same" ? set : undefined)
        const { reached, url } = yield* askServer(known?._tag === "Server" ? known.url : undefined, given.schemas)
        return { database: { _tag: "Server", url }, reached }
      }
      case "embedded":
        return {
          database: {
            _tag: "Embedded",
            directory: yield* askText("Folder that keeps it", { value: embeddedFolder(environment) })
          },
          reached: undefined
        }
      case "sqlite":
        return {
          database: { _tag: "Sqlite", path: yield* askText("File of the database", { value: "lockplane.db" }) },
          reached: undefined
        }
      case "libsql": {
        const url = yield* askText("URL of the server, such as libsql://shop.turso.io", {
          validate: (text) => /^(libsql|https?|wss?):\/\/[^\s/]+/i.test(text) ? undefined : "Write it as libsql://HOST"
        })
        const token = yield* askPassword("Token (empty: none)")
        return {
          database: {
            _tag: "Libsql",
            url: Redacted.make(writable(url)),
            ...(Redacted.value(token) === "" ? {} : { token })
          },
          reached: undefined
        }
      }
    }
  })

/** The folder of an embedded database where none is named: one that stays out of git. */
export const embeddedFolder = (environment: string): string => `.lockplane/db/${environment}`

/** Asks where plans are tried out, each choice with what it leads to. */
export const askShadow = (
  database: Database,
  name: string,
  isKnown: boolean,
  managed: ReadonlyArray<string> | undefined
): Asking<Shadow> => {
  const embedded = {
    title: "Embedded PostgreSQL",
    value: "embedded" as const,
    description: "in process; nothing to set up"
  }
  if (database._tag !== "Server") return Effect.succeed({ _tag: isKnown ? "AsItIs" : "Embedded" })
  const beside = shadowUrl(database.url, name)
  return Effect.gen(function*() {
    const choice = yield* choose("Where are plans tried out (the shadow)?", [
      ...(isKnown
        ? [{ title: "As it is set", value: "same" as const, description: "the environment's shadow stays" }]
        : []),
      embedded,
      {
        title: "A database on the same server",
        value: "database" as const,
        description: redactUrl(Redacted.value(beside))
      },
      {
        title: "A schema in the same database",
        value: "schema" as const,
        description: `${shadowSchemaName}: where no database can be created, as on Supabase`
      }
    ])
    switch (choice) {
      case "same":
        return { _tag: "AsItIs" }
      case "embedded":
        return { _tag: "Embedded" }
      case "schema":
        return {
          _tag: "Schema",
          schema: yield* askText("Schema, which is emptied", {
            value: shadowSchemaName,
            validate: (text) => schemaProblem(text, managed)
          })
        }
      case "database": {
        const named = yield* askText("Database, which is created, or emptied", {
          value: `${name}_shadow`,
          validate: (text) => text === name ? "That is the database itself, which would be emptied" : undefined
        })
        return { _tag: "Database", url: shadowUrl(database.url, name, undefined, named) }
      }
    }
  })
}

/** A yes or no; yes where nothing but Enter is pressed. */
export const confirm = (message: string): Asking<boolean> => Prompt.Confirm({ message, initial: true })

/** What was decided, in lines for people. */
export const summary = (
  environment: string,
  description: string | undefined,
  database: Database,
  shadow: Shadow,
  schemaPath: string
): string =>
  [
    `Environment ${environment}${description === undefined || description === "" ? "" : ` (${description})`}`,
    `  database  ${describeDatabase(database)}`,
    `  shadow    ${describeShadow(shadow, database)}`,
    `  schema    ${schemaPath}/`
  ].join("\n")

/** Whether somebody can be asked. */
export const canAsk: Effect.Effect<boolean, never, Stdio.Stdio> = Effect.gen(function*() {
  const { stderrIsTerminal, stdinIsTerminal } = yield* Stdio.Stdio
  return (yield* stdinIsTerminal) && (yield* stderrIsTerminal)
})

/** The value of a flag, or an answer. */
export const orAsk = <A>(value: A | undefined, ask: Asking<A>): Asking<A> =>
  Option.match(Option.fromUndefinedOr(value), { onNone: () => ask, onSome: Effect.succeed })
