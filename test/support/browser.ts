/** A real Chromium for tests; scripts/browser.mjs finds or installs it, and where it cannot, the test fails. */
import { execFileSync } from "node:child_process";
import { chromium, type Browser, type Page } from "playwright-core";

/** The caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  const output = execFileSync(process.execPath, ["scripts/browser.mjs"], { encoding: "utf8" });
  return chromium.launch({
    executablePath: output.trim(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface Watch {
  /** Errors and warnings of the console, and exceptions nobody caught. */
  readonly complaints: readonly string[];
  /** Addresses asked for, the page's own among them. */
  readonly requests: readonly string[];
}

/** Listens from now on. */
export function watch(page: Page): Watch {
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => requests.push(request.url()));
  return { complaints, requests };
}
