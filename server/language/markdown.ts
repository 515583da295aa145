/** Markdown from words that are not ours: shown as code, so that none of them is markup. */
import { MarkupKind } from "vscode-languageserver";
import type { MarkupContent } from "vscode-languageserver";
import { plain } from "../recipe/problem";
import type { Field } from "../recipe/schema";
import { describeType } from "../recipe/schema";

export function markdown(...paragraphs: readonly string[]): MarkupContent {
  return { kind: MarkupKind.Markdown, value: paragraphs.filter(Boolean).join("\n\n") };
}

/** Between as many backticks as it takes. */
export function code(text: string): string {
  const shown = plain(text);
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return longest === 0 ? `${fence}${shown}${fence}` : `${fence} ${shown} ${fence}`;
}

/** Meaning, what may stand there, default and source of a key. */
export function fieldText(field: Field): readonly string[] {
  const { meaning, type, source, required } = field;
  const standard =
    required === true ? "required" : (field.defaultText ?? valueText(field.default) ?? "none");
  return [
    meaning,
    `*Value:* ${describeType(type)}  \n*Default:* ${standard}${source === undefined ? "" : `  \n*Source:* ${source}`}`,
  ];
}

function valueText(value: Field["default"]): string | undefined {
  return value === undefined ? undefined : code(String(value));
}
