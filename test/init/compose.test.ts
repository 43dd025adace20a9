/** The shadow service of Compose files, and what becomes of the rest of such a file: nothing. */
import { describe, expect, test } from "bun:test"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { readFileSync } from "node:fs"
import { readdir, readFile, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parse } from "yaml"
import { addService, read } from "../../src/init/compose/ComposeFile.ts"
import { candidates, taken } from "../../src/init/compose/HostPorts.ts"
import { interpolate, namesIn, withSuffix } from "../../src/init/compose/Interpolation.ts"
import { find, isPostgresImage, type Surroundings } from "../../src/init/compose/PostgresService.ts"
import { shadowComment, shadowOf } from "../../src/init/compose/ShadowService.ts"
import { folder, lockplane } from "../cli/lockplane.ts"
import * as it from "../effect.ts"
import { keys, onTerminal } from "./terminal.ts"

const fixtures = fileURLToPath(new URL("../../fixtures/compose", import.meta.url))
const fixture = (name: string): string => readFileSync(join(fixtures, name), "utf8")

const nothingAround: Surroundings = { variables: new Map(), envFiles: new Map() }

/** What was put into the text, between a beginning and an end that are as they were. */
const inserted = (before: string, after: string): string => {
  let start = 0
  while (start < before.length && before[start] === after[start]) start++
  const end = before.length - start
  expect(after.slice(0, start) + after.slice(after.length - end)).toBe(before)
  return after.slice(start, after.length - end)
}

const added = (name: string, around: Surroundings = nothingAround, service = 0) => {
  const text = fixture(name)
  const file = Result.getOrThrow(read(name, text))
  const of = find(file, around)[service]
  if (of === undefined) throw new Error(`${name} has no PostgreSQL service`)
  const port = candidates(taken(file, around.variables))[0] ?? 0
  const shadow = Result.getOrThrow(shadowOf(file, of, port, around.variables))
  const result = Result.getOrThrow(addService(file, of.name, "shadow", shadow.service, shadowComment))
  return { before: text, result, of, shadow: parse(result, { merge: true }).services.shadow }
}

interface Case {
  readonly of: string
  readonly image?: string
  readonly ports: ReadonlyArray<string>
  readonly environment: unknown
  readonly test: unknown
}

const cases: Readonly<Record<string, Case>> = {
  "rails.yml": {
    of: "db",
    image: "postgres:16-alpine",
    ports: ["5433:5432"],
    environment: { POSTGRES_USER: "app", POSTGRES_PASSWORD: "app", POSTGRES_DB: "app_development_shadow" },
    test: ["CMD-SHELL", "pg_isready -U app -d app_development_shadow"]
  },
  "environment-list.yaml": {
    of: "postgres",
    image: "postgis/postgis:17-3.5",
    ports: ["127.0.0.1:5433:5432"],
    environment: ["POSTGRES_USER=shop", "POSTGRES_PASSWORD=s3cr#t", "POSTGRES_DB=shop_shadow"],
    test: ["CMD-SHELL", "pg_isready -U shop -d shop_shadow"]
  },
  "variables.yml": {
    of: "postgres",
    image: "pgvector/pgvector:pg${PG_MAJOR:-17}",
    ports: ["${DB_BIND:-127.0.0.1}:5434:5432"],
    environment: {
      POSTGRES_USER: "${DB_USER:-app}",
      POSTGRES_PASSWORD: "${DB_PASSWORD:?set DB_PASSWORD in .env}",
      POSTGRES_DB: "${DB_NAME:-${APP_NAME:-notes}}_shadow"
    },
    test: ["CMD", "pg_isready", "-U", "${DB_USER:-app}", "-d", "${DB_NAME:-${APP_NAME:-notes}}_shadow"]
  },
  "env-file.yaml": {
    of: "db",
    image: "postgres:18",
    ports: ["5433:5432"],
    environment: { POSTGRES_DB: "postgres_shadow" },
    test: ["CMD-SHELL", "pg_isready -U postgres -d postgres_shadow"]
  },
  "merge-keys.yml": {
    of: "timescale",
    image: "timescale/timescaledb:latest-pg17",
    ports: ["5436:5432"],
    environment: { POSTGRES_DB: "metrics_shadow", TZ: "UTC", POSTGRES_USER: "metrics", POSTGRES_PASSWORD: "metrics" },
    test: ["CMD-SHELL", "pg_isready -U metrics -d metrics_shadow"]
  },
  "supabase.yml": {
    of: "db",
    image: "supabase/postgres:15.8.1.085",
    ports: ["127.0.0.1:5433:${POSTGRES_PORT}"],
    environment: {
      POSTGRES_HOST: "/var/run/postgresql",
      PGPORT: "${POSTGRES_PORT}",
      POSTGRES_PORT: "${POSTGRES_PORT}",
      PGPASSWORD: "${POSTGRES_PASSWORD}",
      POSTGRES_PASSWORD: "${POSTGRES_PASSWORD}",
      PGDATABASE: "${POSTGRES_DB}_shadow",
      POSTGRES_DB: "${POSTGRES_DB}_shadow",
      JWT_EXP: "${JWT_EXPIRY}"
    },
    test: ["CMD", "pg_isready", "-U", "postgres", "-h", "localhost"]
  },
  "bitnami.yml": {
    of: "postgresql-primary",
    image: "docker.io/bitnami/postgresql:16",
    ports: ["5433:5432"],
    environment: [
      "POSTGRESQL_REPLICATION_MODE=master",
      "POSTGRESQL_USERNAME=orders",
      "POSTGRESQL_PASSWORD=orders",
      "POSTGRESQL_DATABASE=orders_shadow"
    ],
    test: ["CMD-SHELL", "pg_isready -U orders -d orders_shadow"]
  },
  "several.yml": {
    of: "orders-db",
    image: "postgres:17",
    ports: ["5435:5432"],
    environment: { POSTGRES_PASSWORD: "orders", POSTGRES_DB: "orders_shadow" },
    test: ["CMD-SHELL", "pg_isready -U postgres -d orders_shadow"]
  },
  "built.yml": {
    of: "database",
    ports: ["127.0.0.1:5433:5432"],
    environment: {
      POSTGRES_PASSWORD: "dev",
      POSTGRES_INITDB_ARGS: "--locale-provider=icu --icu-locale=und",
      POSTGRES_HOST_AUTH_METHOD: "trust",
      POSTGRES_DB: "postgres_shadow"
    },
    test: `pg_isready -U "$\${POSTGRES_USER:-postgres}"`
  },
  "windows.yml": {
    of: "db",
    image: "postgres",
    ports: ["127.0.0.1:5433:5432"],
    environment: { POSTGRES_PASSWORD: "x", POSTGRES_DB: "postgres_shadow" },
    test: ["CMD-SHELL", "pg_isready -U postgres -d postgres_shadow"]
  },
  "last-service.yaml": {
    of: "pg",
    image: `postgres:16@sha256:${"0".repeat(64)}`,
    ports: ["5433:5432"],
    environment: { POSTGRES_PASSWORD: "yes", POSTGRES_DB: "shop-dev_shadow" },
    test: ["CMD-SHELL", "pg_isready -U postgres -d shop-dev_shadow"]
  },
  "passed-through.yml": {
    of: "db",
    image: "registry.example.com:5000/platform/postgres:17",
    ports: ["127.0.0.1:5433:5432"],
    environment: ["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB=${POSTGRES_DB}_shadow"],
    test: "pg_isready --dbname=${POSTGRES_DB}_shadow --username=$POSTGRES_USER"
  }
}

describe("a shadow service", () => {
  for (const [name, wanted] of Object.entries(cases)) {
    test(name, () => {
      const { before, of, result, shadow } = added(name)
      const block = inserted(before, result)
      expect(block.includes("\r\n")).toBe(before.includes("\r\n"))
      expect({
        of: of.name,
        ...(shadow.image === undefined ? {} : { image: shadow.image }),
        ports: shadow.ports,
        environment: shadow.environment,
        test: shadow.healthcheck.test
      }).toEqual({ ...wanted })
      // neither data nor names and addresses of the other
      expect(Object.keys(shadow)).not.toContain("container_name")
      expect(JSON.stringify(shadow)).not.toMatch(/\/var\/lib|initdb\.d|ipv4_address|labels/)
    })
  }

  test("every fixture has a case, or is refused in another test", async () => {
    const others = ["has-shadow.yml", "no-postgres.yml", "flow.yml"]
    expect((await readdir(fixtures)).toSorted()).toEqual([...Object.keys(cases), ...others].toSorted())
  })

  test("keeps what makes the server what it is", () => {
    expect(added("merge-keys.yml").shadow.command).toContain("shared_preload_libraries=timescaledb")
    expect(added("supabase.yml").shadow.volumes).toEqual([
      "./volumes/db/postgresql.conf:/etc/postgresql/postgresql.conf:ro"
    ])
    expect(added("env-file.yaml").shadow).toMatchObject({
      env_file: ["./db.env", { path: "./db.local.env", required: false }],
      shm_size: "256mb"
    })
    expect(added("built.yml").shadow).toMatchObject({
      build: { context: "./docker/postgres" },
      profiles: ["db"],
      secrets: ["tls_key"]
    })
    expect(added("environment-list.yaml").shadow.networks).toEqual(["backend"])
  })

  test("is named after the database of an env_file, and of variables", () => {
    const envFiles = new Map([["./db.env", new Map([["POSTGRES_DB", "ledger"], ["POSTGRES_USER", "books"]])]])
    const { shadow } = added("env-file.yaml", { variables: new Map(), envFiles })
    expect(shadow.environment).toEqual({ POSTGRES_DB: "ledger_shadow" })
    expect(shadow.healthcheck.test[1]).toBe("pg_isready -U books -d ledger_shadow")
    const variables = new Map([["DB_PORT", "5434"]])
    expect(added("variables.yml", { variables, envFiles: new Map() }).shadow.ports).toEqual([
      "${DB_BIND:-127.0.0.1}:5433:5432"
    ])
  })

  test("is written in the manner of the file", () => {
    expect(inserted(fixture("environment-list.yaml"), added("environment-list.yaml").result)).toContain(
      "\n    shadow:\n        image: 'postgis/postgis:17-3.5'\n        environment:\n            - POSTGRES_USER=shop\n"
    )
    expect(added("merge-keys.yml").result).toContain("    ports:\n    - \"5436:5432\"\n")
    // the comment below the service is about the service
    expect(added("rails.yml").result).toContain("    # TODO: tune shared_buffers\n\n  # Lockplane's shadow")
  })

  test("is published by the port that the server's command line says", () => {
    const portOf = (lines: string): string | undefined => {
      const file = Result.getOrThrow(read("compose.yml", `services:\n  db:\n    image: postgres:16\n${lines}`))
      return find(file, nothingAround)[0]?.port
    }
    const ports = "    ports: ['5433:5432']\n"
    expect(portOf(ports)).toBe("5432")
    for (
      const command of [
        "[postgres, -c, port=5434]",
        "postgres -c max_connections=50 -p 5434",
        "postgres -p5434",
        "'postgres -c \"port=5434\"'",
        "[postgres, --port=5434]"
      ]
    ) expect([command, portOf(`    command: ${command}\n${ports}`)]).toEqual([command, "5434"])
    expect(portOf(`    command: [postgres, -c, unix_socket_permissions=0700]\n${ports}`)).toBe("5432")
  })

  test("is refused where services are written as \"? name\"", () => {
    const file = Result.getOrThrow(read("compose.yml", "services:\n  ? db\n  : image: postgres:16\n"))
    const [of] = find(file, nothingAround)
    if (of === undefined) throw new Error("no service")
    const { service } = Result.getOrThrow(shadowOf(file, of, 5433, new Map()))
    const refused = addService(file, of.name, "shadow", service, [])
    expect(Result.isFailure(refused) && refused.failure.message).toContain("each service as NAME:")
  })

  test("is refused where the file has no services of its own", () => {
    const problem = (text: string) => {
      const result = read("compose.yml", text)
      return Result.isFailure(result) ? result.failure.message : ""
    }
    expect(problem("include: [a.yml]\n")).toContain("it includes those of other files")
    expect(problem("include: [a.yml]\nservices: {}\n")).toContain("Name the included file")
    expect(problem("services: {}\n")).toContain("compose.yml has no services\n")
  })

  test("is refused where the file would have to be written anew", () => {
    const file = Result.getOrThrow(read("flow.yml", fixture("flow.yml")))
    const [of] = find(file, nothingAround)
    if (of === undefined) throw new Error("no service")
    const { service } = Result.getOrThrow(shadowOf(file, of, 5433, new Map()))
    expect(Result.isFailure(addService(file, of.name, "shadow", service, []))).toBe(true)
  })
})

test("images of PostgreSQL are told from those that work with it", () => {
  for (
    const image of [
      "postgres",
      "postgres:17",
      "docker.io/library/postgres:16-alpine@sha256:abc",
      "bitnami/postgresql:16",
      "postgis/postgis",
      "pgvector/pgvector:pg17",
      "timescale/timescaledb-ha:pg16",
      "supabase/postgres:15",
      "localhost:5000/my/postgres"
    ]
  ) expect([image, isPostgresImage(image)]).toEqual([image, true])
  for (
    const image of [
      "postgrest/postgrest",
      "supabase/postgres-meta",
      "prometheuscommunity/postgres-exporter",
      "bitnami/pgbouncer",
      "dpage/pgadmin4",
      "redis",
      "prodrigestivill/postgres-backup-local"
    ]
  ) expect([image, isPostgresImage(image)]).toEqual([image, false])
})

test("variables are replaced as Compose does", () => {
  const variables = new Map([["A", "1"], ["EMPTY", ""]])
  const results: Readonly<Record<string, string | undefined>> = {
    "$A-${A}": "1-1",
    "${NONE}": undefined,
    "${NONE:-x}": "x",
    "${EMPTY:-x}": "x",
    "${EMPTY-x}": "",
    "${A:+yes}": "yes",
    "${NONE:+yes}": "",
    "${NONE:-${OTHER:-${A}}}": "1",
    "${NONE:?must be set}": undefined,
    "$$A": "$A"
  }
  for (const [text, value] of Object.entries(results)) {
    expect([text, interpolate(text, variables)]).toEqual([text, value])
  }
  expect(namesIn("${A:-${B}} $C $$D")).toEqual(["A", "B", "C"])
  expect([withSuffix("$DB", "_shadow"), withSuffix("${DB}", "_shadow"), withSuffix("$$DB", "_s")])
    .toEqual(["${DB}_shadow", "${DB}_shadow", "$$DB_s"])
})

const text = (path: string) => Effect.promise(() => readFile(path, "utf8"))

describe("lockplane init docker-compose", () => {
  it.live("adds the service to the file that Compose would take, on a port that nothing listens on", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({ "compose.yml": fixture("rails.yml"), "docker-compose.yml": fixture("bitnami.yml") })
      yield* Effect.promise(() => writeFile(join(cwd, ".env"), "UNUSED=1\n"))
      const blocked = yield* Effect.acquireRelease(
        Effect.callback<ReturnType<typeof createServer> | undefined>((resume) => {
          const listening = createServer()
          // somebody else may have it, which is as good
          listening.once("error", () => resume(Effect.succeed(undefined)))
          listening.listen(5433, "127.0.0.1", () => resume(Effect.succeed(listening)))
        }),
        (listening) => Effect.sync(() => listening?.close())
      )
      expect(blocked === undefined || blocked.listening).toBe(true)
      const run = yield* lockplane(["init", "docker-compose"], { cwd })
      expect([run.code, run.stdout]).toEqual([0, ""])
      const result = yield* text(join(cwd, "compose.yml"))
      const { ports } = parse(result).services.shadow
      expect(ports).not.toEqual(["5433:5432"])
      expect(run.stderr).toContain(`on port ${String(ports[0]).split(":")[0]}`)
      expect(run.stderr).toContain("/app_development_shadow")
      expect(run.stderr).not.toContain("app:app@")
      expect(yield* text(join(cwd, "docker-compose.yml"))).toBe(fixture("bitnami.yml"))
      const again = yield* lockplane(["init", "docker-compose"], { cwd })
      expect([again.code, again.stderr]).toEqual([0, expect.stringContaining("has a service shadow already")])
      expect(yield* text(join(cwd, "compose.yml"))).toBe(result)
    }))

  const refusals: ReadonlyArray<readonly [name: string, says: string]> = [
    ["no-postgres.yml", "has no PostgreSQL service, among web, rest"],
    ["several.yml", "--service orders-db"],
    ["flow.yml", "not written in lines of their own"]
  ]
  for (const [name, says] of refusals) {
    it.live(`refuses ${name} and changes nothing`, () =>
      Effect.gen(function*() {
        const cwd = yield* folder({ [name]: fixture(name) })
        const run = yield* lockplane(["init", "docker-compose", "--file", name], { cwd })
        expect([run.code, run.stderr]).toEqual([1, expect.stringContaining(says)])
        expect(yield* text(join(cwd, name))).toBe(fixture(name))
        expect(yield* Effect.promise(() => readdir(cwd))).toEqual([name])
      }))
  }

  it.live("says what is wrong with the file, where there is one", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({ "broken.yml": "services:\n  db:\n    image: [postgres\n" })
      expect((yield* lockplane(["init", "docker-compose"], { cwd })).stderr).toContain("there is no compose.yaml")
      expect((yield* lockplane(["init", "docker-compose", "--file", "broken.yml"], { cwd })).stderr).toMatch(
        /broken\.yml:\d+:\d+: /
      )
      expect((yield* lockplane(["init", "docker-compose", "--file", "none.yml"], { cwd })).stderr).toContain(
        "no such file"
      )
    }))

  it.live("takes the service that is named, or chosen on a terminal", () =>
    Effect.gen(function*() {
      const cwd = yield* folder({ "one.yml": fixture("several.yml"), "other.yml": fixture("several.yml") })
      expect((yield* lockplane(["init", "docker-compose", "--file", "one.yml", "--service", "users-db"], { cwd })).code)
        .toBe(0)
      const chosen = yield* Effect.promise(() =>
        onTerminal(["init", "docker-compose", "--file", "other.yml"], [[
          "Which PostgreSQL service",
          keys.down,
          keys.enter
        ]], { cwd })
      )
      expect(chosen.code).toBe(0)
      for (const name of ["one.yml", "other.yml"]) {
        expect(parse(yield* text(join(cwd, name))).services.shadow.environment.POSTGRES_DB).toBe("users_shadow")
      }
    }))
})
