/** A real VS Code, its server on the loopback and its window in a real browser. */
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Browser, chromium, type Page } from "playwright-core";
import { findBrowser } from "../../../scripts/browser.mjs";
import { linkExtension, startVsCode, workbenchAddress } from "../../../scripts/vscode.mjs";
import { quietSettings } from "./settings";

export interface VsCodeSetup {
  /** Files of the workspace, by relative path; absent: no folder is open. */
  readonly workspace?: Readonly<Record<string, string>>;
  /** Fills the workspace before the window opens. */
  readonly prepare?: (workspace: string) => void;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly colorScheme?: "light" | "dark";
}

export interface VsCode {
  readonly page: Page;
  /** Absolute; undefined where no folder is open. */
  readonly workspace: string | undefined;
  /** The user-data folder: settings and the extension's storage. */
  readonly data: string;
  close(): Promise<void>;
}

export async function openVsCode(setup: VsCodeSetup = {}): Promise<VsCode> {
  const folder = mkdtempSync(join(tmpdir(), "deep-fusion-e2e-"));
  const workspace = setup.workspace === undefined ? undefined : join(folder, "workspace");
  const data = join(folder, "data");
  const extensions = join(folder, "extensions");
  for (const path of [workspace, join(data, "User"), extensions]) {
    if (path !== undefined) mkdirSync(path, { recursive: true });
  }
  linkExtension(extensions);
  const settings = { ...quietSettings(setup.colorScheme ?? "dark"), ...setup.settings };
  writeFileSync(join(data, "User", "settings.json"), JSON.stringify(settings));
  for (const [name, text] of Object.entries(setup.workspace ?? {})) {
    writeFileSync(join(workspace!, name), text);
  }
  if (workspace !== undefined) setup.prepare?.(workspace);
  const port = await freePort();
  const server = startVsCode({ port, data, extensions, workspace });
  const browser = await chromium.launch({ executablePath: findBrowser(), args: browserArguments });
  const close = async () => {
    await browser.close();
    await ended(server);
    // The language server may still be writing what it learnt of the machine.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  };
  try {
    await answering(port, server);
    const page = await openPage(browser, setup.colorScheme ?? "dark");
    await page.goto(workbenchAddress({ port, workspace }));
    await page.locator(".monaco-workbench .activitybar").waitFor({ timeout: 60_000 });
    return { page, workspace, data, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const browserArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

async function openPage(browser: Browser, colorScheme: "light" | "dark"): Promise<Page> {
  const context = await browser.newContext({ colorScheme, viewport: { width: 1280, height: 860 } });
  return context.newPage();
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => {
        resolve(port);
      });
    });
  });
}

const patienceMs = 60_000;

async function answering(port: number, server: ChildProcess): Promise<void> {
  let said = "";
  const listen = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  };
  server.stdout?.on("data", listen);
  server.stderr?.on("data", listen);
  const began = Date.now();
  while (Date.now() - began < patienceMs) {
    await sleep(100);
    if (server.exitCode !== null) throw new Error(`Cannot start the VS Code server: ${said}`);
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer?.ok === true) return;
  }
  throw new Error(`Cannot start the VS Code server: it does not answer; it said ${said}`);
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  const late = setTimeout(() => server.kill("SIGKILL"), 5000);
  await gone;
  clearTimeout(late);
}
