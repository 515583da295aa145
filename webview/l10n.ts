/**
 * The pages' words in the reader's language. The extension puts VS Code's bundle into the page; where there is none (the
 * stand-alone report) messages stay as the code has them. Without a DOM too, so that pure functions can use it.
 */

/** Message, then what stands for {0}, {1}, … in it: as `vscode.l10n.t` has it. */
export type Translate = (message: string, ...values: readonly (string | number)[]) => string;

/** Id of the element that holds the bundle, as JSON: a message of the code → the reader's. */
export const bundleElement = "l10n";

export function translator(bundle: Readonly<Record<string, string>>): Translate {
  return (message, ...values) => {
    const text = Object.hasOwn(bundle, message) ? bundle[message]! : message;
    return text.replace(/\{(\d+)\}/g, (place, index: string) => String(values[+index] ?? place));
  };
}

/** scripts/l10n.mjs finds the messages by this name. */
export const t = translator(bundleOfPage());

function bundleOfPage(): Readonly<Record<string, string>> {
  if (typeof document === "undefined") return {};
  const text = document.getElementById(bundleElement)?.textContent ?? "{}";
  return JSON.parse(text) as Readonly<Record<string, string>>;
}
