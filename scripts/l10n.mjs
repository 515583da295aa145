// Writes l10n/bundle.l10n.json: every message of the extension and its pages that can be put into another language, as
// it stands in the code. Translations go beside it, as bundle.l10n.LANGUAGE.json, with the same keys.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = new URL("../", import.meta.url);
const bundle = new URL("l10n/bundle.l10n.json", root);

/** The whole text of the bundle. @throws {TypeError} a message that is not written out where it is used */
export function bundleText() {
  const messages = ["extension", "webview"].flatMap(messagesOf);
  const sorted = [...new Set(messages)].sort();
  const entries = Object.fromEntries(sorted.map((message) => [message, message]));
  return `${JSON.stringify(entries, null, 2)}\n`;
}

function messagesOf(part) {
  const folder = fileURLToPath(new URL(part, root));
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => messagesIn(`${part}/${name}`, readFileSync(`${folder}/${name}`, "utf8")));
}

/** What is handed to `vscode.l10n.t`, or to a function of that kind, which is always called `t`. */
function messagesIn(name, text) {
  const source = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  const found = [];
  const visit = (node) => {
    if (ts.isCallExpression(node) && isTranslation(node.expression.getText(source))) {
      const [message] = node.arguments;
      if (message === undefined || !ts.isStringLiteralLike(message)) {
        throw new TypeError(`Cannot collect a message of ${name}: ${node.getText(source)}`);
      }
      found.push(message.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function isTranslation(called) {
  return called === "t" || called.endsWith("l10n.t");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(bundle, bundleText());
