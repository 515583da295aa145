/**
 * Who may connect. The address is the loopback, but every web page and every user of the machine can reach that:
 * - the token, which only the extension hands out, keeps out other users and programs;
 * - the Origin keeps out web pages: browsers always send the page's;
 * - the Host keeps out pages that have pointed a name of their own at 127.0.0.1 (DNS rebinding).
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** Desktop VS Code's webviews; a VS Code served by this machine, and its webviews. */
const admittedOrigins = [
  /^vscode-webview:\/\/[\w-]+$/,
  /^https?:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/,
];

/** Of an upgrade request. The extension host's own client sends no Origin; a browser cannot leave it out. */
export function isAdmitted(
  { host, origin }: Pick<IncomingHttpHeaders, "host" | "origin">,
  port: number,
): boolean {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  if (host === undefined || !hosts.includes(host)) return false;
  return origin === undefined || admittedOrigins.some((pattern) => pattern.test(origin));
}

/** In a time that says nothing about where the two differ, or how long the right one is. */
export function isToken(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
