/** Sizes that must divide, keys that need each other, and parents that must fit together. */
import { feedForwardProjection } from "../checkpoint/feed-forward-kind";
import type { T5Configuration } from "../checkpoint/configuration";
import { trainStages } from "./checks";
import type { Check, Draft } from "./checks";
import { presets } from "../model/presets";
import type { ModelEntry } from "./recipe";
import { modelConfiguration, requiredWithoutPreset } from "./resolve-model";
import { combined, trainNumbers } from "./resolve-train";
import { scheduleOptions, optimizerOptions } from "./train-fields";
import { quote } from "./problem";

/** The embedded tokenizer's vocabulary, ByT5's: 3 special ids, 256 bytes, 125 sentinels. */
export const byteVocabulary = 384;

export const checkCorpora: Check = ({ recipe, has, report }) => {
  for (const name of Object.keys(recipe.corpora)) {
    const path = `corpora.${name}`;
    const [files, embedded] = [has(`${path}.files`), has(`${path}.embedded`)];
    if (files && embedded) {
      report(`${path}.embedded`, "files and embedded cannot stand together", {
        at: "key",
        allowed: "one of the two",
      });
    }
    if (!files && !embedded)
      report(path, "names no text", { at: "key", allowed: "files or embedded" });
  }
};

export const checkModels: Check = ({ recipe, has, report }) => {
  for (const [name, model] of Object.entries(recipe.models)) {
    const path = `models.${name}`;
    if (!has(`${path}.preset`)) {
      const missing = requiredWithoutPreset.filter((key) => !has(`${path}.${key}`));
      if (missing.length > 0) {
        report(path, `without a preset, ${missing.join(", ")} must be given`, {
          at: "key",
          allowed: `a preset (${Object.keys(presets).join(", ")}), or all of ${requiredWithoutPreset.join(", ")}`,
        });
      }
    }
    const buckets = model.relative_attention_num_buckets;
    if (buckets !== undefined && buckets % 2 !== 0) {
      report(
        `${path}.relative_attention_num_buckets`,
        `cannot be ${buckets}: the encoder halves them`,
        {
          allowed: "an even number",
        },
      );
    }
    const vocabulary = model.vocab_size;
    if (
      (recipe.tokenizer ?? "bytes") === "bytes" &&
      vocabulary !== undefined &&
      vocabulary < byteVocabulary
    ) {
      report(
        `${path}.vocab_size`,
        `cannot be ${vocabulary}: the tokenizer "bytes" has ${byteVocabulary} ids`,
        {
          allowed: `at least ${byteVocabulary}`,
        },
      );
    }
  }
};

export const checkTraining: Check = (draft) => {
  const { recipe, has, report } = draft;
  const defaults = recipe.defaults?.train;
  for (const [name, entry] of trainStages(recipe)) {
    const path = `stages.${name}`;
    const numbers = trainNumbers(entry, defaults);
    if (!has(`${path}.steps`) && !has("defaults.train.steps")) {
      report(`${path}.steps`, "is missing", {
        allowed: "a whole number of at least 1, here or in defaults.train",
      });
    }
    if (numbers.batch % numbers.micro_batch !== 0) {
      const own = has(`${path}.micro_batch`) || has(`${path}.batch`);
      const at = own
        ? has(`${path}.micro_batch`)
          ? `${path}.micro_batch`
          : `${path}.batch`
        : "defaults.train.micro_batch";
      report(
        at,
        `a batch of ${numbers.batch} cannot be split into micro-batches of ${numbers.micro_batch}`,
        {
          allowed: `a divisor of the batch: ${divisors(numbers.batch).join(", ")}`,
        },
      );
    }
    checkCorpusGiven(draft, `${path}.corpus`);
    checkMergedKeys(draft, name);
    if (numbers.steps !== undefined && numbers.schedule.warmup >= numbers.steps) {
      report(
        `${path}.schedule.warmup`,
        `the warm-up of ${numbers.schedule.warmup} steps is not over after the stage's ${numbers.steps}`,
        {
          severity: "information",
        },
      );
    }
  }
  for (const [name, entry] of Object.entries(recipe.stages)) {
    if ("evaluate" in entry) checkCorpusGiven(draft, `stages.${name}.corpus`);
  }
};

function checkCorpusGiven({ names, has, report }: Draft, path: string): void {
  if (has(path) || has("defaults.train.corpus") || names.corpus.size === 1) return;
  const declared = [...names.corpus].join(", ");
  report(path, "is missing", {
    allowed: declared === "" ? "the name of a corpus; declare one under corpora" : declared,
  });
}

/** Keys without `kind` were checked against every kind; now the kind is known. */
function checkMergedKeys({ recipe, has, report }: Draft, name: string): void {
  const entry = recipe.stages[name];
  if (entry === undefined || !("train" in entry)) return;
  const defaults = recipe.defaults?.train;
  const tables = { schedule: scheduleOptions, optimizer: optimizerOptions };
  for (const part of ["schedule", "optimizer"] as const) {
    const own = entry[part];
    const kind = combined(own as { kind?: string } | undefined, defaults?.[part])?.kind;
    if (own === undefined || own.kind !== undefined) continue;
    const used = kind ?? (part === "schedule" ? "inverse_sqrt" : "adafactor");
    const known = Object.keys(tables[part][used] ?? {});
    for (const key of Object.keys(own)) {
      const path = `stages.${name}.${part}.${key}`;
      if (known.includes(key) || !has(path)) continue;
      report(path, `has no effect on the ${part} ${used}`, {
        at: "key",
        allowed: known.join(", "),
      });
    }
  }
}

export const checkFusions: Check = (draft) => {
  const { recipe, report, has } = draft;
  for (const [name, entry] of Object.entries(recipe.stages)) {
    if (!("fuse" in entry)) continue;
    const path = `stages.${name}`;
    const copies = has(`${path}.copies`);
    if (entry.fuse.length === 1 && !copies) {
      report(`${path}.fuse`, "a fusion needs two parents", {
        allowed: "two stages or more, or one with `copies: 2`",
      });
    }
    if (entry.fuse.length > 1 && copies) {
      report(`${path}.copies`, `goes with one parent, and here are ${entry.fuse.length}`, {
        at: "key",
        allowed: "one parent in fuse",
      });
    }
    checkParents(draft, name, entry.fuse);
  }
};

/** What all parents must have in common, and the recipe's name for it. */
const common: readonly (keyof T5Configuration & keyof ModelEntry)[] = [
  "vocab_size",
  "relative_attention_num_buckets",
  "relative_attention_max_distance",
  "layer_norm_epsilon",
];

function checkParents({ recipe, report }: Draft, name: string, parents: readonly string[]): void {
  const models = parents.map((parent) => modelBehind(recipe, parent));
  const first = models[0];
  if (first === undefined) return;
  const left = modelConfiguration(first.entry, byteVocabulary);
  models.forEach((model, index) => {
    if (index === 0 || model === undefined) return;
    const right = modelConfiguration(model.entry, byteVocabulary);
    const differ = (what: string, one: string | number, other: string | number): void => {
      report(
        `stages.${name}.fuse[${index}]`,
        `cannot be fused with ${quote(parents[0]!)}: ${what} is ${one} in the model ${quote(first.name)} and ${other} in ${quote(model.name)}`,
        {
          allowed: `parents with the same ${what}`,
        },
      );
    };
    for (const key of common)
      if (left[key] !== right[key]) differ(key, left[key] as number, right[key] as number);
    const kinds = [feedForwardProjection(left), feedForwardProjection(right)] as const;
    if (kinds[0] !== kinds[1]) differ("feed_forward_proj", ...kinds);
  });
}

/** The declared model that a stage's weights descend from; a fused child is like its first parent in all that must match. */
function modelBehind(
  recipe: Draft["recipe"],
  stage: string,
): { name: string; entry: ModelEntry } | undefined {
  let name = stage;
  for (let hops = 0; hops <= Object.keys(recipe.stages).length; hops++) {
    const entry = Object.hasOwn(recipe.stages, name) ? recipe.stages[name] : undefined;
    if (entry === undefined) break;
    if ("train" in entry) name = entry.train;
    else if ("fuse" in entry) name = entry.fuse[0] ?? "";
    else return undefined;
  }
  const model = Object.hasOwn(recipe.models, name) ? recipe.models[name] : undefined;
  if (model === undefined || (model.preset === undefined && model.d_model === undefined)) {
    return undefined;
  }
  return { name, entry: model };
}

function divisors(batch: number): number[] {
  const all: number[] = [];
  for (let candidate = 1; candidate <= batch && all.length < 12; candidate++) {
    if (batch % candidate === 0) all.push(candidate);
  }
  return all;
}
