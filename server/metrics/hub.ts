/**
 * The metrics hub: run states, records and heat maps for viewers, over WebSockets of the loopback. It takes no
 * commands and reads only the files of known runs; no trainer knows of it, so nothing that a viewer does can slow a
 * step.
 */
import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { type HubAddress, hubCloseCodes } from "../protocol/hub";
import { isAdmitted } from "./hub-admission";
import { HubSession, type HubSource } from "./hub-session";

export interface HubOptions {
  readonly source: HubSource;
  /** For tests; the defaults are for people. */
  readonly heartbeatMs?: number;
  readonly helloMs?: number;
  readonly mostViewers?: number;
}

export interface Hub {
  readonly address: HubAddress;
  /** The source's runs are no longer what they were. */
  showRuns(): void;
  close(): Promise<void>;
}

/** A viewer's messages are names and cursors. */
const mostPayloadBytes = 64 * 1024;
const mostFragments = 16;

/** Listens on a free port. @throws {Error} there is none */
export async function openHub(options: HubOptions): Promise<Hub> {
  const { source, heartbeatMs = 15_000, helloMs = 5000, mostViewers = 32 } = options;
  const token = randomBytes(32).toString("hex");
  const server = createServer((_, response) => {
    response.writeHead(426, { "content-type": "text/plain" }).end("WebSockets only\n");
  });
  server.headersTimeout = helloMs;
  server.requestTimeout = helloMs;
  server.maxConnections = 2 * mostViewers;
  const port = await listen(server);
  const sockets = new WebSocketServer({
    server,
    maxPayload: mostPayloadBytes,
    maxFragments: mostFragments,
    perMessageDeflate: false,
    verifyClient: ({ req }, answer) => {
      answer(isAdmitted(req.headers, port), 403, "Forbidden");
    },
  });
  const sessions = new Map<WebSocket, HubSession>();
  sockets.on("connection", (socket) => {
    if (sessions.size >= mostViewers) {
      socket.close(hubCloseCodes.full, `${mostViewers} viewers are connected already`);
      return;
    }
    sessions.set(socket, new HubSession({ socket, token, source, helloMs }));
    socket.on("close", () => sessions.delete(socket));
  });
  const beat = startHeartbeat(sockets, heartbeatMs);
  return {
    address: { url: `ws://127.0.0.1:${port}`, port, token },
    showRuns: () => {
      for (const session of sessions.values()) session.showRuns();
    },
    close: async () => {
      clearInterval(beat);
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new Error(
          `Cannot open the metrics hub on 127.0.0.1: ${cause.message}; see what keeps programs ` +
            "from listening there, then restart the server",
          { cause },
        ),
      );
    });
    server.listen(0, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Ends sockets whose other side is gone without a word: asleep, unplugged, or stuck. */
function startHeartbeat(sockets: WebSocketServer, everyMs: number): NodeJS.Timeout {
  const waiting = new WeakSet<WebSocket>();
  sockets.on("connection", (socket) => {
    socket.on("pong", () => waiting.delete(socket));
  });
  return setInterval(() => {
    for (const socket of sockets.clients) {
      if (waiting.has(socket)) {
        socket.terminate();
      } else {
        waiting.add(socket);
        socket.ping();
      }
    }
  }, everyMs).unref();
}
