/** The names that a recipe declares, read line by line: quick, and whole even where the text does not parse. */
import type { NameKind } from "../recipe/schema";

const sections: Readonly<Record<string, NameKind>> = {
  corpora: "corpus",
  models: "model",
  stages: "stage",
};

export function scanNames(text: string): Readonly<Record<NameKind, readonly string[]>> {
  const names: Record<NameKind, string[]> = { corpus: [], model: [], stage: [] };
  let kind: NameKind | undefined;
  let indent: number | undefined;
  for (const [, spaces, quote, name] of text.matchAll(/^([ ]*)(["']?)([\w-]+)\2[ ]*:(?=\s|$)/gm)) {
    if (spaces === "") {
      kind = quote === "" && Object.hasOwn(sections, name!) ? sections[name!] : undefined;
      indent = undefined;
      continue;
    }
    indent ??= spaces!.length;
    if (kind !== undefined && spaces!.length === indent) names[kind].push(name!);
  }
  return names;
}
