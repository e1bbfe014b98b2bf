// A registry that knows the packed packages and what they need, and nothing else: npm resolves ranges and
// checks digests as it does with the real one, and a dependency nobody declared is not found.

import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";
import type { Tarball } from "./pack.ts";

export interface Registry {
  readonly url: string;
  close(): Promise<void>;
}

export async function startRegistry(tarballs: readonly Tarball[]): Promise<Registry> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const documents = new Map(tarballs.map((one) => [one.name, packument(one, url)]));
  const files = new Map(tarballs.map(({ file }) => [`-/${basename(file)}`, file]));
  server.on("request", ({ url: path = "/" }, response) => {
    const wanted = decodeURIComponent(path.slice(1));
    const document = documents.get(wanted);
    const file = files.get(wanted);
    if (document !== undefined) {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(document));
    } else if (file !== undefined) {
      response.end(readFileSync(file));
    } else {
      response.statusCode = 404;
      response.end("{}");
    }
  });
  return { url, close: () => closed(server) };
}

function packument({ name, version, manifest, file, integrity }: Tarball, url: string): object {
  const dist = { tarball: `${url}-/${basename(file)}`, integrity };
  return {
    name,
    "dist-tags": { latest: version },
    versions: { [version]: { ...manifest, dist } },
  };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
  });
}
