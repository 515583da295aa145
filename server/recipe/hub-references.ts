/**
 * References to the Hugging Face Hub in a recipe: where they may stand, and the stages that they imply.
 *
 * A reference in place of a stage's name (a parent, what is trained or evaluated) is an import stage that the recipe
 * does not spell out; the same reference is the same stage everywhere.
 */
import {
  type HubReference,
  isHubReference,
  readReference,
  referenceOfAddress,
} from "../hugging-face/reference";
import type { Check } from "./checks";
import { quote } from "./problem";
import type { Fix } from "./problem";
import type { Recipe, StageEntry } from "./recipe";

export interface PlacedReference {
  /** Of the value: "stages.fused.fuse[1]". */
  readonly path: string;
  readonly text: string;
  readonly kind: HubReference["kind"];
}

/** Right or wrong, in the order of the recipe. */
export function hubReferences(recipe: Recipe): PlacedReference[] {
  const found: PlacedReference[] = [];
  const add = (path: string, text: string, kind: HubReference["kind"] = "model"): void => {
    if (isHubReference(text)) found.push({ path, text, kind });
  };
  for (const [name, { files = [] }] of Object.entries(recipe.corpora)) {
    files.forEach((file, index) => {
      add(`corpora.${name}.files[${index}]`, file, "dataset");
    });
  }
  if (recipe.tokenizer !== undefined) add("tokenizer", recipe.tokenizer);
  for (const [name, entry] of Object.entries(recipe.stages)) {
    for (const [path, text] of namedIn(entry)) add(`stages.${name}.${path}`, text);
  }
  return found;
}

/** What an entry names, be it a stage, a model or a checkpoint; a draft's may have no kind yet. */
function namedIn(entry: StageEntry): [path: string, text: string][] {
  const listed = (key: string, list: readonly string[]): [string, string][] =>
    list.map((text, index) => [`${key}[${index}]`, text]);
  if ("import" in entry) return [["import", entry.import]];
  if ("train" in entry) return [["train", entry.train]];
  if ("fuse" in entry) return listed("fuse", entry.fuse);
  return "evaluate" in entry ? listed("evaluate", entry.evaluate) : [];
}

/** Every reference is written as references are. */
export const checkReferences: Check = ({ recipe, report }) => {
  for (const { path, text, kind } of hubReferences(recipe)) {
    const read = readReference(text, kind);
    if ("problem" in read)
      report(path, `${quote(text)} ${read.problem}`, { allowed: read.allowed });
  }
  for (const [path, text, kind] of webAddresses(recipe)) {
    const fixes = fixedAddress(path, text, kind);
    report(path, `${quote(text)} is a web address`, {
      allowed: kind === "model" ? "hf://OWNER/NAME" : "hf://datasets/OWNER/NAME/PATH",
      ...(fixes && { fixes }),
    });
  }
};

/** As people copy them from a browser. */
function webAddresses(recipe: Recipe): [path: string, text: string, kind: HubReference["kind"]][] {
  const isAddress = (text: string) => /^https?:\/\//i.test(text);
  const files = Object.entries(recipe.corpora).flatMap(([name, corpus]) =>
    (corpus.files ?? []).map((file, index) => [`corpora.${name}.files[${index}]`, file] as const),
  );
  const models = Object.entries(recipe.stages).flatMap(([name, entry]) =>
    "import" in entry ? [[`stages.${name}.import`, entry.import] as const] : [],
  );
  const tokenizer =
    recipe.tokenizer === undefined ? [] : [["tokenizer", recipe.tokenizer] as const];
  const of = (kind: HubReference["kind"]) => (found: readonly [string, string]) =>
    [...found, kind] as [string, string, HubReference["kind"]];
  return [...files.map(of("dataset")), ...[...tokenizer, ...models].map(of("model"))].filter(
    ([, text]) => isAddress(text),
  );
}

function fixedAddress(path: string, text: string, kind: HubReference["kind"]): Fix[] | undefined {
  const value = referenceOfAddress(text, kind);
  return value === undefined ? undefined : [{ title: `Use ${value}`, path, value }];
}

/** The recipe with the import stages that its references imply. */
export function withImpliedImports(recipe: Recipe): Recipe {
  const names = new Map<string, string>();
  const taken = new Set([...Object.keys(recipe.stages), ...Object.keys(recipe.models)]);
  for (const { path, text } of hubReferences(recipe)) {
    if (!/^stages\..*\.(train|fuse\[\d+\]|evaluate\[\d+\])$/.test(path) || names.has(text))
      continue;
    const name = freeName(text, taken);
    taken.add(name);
    names.set(text, name);
  }
  if (names.size === 0) return recipe;
  const named = (text: string) => names.get(text) ?? text;
  const implied = [...names].map(([text, name]) => [name, { import: text }] as const);
  const stages = Object.entries(recipe.stages).map(([name, entry]) => [
    name,
    renamed(entry, named),
  ]);
  const all = Object.fromEntries([...implied, ...stages]) as Recipe["stages"];
  return { ...recipe, stages: all };
}

function renamed(entry: StageEntry, named: (text: string) => string): StageEntry {
  if ("train" in entry) return { ...entry, train: named(entry.train) };
  if ("fuse" in entry) return { ...entry, fuse: entry.fuse.map(named) };
  if ("evaluate" in entry) return { ...entry, evaluate: entry.evaluate.map(named) };
  return entry;
}

/** The repository's own name as far as a stage may have it, numbered where another stage has it. */
function freeName(text: string, taken: ReadonlySet<string>): string {
  const read = readReference(text, "model");
  const repository = "reference" in read ? read.reference.repository : "imported";
  const plain = repository.replace(/^.*\//, "").replaceAll(/[^A-Za-z0-9-]+/g, "-");
  const base = plain.replace(/^-+/, "").slice(0, 56) || "imported";
  const used = new Set([...taken].map((name) => name.toLowerCase()));
  let name = base;
  for (let count = 2; used.has(name.toLowerCase()); count++) name = `${base}-${count}`;
  return name;
}
