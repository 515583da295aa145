/** Which T5 each model and stage of a recipe is, as far as an unfinished recipe tells. */
import type { T5Configuration } from "../checkpoint/configuration";
import { childConfiguration } from "../fusion/plan";
import { isHubReference } from "../hugging-face/reference";
import type { Recipe } from "./recipe";
import { modelConfiguration } from "./resolve-model";

export interface DraftConfigurations {
  model(name: string): T5Configuration | undefined;
  stage(name: string): T5Configuration | undefined;
}

export interface DraftFacts {
  /** Ids of the recipe's tokenizer. */
  readonly vocabulary: number;
  /** Of an imported checkpoint folder, as the recipe names it. */
  readonly imported: (folder: string) => T5Configuration | undefined;
}

/** Longer chains, and more parts than that, are not worth an answer while somebody types. */
const longestChain = 1000;
const mostParts = 4096;

export function draftConfigurations(recipe: Recipe, facts: DraftFacts): DraftConfigurations {
  const stages = new Map<string, T5Configuration | undefined>();

  const model = (name: string): T5Configuration | undefined => {
    const entry = own(recipe.models, name);
    if (entry === undefined) return undefined;
    if (entry.preset === undefined && entry.d_model === undefined) return undefined;
    return modelConfiguration(entry, facts.vocabulary);
  };

  const stage = (name: string, depth = 0): T5Configuration | undefined => {
    if (stages.has(name) || depth > longestChain) return stages.get(name);
    // A stage that waits for itself finds this.
    stages.set(name, undefined);
    const found = resolve(name, depth);
    stages.set(name, found);
    return found;
  };

  const resolve = (name: string, depth: number): T5Configuration | undefined => {
    if (isHubReference(name)) return facts.imported(name);
    const entry = own(recipe.stages, name);
    if (entry === undefined || "evaluate" in entry) return undefined;
    if ("import" in entry) return facts.imported(entry.import);
    if ("train" in entry) return model(entry.train) ?? stage(entry.train, depth + 1);
    // What was wrong is not in a draft.
    if (!("fuse" in entry)) return undefined;
    const { fuse, copies = 1, method = "property" } = entry;
    const names = fuse.length === 1 ? Array.from({ length: copies }, () => fuse[0]!) : fuse;
    const parents = names.flatMap((parent) => stage(parent, depth + 1) ?? []);
    const parts = parents.reduce((sum, { fusion_parts }) => sum + fusion_parts.length, 0);
    if (parents.length < names.length || parents.length < 2 || parts > mostParts) return undefined;
    return childConfiguration(parents, method);
  };

  return { model, stage: (name) => stage(name) };
}

function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
