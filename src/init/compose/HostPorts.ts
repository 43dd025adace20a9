/** Which ports of the host the services of a Compose file take. Pure. */
import type { ComposeFile } from "./ComposeFile.ts"
import { interpolate } from "./Interpolation.ts"
import { portsOf } from "./PostgresService.ts"

/** The ports of the host that the services publish, as far as the values of variables are known. */
export const taken = (file: ComposeFile, variables: ReadonlyMap<string, string>): ReadonlySet<number> =>
  new Set(
    file.services.flatMap((service) => portsOf(file, service)).flatMap(({ host = "" }) => {
      const [first = Number.NaN, last = first] = (interpolate(host, variables) ?? "").split("-").map(Number)
      return Number.isInteger(first) && last >= first && last <= 65535
        ? Array.from({ length: last - first + 1 }, (_, i) => first + i)
        : []
    })
  )

/** The ports to try, the first first: from 5433 on, without those that the file takes. */
export const candidates = (takenPorts: ReadonlySet<number>): ReadonlyArray<number> =>
  Array.from({ length: 1000 }, (_, i) => 5433 + i).filter((port) => !takenPorts.has(port))
