/** A registry with one package of ours in it; everything else is asked of the registry that npm is configured with. */
import { createHash } from "node:crypto"

/** A running registry; `close` stops it. */
export interface Registry {
  readonly url: string
  readonly close: () => Promise<void>
}

/**
 * Serves a packed tarball under the name and version of its manifest.
 *
 * @param manifest the package.json inside the tarball
 * @param tarball the file that `npm pack` wrote
 * @param upstream the registry for all other packages
 */
export const serve = async (
  manifest: { readonly name: string; readonly version: string },
  tarball: string,
  upstream: string
): Promise<Registry> => {
  const { name, version } = manifest
  const bytes = await Bun.file(tarball).bytes()
  const integrity = `sha512-${createHash("sha512").update(bytes).digest("base64")}`
  const shasum = createHash("sha1").update(bytes).digest("hex")
  const server: Bun.Server<undefined> = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 120,
    fetch: (request) => {
      const { pathname, search } = new URL(request.url)
      if (pathname === `/${name}/-/${name}-${version}.tgz`) return new Response(bytes)
      if (pathname === `/${name}`) {
        const dist = { tarball: `${server.url}${name}/-/${name}-${version}.tgz`, integrity, shasum }
        return Response.json({
          name,
          "dist-tags": { latest: version },
          versions: { [version]: { ...manifest, dist } },
          time: { [version]: "2020-01-01T00:00:00.000Z" }
        })
      }
      return Response.redirect(new URL(`${pathname.slice(1)}${search}`, upstream).href, 302)
    }
  })
  return { url: server.url.href, close: () => server.stop(true) }
}
