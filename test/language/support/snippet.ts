/** Recipes in tests: `|` marks the cursor. */
import { TextDocument } from "vscode-languageserver-textdocument";
import type { TextEdit } from "vscode-languageserver";
import type { RecipeFacts, RecipePaths } from "../../../server/language/facts";
import { RecipeDocument } from "../../../server/language/recipe-document";

export const uri = "file:///recipes/sample.fusion.yaml";

export function recipe(text: string): RecipeDocument {
  return new RecipeDocument(TextDocument.create(uri, "deep-fusion-recipe", 1, text));
}

export function atCursor(marked: string): { document: RecipeDocument; offset: number } {
  const offset = marked.indexOf("|");
  return { document: recipe(marked.slice(0, offset) + marked.slice(offset + 1)), offset };
}

export function apply(document: RecipeDocument, edits: readonly TextEdit[]): string {
  return TextDocument.applyEdits(document.text, [...edits]);
}

export const facts: RecipeFacts = {
  tokenizer: { sha256: "0", vocabSize: 384 },
  imported: () => undefined,
  flopsPerSecond: undefined,
  run: undefined,
};

export const paths: RecipePaths = {
  entries: (folder) =>
    Promise.resolve(
      folder === "."
        ? [
            { name: "data", isFolder: true },
            { name: "tokenizer.json", isFolder: false },
            { name: "notes.md", isFolder: false },
          ]
        : [{ name: "book one.txt", isFolder: false }],
    ),
  checkpoints: () => Promise.resolve(["checkpoints/flan-small"]),
};

export const sample = `version: 1
corpora:
  books: { embedded: [moby-dick] }
models:
  small: { preset: t5-nano }
  wide:
    preset: t5-nano-wide
defaults:
  train: { inputs: 32, batch: 4 }
stages:
  # The parents.
  a: { train: small, steps: 30, seed: 1 }
  b: { train: small, steps: 30, seed: 2 }
  fused: { fuse: [a, b], method: property }
  child:
    train: fused
    steps: 20
  scratch: { train: wide, steps: 40 }
  compare: { evaluate: [child, scratch] }
`;
