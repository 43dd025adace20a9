/** Which services of a Compose file are PostgreSQL servers, and what is known of each: database, user, port. Pure. */
import * as Option from "effect/Option"
import { type ComposeFile, entriesOf, itemsOf, type Service, textOf } from "./ComposeFile.ts"
import { interpolate } from "./Interpolation.ts"

/** What a file says elsewhere: variables for `${NAME}`, and the texts of `env_file` files by their paths. */
export interface Surroundings {
  readonly variables: ReadonlyMap<string, string>
  readonly envFiles: ReadonlyMap<string, ReadonlyMap<string, string>>
}

/** A PostgreSQL server as a service. Texts are as written, variables and all. */
export interface PostgresService extends Service {
  /** The image; absent where the service is built. */
  readonly image: string | undefined
  readonly database: string
  readonly user: string
  /** The variable that says which database is made. */
  readonly databaseKey: string
  /** The port that the server listens on in its container. */
  readonly port: string
  /** The address of the host that the port is published on, with `:` behind it; empty for all. Absent where it is not published. */
  readonly address: string | undefined
}

const servers: ReadonlySet<string> = new Set([
  "postgres",
  "postgresql",
  "postgis",
  "pgvector",
  "pgvecto",
  "pgrouting",
  "timescaledb",
  "citus",
  "paradedb",
  "spilo"
])

/** Words of images that work with PostgreSQL and are no server. */
const others: ReadonlySet<string> = new Set([
  "exporter",
  "backup",
  "backups",
  "meta",
  "operator",
  "pgpool",
  "pgbouncer",
  "client",
  "s3",
  "dump",
  "upgrade"
])

/** Whether an image is a PostgreSQL server, by its name alone. */
export const isPostgresImage = (image: string): boolean => {
  const [name = ""] = image.split("@")
  const repository = name.replace(/:[^/]*$/, "")
  const words = repository.toLowerCase().split(/[/._-]/)
  return words.some((word) => servers.has(word)) && !words.some((word) => others.has(word))
}

/** The `environment` of a service in both its forms; a name without a value is passed on from outside. */
export const environmentOf = (
  { document }: ComposeFile,
  service: Service
): ReadonlyMap<string, string | undefined> => {
  const node = service.entries.get("environment")
  const list = itemsOf(document, node).flatMap((item): ReadonlyArray<readonly [string, string | undefined]> => {
    const [, name, value] = /^([^=]*)(?:=([^]*))?$/.exec(textOf(item) ?? "") ?? []
    return name === undefined || name === "" ? [] : [[name, value]]
  })
  const map = [...entriesOf(document, node)].map(([name, value]) => [name, textOf(value)] as const)
  return new Map([...list, ...map])
}

/** The paths of a service's `env_file`, later ones counting more. */
export const envFilesOf = ({ document }: ComposeFile, service: Service): ReadonlyArray<string> => {
  const node = service.entries.get("env_file")
  const nodes = textOf(node) === undefined ? itemsOf(document, node) : [node]
  return nodes.flatMap((item) => textOf(item) ?? textOf(entriesOf(document, item).get("path")) ?? [])
}

/** A port of a service: on the host, and in the container. Texts may be ranges, and hold variables. */
export interface Port {
  readonly address: string
  readonly host: string | undefined
  readonly container: string
}

/** The ports of a service, in both forms. */
export const portsOf = ({ document }: ComposeFile, service: Service): ReadonlyArray<Port> =>
  itemsOf(document, service.entries.get("ports")).flatMap((item): ReadonlyArray<Port> => {
    const text = textOf(item)
    if (text !== undefined) {
      // a ":" inside of braces or brackets parts nothing
      const parts = text.replace(/\/\w+$/, "").split(/:(?![^{]*\})(?![^[]*\])/)
      const container = parts.at(-1) ?? ""
      return [{ address: parts.length > 2 ? `${parts[0]}:` : "", host: parts.at(-2), container }]
    }
    const entries = entriesOf(document, item)
    const address = textOf(entries.get("host_ip"))
    const container = textOf(entries.get("target"))
    if (container === undefined) return []
    return [{ address: address === undefined ? "" : `${address}:`, host: textOf(entries.get("published")), container }]
  })

const databaseKeys = ["POSTGRES_DB", "POSTGRESQL_DATABASE"] as const
const userKeys = ["POSTGRES_USER", "POSTGRESQL_USERNAME", "POSTGRESQL_USER"] as const

/** Whether a service that is built from a Dockerfile runs a server: applications have POSTGRES_PASSWORD too. */
const looksBuilt = (file: ComposeFile, service: Service): boolean => {
  if (!service.entries.has("build")) return false
  const { document } = file
  const volumes = itemsOf(document, service.entries.get("volumes")).map((item) =>
    textOf(item) ?? textOf(entriesOf(document, item).get("target")) ?? ""
  )
  const test = entriesOf(document, service.entries.get("healthcheck")).get("test")
  const healthcheck = [textOf(test), ...itemsOf(document, test).map(textOf)].join(" ")
  return environmentOf(file, service).size > 0 &&
    [...environmentOf(file, service).keys()].some((key) => /^POSTGRES(QL)?_/.test(key)) &&
    (volumes.some((volume) => volume.includes("/var/lib/postgresql")) || healthcheck.includes("pg_isready"))
}

/** The port that the server's command line says (PostgreSQL manual, "postgres"): `-p`, `--port` or `-c port`; the last one counts. */
const commandPort = ({ document }: ComposeFile, service: Service): string | undefined =>
  ["entrypoint", "command"].flatMap((key) => {
    const node = service.entries.get(key)
    const line = textOf(node) ?? itemsOf(document, node).map((item) => textOf(item) ?? "").join(" ")
    return [
      ...line.matchAll(/(?:^|[\s"'])(?:-p\s*|(?:-c\s*|--)["']?port\s*=\s*)["']?(\$\{[^}]*\}|\$\w+|\d+)/g)
    ].flatMap(([, port]) => port ?? [])
  }).at(-1)

const isReplica = (environment: ReadonlyMap<string, string | undefined>): boolean =>
  ["slave", "replica", "standby"].includes(
    environment.get("POSTGRESQL_REPLICATION_MODE") ?? environment.get("POSTGRES_REPLICATION_MODE") ?? ""
  )

/** What a service is as a PostgreSQL server, whatever its image. */
export const describe = (file: ComposeFile, service: Service, surroundings: Surroundings): PostgresService => {
  const image = textOf(service.entries.get("image"))
  const own = environmentOf(file, service)
  const environment = new Map<string, string | undefined>([
    ...envFilesOf(file, service).flatMap((path) => [...surroundings.envFiles.get(path) ?? []]),
    ...own
  ])
  // a name without a value takes that of the same name outside
  const valueOf = (keys: ReadonlyArray<string>): string | undefined =>
    keys.filter((key) => environment.has(key)).map((key) => environment.get(key) ?? `\${${key}}`)[0]
  const isBitnami = image?.includes("bitnami") === true || [...own.keys()].some((key) => key.startsWith("POSTGRESQL_"))
  const user = valueOf(userKeys) ?? "postgres"
  const ports = portsOf(file, service)
  const numberOf = (text: string): string => interpolate(text, surroundings.variables) ?? text
  const said = commandPort(file, service) ?? valueOf(["PGPORT", "POSTGRESQL_PORT_NUMBER"])
  const listens = numberOf(said ?? "5432")
  const published = ports.find(({ container }) => numberOf(container) === listens) ?? ports[0]
  return {
    ...service,
    image,
    database: valueOf(databaseKeys) ?? valueOf(["PGDATABASE"]) ?? user,
    user,
    databaseKey: databaseKeys.find((key) => own.has(key)) ?? (isBitnami ? databaseKeys[1] : databaseKeys[0]),
    port: published === undefined || said !== undefined ? listens : numberOf(published.container),
    address: published?.address
  }
}

/** The services that are PostgreSQL servers; replicas are not counted. */
export const find = (file: ComposeFile, surroundings: Surroundings): ReadonlyArray<PostgresService> =>
  file.services.flatMap((service) => {
    const image = textOf(service.entries.get("image"))
    // the default of a variable says as much of the image as there is to know
    const known = image === undefined ? undefined : interpolate(image, surroundings.variables) ?? image
    const isServer = known === undefined
      ? looksBuilt(file, service)
      : isPostgresImage(known) || looksBuilt(file, service)
    return isServer && !isReplica(environmentOf(file, service)) ? [describe(file, service, surroundings)] : []
  })

/** The services among which one is meant, without the image's name: what {@link find} cannot know, `--service` says. */
export const named = (
  file: ComposeFile,
  name: string,
  surroundings: Surroundings
): Option.Option<PostgresService> =>
  Option.map(
    Option.fromUndefinedOr(file.services.find((service) => service.name === name)),
    (service) => describe(file, service, surroundings)
  )
