import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach } from "vitest";
import type { Hub } from "../../../server/hugging-face/hub";
import { type HubServer, startHub } from "./hub-server";

/** A server for each call, closed after the test that asked for it. */
export function hubServers(): (options?: { readonly pageSize?: number }) => Promise<HubServer> {
  const servers: HubServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
  });
  return async (options) => {
    const server = await startHub(options);
    servers.push(server);
    return server;
  };
}

/** Who asks it, with little patience. */
export function asking(
  server: Pick<HubServer, "endpoint">,
  cache: string,
  changes: Partial<Hub> = {},
): Hub {
  const { endpoint } = server;
  const nobody = () => Promise.resolve(undefined);
  return { endpoint, cache, offline: false, token: nobody, retryMs: 1, stallMs: 2000, ...changes };
}

/** The files of a folder, to be hosted. */
export function filesOf(folder: string): Record<string, Buffer> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]),
  );
}

/** Of who names no reference. */
export function noHub(): Hub {
  throw new Error("Cannot ask the Hub: no test names one");
}
