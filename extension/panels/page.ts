/** The frame of every webview of ours: only its own script and style, and the hub on the loopback. */
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";

/** Bundles in dist/webview. */
export type PageName = "dashboard" | "panel" | "tensors" | "trying";

export function pageRoot(extension: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extension, "dist", "webview");
}

/** Of a page's tab. */
export function pageIcon(extension: vscode.Uri): {
  readonly light: vscode.Uri;
  readonly dark: vscode.Uri;
} {
  const icon = (theme: string) => vscode.Uri.joinPath(extension, "resources", `fused-${theme}.svg`);
  return { light: icon("light"), dark: icon("dark") };
}

export function webviewOptions(extension: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [pageRoot(extension)] };
}

/** HTML of the page; its script fills `main`. */
export function pageHtml(webview: vscode.Webview, extension: vscode.Uri, name: PageName): string {
  const nonce = randomBytes(16).toString("base64");
  const asset = (file: string) =>
    webview.asWebviewUri(vscode.Uri.joinPath(pageRoot(extension), file)).toString();
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} data: blob:`,
    `font-src ${webview.cspSource}`,
    "connect-src ws://127.0.0.1:*",
  ].join("; ");
  return `<!doctype html>
<html lang="${vscode.env.language}">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="stylesheet" href="${asset(`${name}.css`)}" />
    <title>Deep Fusion</title>
  </head>
  <body data-page="${name}">
    <main></main>
    <script type="application/json" id="l10n">${inHtml(vscode.l10n.bundle ?? {})}</script>
    <script nonce="${nonce}" src="${asset(`${name}.js`)}"></script>
  </body>
</html>`;
}

/** JSON that no text in it can end. */
function inHtml(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
