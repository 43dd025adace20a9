/** The shadow service: what of a PostgreSQL service makes a second server like it, with an empty database of its own. Pure. */
import * as Result from "effect/Result"
import { type Document, isCollection, isMap, isScalar, isSeq, type Node, Scalar, visit, YAMLMap, YAMLSeq } from "yaml"
import { InitError } from "../InitError.ts"
import { type ComposeFile, entriesOf, itemsOf, textOf } from "./ComposeFile.ts"
import { interpolate, withSuffix } from "./Interpolation.ts"
import { environmentOf, type PostgresService } from "./PostgresService.ts"

/** The name of the service. */
export const shadowName = "shadow"

/** What the database's name ends in. */
export const shadowSuffix = "_shadow"

/** What stands before the service. */
export const shadowComment: ReadonlyArray<string> = [
  "Lockplane's shadow database: plans are tried out here, and it is emptied each time. Keep nothing in it."
]

/**
 * Keys that make the server what it is. Not among them: names and addresses, which are one service's alone, the data's
 * volumes, and what connects it with other services.
 */
const kept = [
  "image",
  "build",
  "platform",
  "pull_policy",
  "profiles",
  "user",
  "restart",
  "command",
  "entrypoint",
  "shm_size",
  "env_file",
  "environment",
  "secrets",
  "configs",
  "ports",
  "volumes",
  "networks",
  "healthcheck"
] as const

const isNode = (value: unknown): value is Node => isScalar(value) || isCollection(value)

/** A copy without comments, anchors, tags and aliases: those belong to where it was. */
const copy = (document: Document, node: unknown): Node | undefined => {
  if (isScalar(node)) {
    const scalar = new Scalar(node.value)
    if (node.type !== undefined && node.type !== null) scalar.type = node.type
    if (node.source !== undefined && typeof node.value !== "string") scalar.source = node.source
    return scalar
  }
  if (isSeq(node)) {
    const list = new YAMLSeq()
    list.flow = node.flow === true
    for (const item of itemsOf(document, node)) list.items.push(copy(document, item) ?? new Scalar(null))
    return list
  }
  if (!isMap(node)) return undefined
  const map = new YAMLMap()
  map.flow = node.flow === true
  for (const [key, value] of entriesOf(document, node)) {
    map.set(new Scalar(key), copy(document, value) ?? new Scalar(null))
  }
  return map
}

const quoted = (text: string): Scalar => {
  const scalar = new Scalar(text)
  scalar.type = "QUOTE_DOUBLE"
  return scalar
}

/** The environment with the shadow's database, in the form that it had. */
const environment = (file: ComposeFile, from: PostgresService, database: string): Node => {
  const own = environmentOf(file, from)
  const keys = new Set([
    from.databaseKey,
    ...["POSTGRES_DB", "POSTGRESQL_DATABASE", "PGDATABASE"].filter((key) => own.has(key))
  ])
  const node = copy(file.document, from.entries.get("environment"))
  if (isSeq(node)) {
    const isOf = (item: unknown, key: string): boolean => {
      const text = textOf(item)
      return text === key || text?.startsWith(`${key}=`) === true
    }
    for (const key of keys) {
      const item = node.items.find((each) => isOf(each, key))
      if (isScalar(item)) item.value = `${key}=${database}`
      else node.items.push(new Scalar(`${key}=${database}`))
    }
    return node
  }
  const map = isMap(node) ? node : new YAMLMap()
  for (const key of keys) {
    const scalar = [...map.items].find((item) => isScalar(item.key) && item.key.value === key)?.value
    if (isScalar(scalar) && scalar.value !== null) scalar.value = database
    else map.set(new Scalar(key), new Scalar(database))
  }
  return map
}

/** The healthcheck asks for the shadow's database where it asked for the other one. */
const healthcheck = (
  file: ComposeFile,
  from: PostgresService,
  database: string,
  variables: ReadonlyMap<string, string>
): Node => {
  const node = copy(file.document, from.entries.get("healthcheck"))
  if (!isMap(node) || !node.has("test")) {
    const port = from.port === "5432" ? "" : ` -p ${from.port}`
    const test = new YAMLSeq()
    test.flow = true
    test.items.push(quoted("CMD-SHELL"), quoted(`pg_isready -U ${from.user} -d ${database}${port}`))
    const map = isMap(node) ? node : new YAMLMap()
    map.set(new Scalar("test"), test)
    for (const [key, value] of [["interval", "5s"], ["timeout", "5s"], ["retries", 10]] as const) {
      if (!map.has(key)) map.set(new Scalar(key), new Scalar(value))
    }
    return map
  }
  const name = interpolate(from.database, variables)
  const isDatabase = (text: string): boolean =>
    withSuffix(text, "") === withSuffix(from.database, "") ||
    name !== undefined && interpolate(text, variables) === name
  const test = node.get("test", true)
  const replaced = (text: string): string =>
    text.replaceAll(
      /((?:^|\s)(?:-d\s*|--dbname[= ]\s*))(["']?)((?:\$\{[^}]*\}|[^\s"'])+)\2/g,
      (all, flag: string, quote: string, value: string) =>
        isDatabase(value) ? `${flag}${quote}${database}${quote}` : all
    )
  visit(test ?? null, {
    Scalar: (key, scalar, path) => {
      if (typeof scalar.value !== "string") return
      const list = path.at(-1)
      const before = isSeq(list) && typeof key === "number" ? textOf(list.items[key - 1]) : undefined
      scalar.value = (before === "-d" || before === "--dbname") && isDatabase(scalar.value)
        ? database
        : replaced(scalar.value)
    }
  })
  return node
}

/** Bind mounts of files that the server's command line names, such as its configuration; never data or start scripts. */
const volumes = (file: ComposeFile, from: PostgresService): YAMLSeq | undefined => {
  const { document } = file
  const command = ["command", "entrypoint"].map((key) => JSON.stringify(copy(document, from.entries.get(key)) ?? ""))
    .join(" ")
  const list = new YAMLSeq()
  for (const item of itemsOf(document, from.entries.get("volumes"))) {
    const [source = "", target = ""] = textOf(item)?.split(/:(?![^{]*\})/) ??
      ["source", "target"].map((key) => textOf(entriesOf(document, item).get(key)) ?? "")
    const isBind = /^[./~$]/.test(source)
    if (!isBind || target === "" || /\/(var\/lib|bitnami)\/postgresql/.test(target) || !command.includes(target)) {
      continue
    }
    const node = copy(document, item)
    if (node !== undefined) list.items.push(node)
  }
  return list.items.length === 0 ? undefined : list
}

/** The names of the networks, without addresses in them, which are one service's alone. */
const networks = (file: ComposeFile, from: PostgresService): Node | undefined => {
  const node = from.entries.get("networks")
  if (!isMap(node)) return copy(file.document, node)
  const list = new YAMLSeq()
  for (const name of entriesOf(file.document, node).keys()) list.items.push(new Scalar(name))
  return list
}

/**
 * The shadow service for a PostgreSQL service, published on that port of the host. Fails for a service that has the host's
 * network: two servers cannot have one port.
 */
export const shadowOf = (
  file: ComposeFile,
  from: PostgresService,
  hostPort: number,
  variables: ReadonlyMap<string, string>
): Result.Result<{ readonly service: YAMLMap; readonly database: string }, InitError> => {
  if (textOf(from.entries.get("network_mode")) === "host") {
    return Result.fail(
      new InitError({
        detail:
          `${file.path}: the service ${from.name} uses the host's network, where a second server needs another port than its own`,
        next: "Add the shadow service by hand, with a port of its own, or use the embedded shadow. Nothing was changed."
      })
    )
  }
  const database = withSuffix(from.database, shadowSuffix)
  const ports = new YAMLSeq()
  // a server that nobody outside could reach is not opened to the network by its shadow
  ports.items.push(quoted(`${from.address ?? "127.0.0.1:"}${hostPort}:${from.port}`))
  const made: Readonly<Record<string, Node | undefined>> = {
    environment: environment(file, from, database),
    ports,
    volumes: volumes(file, from),
    networks: networks(file, from),
    healthcheck: healthcheck(file, from, database, variables)
  }
  const service = new YAMLMap()
  for (const key of kept) {
    const node = Object.hasOwn(made, key) ? made[key] : copy(file.document, from.entries.get(key))
    if (isNode(node)) service.set(new Scalar(key), node)
  }
  return Result.succeed({ service, database })
}
