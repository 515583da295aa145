/** Languages for tests: the code's own, and one that marks every word that a translator can reach. */
import { readFileSync } from "node:fs";
import { type Translate, translator } from "../../webview/l10n";

export const english: Translate = translator({});

/** As `pseudoBundle()` has it, where messages are handed over in the code. */
export const pseudo: Translate = (message, ...values) => `⟦${english(message, ...values)}⟧`;

const bundle = new URL("../../l10n/bundle.l10n.json", import.meta.url);

/** Every message of the code → the same in marks: "⟦{0} steps⟧". */
export function pseudoBundle(): Record<string, string> {
  const messages = JSON.parse(readFileSync(bundle, "utf8")) as Record<string, string>;
  return Object.fromEntries(Object.keys(messages).map((message) => [message, `⟦${message}⟧`]));
}

/** Words, outside of marks, that are none of the data's own. */
export function unmarked(text: string, data: readonly string[]): string[] {
  let rest = text;
  for (const word of [...data].sort((a, b) => b.length - a.length))
    rest = rest.replaceAll(word, "");
  // From the inside out: what a message is given may be marked as well.
  for (let before = ""; before !== rest;) {
    before = rest;
    // What is too long for its place ends in dots.
    rest = rest.replaceAll(/⟦[^⟦⟧]*(⟧|…$)/g, "");
  }
  return rest.match(/\p{L}{2,}/gu) ?? [];
}
