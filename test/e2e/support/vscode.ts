/** A real VS Code, its server on the loopback and its window in a real browser. */
import type { ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import {
  linkBuiltIn,
  linkExtension,
  startVsCode,
  workbenchAddress,
} from "../../../scripts/vscode.mjs";
import { launchBrowser } from "../../support/browser";
import { endAllOf, endGroup } from "./processes";
import { patienceMs } from "./until";
import { quietSettings, themes } from "./settings";

/** What shows: looks, the languages of recipes and answers. With all of a hundred a window takes half as long again. */
const builtIns = [
  ...["theme-defaults", "theme-modern-icons", "theme-seti", "json", "yaml"],
  ...["markdown-basics", "markdown-language-features"],
];

export interface VsCodeSetup {
  /** Files of the workspace, by relative path; absent: no folder is open. */
  readonly workspace?: Readonly<Record<string, string>>;
  /** A folder that is there already, in place of one that is made for the test. */
  readonly workspaceAt?: string | (() => Promise<string>);
  /** Fills the workspace before the window opens. */
  readonly prepare?: (workspace: string) => void;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Those that belong to the machine where the server runs. */
  readonly machineSettings?: Readonly<Record<string, unknown>>;
  /** "asked": a new folder is not trusted until the user says so. */
  readonly trust?: "granted" | "asked";
  /** Puts the extension into the folder of extensions; absent: the one under development. */
  readonly install?: (extensions: string) => void;
  /** Of the extensions that VS Code brings along; absent: those that show. */
  readonly builtIn?: "all";
  /** The browser's way to the loopback; absent: straight. @returns the address of a proxy */
  readonly proxy?: (port: number) => Promise<string>;
}

export interface VsCode {
  readonly page: Page;
  /** Absolute; undefined where no folder is open. */
  readonly workspace: string | undefined;
  /** The user-data folder: settings and the extension's storage. */
  readonly data: string;
  /** All of this VS Code is in here, and in no other's. */
  readonly folder: string;
  close(): Promise<void>;
}

/** One for all tests of the block; of each that fails a picture of the window and VS Code's logs are kept. */
export function useVsCode(setup: VsCodeSetup = {}): () => VsCode & { readonly workspace: string } {
  let vscode: VsCode | undefined;
  beforeAll(async () => {
    vscode = await openVsCode(setup);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state !== "fail") return;
    const picture = picturePath("failed", task.name);
    await vscode?.page.screenshot({ path: picture });
    cpSync(join(vscode!.data, "logs"), picture.replace(/png$/, "logs"), { recursive: true });
  });
  afterAll(() => vscode?.close());
  return () => ({ ...vscode!, workspace: vscode!.workspace ?? "" });
}

/** In .cache/e2e, which git ignores. */
export function picturePath(folder: string, name: string): string {
  const file = name.replaceAll(/[^\w-]+/g, "-").slice(0, 100);
  const path = fileURLToPath(new URL(`../../../.cache/e2e/${folder}/${file}.png`, import.meta.url));
  mkdirSync(dirname(path), { recursive: true });
  return path;
}

export async function openVsCode(setup: VsCodeSetup = {}): Promise<VsCode> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "vscode-")));
  const { workspaceAt } = setup;
  const elsewhere = typeof workspaceAt === "function" ? await workspaceAt() : workspaceAt;
  const { workspace, ...folders } = fill(folder, setup, elsewhere);
  const { data } = folders;
  const port = await freePort();
  const trust = setup.trust === "asked";
  const server = startVsCode({ ...folders, port, workspace, trust, ownGroup: true });
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    await endGroup(server.pid!);
    endAllOf(folder);
    if (elsewhere !== undefined) endAllOf(elsewhere);
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    const proxy = await setup.proxy?.(port);
    browser = await launchBrowser();
    await answering(port, server);
    const page = await openPage(browser, proxy);
    await page.goto(workbenchAddress({ port, workspace }));
    await page.locator(".monaco-workbench .activitybar").waitFor();
    return { page, workspace, data, folder, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Also while VS Code runs, which follows the file. */
export function writeMachineSettings(data: string, settings: Readonly<Record<string, unknown>>) {
  writeFileSync(join(data, "Machine", "settings.json"), JSON.stringify(settings));
}

/** What lies in the folder before anything starts. */
function fill(folder: string, setup: VsCodeSetup, elsewhere: string | undefined) {
  const { workspace: files, prepare, trust, install = linkExtension } = setup;
  const made = files === undefined ? undefined : join(folder, "workspace");
  const workspace = elsewhere ?? made;
  const data = join(folder, "data");
  const extensions = join(folder, "extensions");
  for (const path of [made, join(data, "User"), join(data, "Machine"), extensions]) {
    if (path !== undefined) mkdirSync(path, { recursive: true });
  }
  install(extensions);
  const builtIn = setup.builtIn === "all" ? undefined : join(folder, "built-in");
  if (builtIn !== undefined) linkBuiltIn(builtIn, builtIns);
  const settings = {
    ...quietSettings(),
    ...(trust === "asked" && { "security.workspace.trust.enabled": true }),
    ...setup.settings,
  };
  writeFileSync(join(data, "User", "settings.json"), JSON.stringify(settings));
  writeMachineSettings(data, setup.machineSettings ?? {});
  for (const [name, text] of Object.entries(files ?? {})) {
    writeFileSync(join(made!, name), text);
  }
  if (made !== undefined) prepare?.(made);
  return { workspace, data, extensions, builtIn };
}

async function openPage(browser: Browser, proxy: string | undefined): Promise<Page> {
  const context = await browser.newContext({
    colorScheme: themes.dark.colorScheme,
    viewport: { width: 1280, height: 860 },
    // On the loopback to compress takes longer than to send.
    extraHTTPHeaders: { "Accept-Encoding": "identity" },
    // Chromium passes the loopback by unless told otherwise.
    ...(proxy !== undefined && { proxy: { server: proxy, bypass: "<-loopback>" } }),
  });
  context.setDefaultTimeout(patienceMs);
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

async function answering(port: number, server: ChildProcess): Promise<void> {
  let said = "";
  const listen = (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  };
  server.stdout?.on("data", listen);
  server.stderr?.on("data", listen);
  const began = Date.now();
  while (Date.now() - began < patienceMs) {
    await sleep(50);
    if (server.exitCode !== null) throw new Error(`Cannot start the VS Code server: ${said}`);
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer?.ok === true) return;
  }
  throw new Error(`Cannot start the VS Code server: it does not answer; it said ${said}`);
}
