/**
 * A webview's page in a real Chromium with what VS Code gives it: the theme's variables, a strict content security
 * policy, acquireVsCodeApi and an extension host's relay to the hub. The page and the hub are the real ones.
 */
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "playwright-core";
import WebSocket from "ws";
import type { HubAddress } from "../../server/protocol/hub";
import type { RelayEvent, RelayRequest } from "../../server/protocol/relay";
import { distUrl } from "./dist";
import { vsCodeThemes, type VsCodeTheme } from "./vscode-themes";

export type PageName = "dashboard" | "panel" | "tensors" | "trying";

export interface WebviewOptions {
  readonly browser: Browser;
  readonly page: PageName;
  readonly theme?: VsCodeTheme;
  readonly width?: number;
  readonly height?: number;
  /** Whether the page may open sockets itself; else only the relay is left. */
  readonly direct?: "allowed" | "forbidden";
  readonly hub?: HubAddress;
  /** What is to be done with the page before it is opened. */
  readonly before?: (page: Page) => Promise<void>;
  /** Of the reader's language; absent: English. */
  readonly bundle?: Readonly<Record<string, string>>;
  /** Where the bundles are, if not where the tests find them. */
  readonly assets?: URL;
}

/** Whoever opens it closes it. */
export interface Webview {
  readonly page: Page;
  /** What the page posted, except for the relay's messages. */
  readonly posted: readonly { readonly kind: string }[];
  readonly relayed: () => number;
  readonly send: (message: object) => Promise<void>;
  /** Cuts the relay's socket, as a restarted extension host would. */
  readonly cutRelay: () => void;
  readonly close: () => Promise<void>;
}

export async function openWebview(options: WebviewOptions): Promise<Webview> {
  const { browser, page: name, width = 1200, height = 900, theme = "light" } = options;
  const server = await serve(options, theme);
  const page = await browser.newPage({ viewport: { width, height } });
  const posted: { readonly kind: string }[] = [];
  const relay = new HostRelay(options.hub, (event) => sendTo(page, event));
  await page.exposeFunction("toHost", async (text: string) => {
    const message = JSON.parse(text, revive) as { readonly kind: string };
    if (message.kind.startsWith("relay-")) relay.handle(message as RelayRequest);
    else posted.push(message);
    if (message.kind === "ready" && options.hub !== undefined)
      await sendTo(page, { kind: "hub", address: options.hub });
  });
  await page.addInitScript(installApi);
  await options.before?.(page);
  const { port } = server.address() as AddressInfo;
  await page.goto(`http://127.0.0.1:${port}/${name}.html`);
  return {
    page,
    posted,
    relayed: () => relay.messages,
    send: (message) => sendTo(page, message),
    cutRelay: () => {
      relay.cut();
    },
    close: async () => {
      relay.cut();
      await page.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The extension host's part of the relay. */
class HostRelay {
  messages = 0;
  private socket: WebSocket | undefined;

  constructor(
    private readonly hub: HubAddress | undefined,
    private readonly send: (event: RelayEvent) => Promise<void>,
  ) {}

  handle(request: RelayRequest): void {
    this.messages++;
    switch (request.kind) {
      case "relay-open":
        this.open(request.attempt);
        break;
      case "relay-send":
        this.socket?.send(request.text);
        break;
      case "relay-close":
        this.cut();
        break;
    }
  }

  cut(): void {
    this.socket?.terminate();
  }

  private open(attempt: number): void {
    this.cut();
    if (this.hub === undefined) return;
    const socket = new WebSocket(this.hub.url);
    this.socket = socket;
    // In order: a frame must not overtake another.
    let sent = Promise.resolve();
    const tell = (event: RelayEvent): void => {
      sent = sent.then(() => this.send(event)).catch(() => undefined);
    };
    socket.on("open", () => {
      tell({ kind: "relay-opened", attempt });
    });
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      const bytes = new Uint8Array(data).buffer;
      tell({ kind: "relay-data", attempt, data: isBinary ? bytes : data.toString("utf8") });
    });
    socket.on("error", () => undefined);
    socket.on("close", (code) => {
      tell({ kind: "relay-closed", attempt, code });
    });
  }
}

/** postMessage from the host: buffers go as base64 through the debugger's JSON and come out as buffers. */
async function sendTo(page: Page, message: object): Promise<void> {
  const text = JSON.stringify(message, (_, value: unknown) =>
    value instanceof ArrayBuffer ? { $bytes: Buffer.from(value).toString("base64") } : value,
  );
  await page.evaluate(`window.fromHost(${JSON.stringify(text)})`);
}

function revive(_: string, value: unknown): unknown {
  const isBytes = typeof value === "object" && value !== null && "$bytes" in value;
  return isBytes ? Buffer.from(String(value.$bytes), "base64") : value;
}

/** In the page, before its scripts: state is kept over reloads as VS Code keeps it. */
const installApi = `
  const bytesOf = (text) => Uint8Array.from(atob(text), (unit) => unit.charCodeAt(0)).buffer;
  const textOf = (buffer) => {
    let text = "";
    const bytes = new Uint8Array(buffer);
    for (let i = 0; i < bytes.length; i += 8192)
      text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return btoa(text);
  };
  window.fromHost = (text) => {
    const data = JSON.parse(text, (_, value) => value?.$bytes !== undefined ? bytesOf(value.$bytes) : value);
    window.dispatchEvent(new MessageEvent("message", { data }));
  };
  window.acquireVsCodeApi = () => ({
    postMessage: (message) => window.toHost(JSON.stringify(message, (_, value) =>
      value instanceof ArrayBuffer ? { $bytes: textOf(value) } : value)),
    getState: () => JSON.parse(sessionStorage.getItem("state") ?? "null") ?? undefined,
    setState: (state) => sessionStorage.setItem("state", JSON.stringify(state)),
  });
`;

async function serve(options: WebviewOptions, theme: VsCodeTheme): Promise<Server> {
  const { page, direct, bundle = {}, assets = distUrl("webview/") } = options;
  const files = new Map<string, { readonly type: string; readonly body: string | Buffer }>([
    [`/${page}.html`, { type: "text/html", body: htmlOf(page, { theme, bundle }) }],
    [
      `/${page}.js`,
      { type: "text/javascript", body: await readFile(new URL(`${page}.js`, assets)) },
    ],
    [`/${page}.css`, { type: "text/css", body: await readFile(new URL(`${page}.css`, assets)) }],
  ]);
  const connect = direct === "forbidden" ? "'none'" : "ws://127.0.0.1:*";
  const policy = `default-src 'none'; script-src 'nonce-test'; style-src 'self' 'nonce-test'; connect-src ${connect}`;
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? "");
    if (file === undefined) response.writeHead(404).end();
    else
      response
        .writeHead(200, { "content-type": file.type, "content-security-policy": policy })
        .end(file.body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return server;
}

interface Reader {
  readonly theme: VsCodeTheme;
  readonly bundle: Readonly<Record<string, string>>;
}

function htmlOf(page: PageName, { theme, bundle }: Reader): string {
  const { className, variables } = vsCodeThemes[theme];
  const rules = Object.entries(variables).map(([name, value]) => `--vscode-${name}: ${value};`);
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <link rel="icon" href="data:," />
    <title>${page}</title>
    <style nonce="test">
      html { ${rules.join(" ")} }
      body { margin: 0; padding: 0 20px; color: var(--vscode-foreground); }
    </style>
    <link rel="stylesheet" href="${page}.css" />
  </head>
  <body class="${className}">
    <main></main>
    <script type="application/json" id="l10n">${JSON.stringify(bundle)}</script>
    <script nonce="test" src="${page}.js"></script>
  </body>
</html>`;
}
