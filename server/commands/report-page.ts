/** The one file of a report: page, style, script and figures, with a policy that lets it load nothing else. */
import { createHash } from "node:crypto";
import type { ReportPayload } from "../protocol/report";

export interface PageParts {
  readonly payload: ReportPayload;
  /** Bundled browser code. */
  readonly script: string;
  readonly style: string;
}

export function reportPage({ payload, script, style }: PageParts): string {
  // A closing tag inside the code would end the element.
  const safeScript = script.replaceAll(/<\/(script)/gi, "<\\/$1");
  const policy = [
    "default-src 'none'",
    `script-src '${sourceHash(safeScript)}'`,
    `style-src '${sourceHash(style)}'`,
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const title = `Deep Fusion: ${payload.runs.map(({ name }) => name).join(", ")}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeText(title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main><noscript>This report draws its figures with a script, which this viewer does not run.</noscript></main>
<script type="application/json" id="payload">${escapeJson(JSON.stringify(payload))}</script>
<script>${safeScript}</script>
</body>
</html>
`;
}

function sourceHash(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}

/** Still the same JSON, with nothing in it that ends a script element or opens a comment. */
function escapeJson(json: string): string {
  return json.replaceAll("<", "\\u003c");
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
