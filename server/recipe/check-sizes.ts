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
import type { Fix } from "./problem";

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
        fixes: [{ title: "Train 1000 steps", path: `${path}.steps`, value: "1000" }],
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
          fixes: divisibleBatches(numbers, own ? path : "defaults.train"),
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
  const modelBehind = modelFinder(recipe);
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
    const models = entry.fuse.map(modelBehind);
    checkParents(draft, { name, parents: entry.fuse, models });
  }
};

/** What all parents must have in common, and a recipe can give to a model under the same name. */
export const commonKeys: readonly (keyof T5Configuration & keyof ModelEntry)[] = [
  "vocab_size",
  "relative_attention_num_buckets",
  "relative_attention_max_distance",
  "layer_norm_epsilon",
  "dropout_rate",
];

interface Fusion {
  readonly name: string;
  readonly parents: readonly string[];
  readonly models: readonly (NamedModel | undefined)[];
}

function checkParents({ report }: Draft, { name, parents, models }: Fusion): void {
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
          fixes: [first, model].map((changed) => {
            const value = String(changed === first ? other : one);
            const title = `Give the model ${quote(changed.name)} ${what}: ${value}`;
            return { title, path: `models.${changed.name}.${what}`, value };
          }),
        },
      );
    };
    for (const key of commonKeys)
      if (left[key] !== right[key]) differ(key, left[key] as number, right[key] as number);
    const kinds = [feedForwardProjection(left), feedForwardProjection(right)] as const;
    if (kinds[0] !== kinds[1]) differ("feed_forward_proj", ...kinds);
  });
}

interface NamedModel {
  readonly name: string;
  readonly entry: ModelEntry;
}

/**
 * The declared model that a stage's weights descend from; a fused child is like its first parent in all that must
 * match. What is found is kept for every stage on the way: chains of thousands of stages are walked once.
 */
function modelFinder(recipe: Draft["recipe"]): (stage: string) => NamedModel | undefined {
  const found = new Map<string, NamedModel | undefined>();
  return (stage) => {
    const way = new Set<string>();
    let name: string | undefined = stage;
    while (name !== undefined && !found.has(name) && !way.has(name)) {
      way.add(name);
      name = firstInput(recipe, name);
    }
    const last = [...way].at(-1);
    const model = name === undefined ? declaredModel(recipe, last) : found.get(name);
    for (const each of way) found.set(each, model);
    return found.get(stage);
  };
}

/** Undefined for what is no stage, or has none. */
function firstInput(recipe: Draft["recipe"], name: string): string | undefined {
  const entry = Object.hasOwn(recipe.stages, name) ? recipe.stages[name] : undefined;
  if (entry === undefined) return undefined;
  if ("train" in entry) return entry.train;
  return "fuse" in entry ? entry.fuse[0] : undefined;
}

function declaredModel(recipe: Draft["recipe"], name = ""): NamedModel | undefined {
  if (Object.hasOwn(recipe.stages, name)) return undefined;
  const entry = Object.hasOwn(recipe.models, name) ? recipe.models[name] : undefined;
  if (entry === undefined || (entry.preset === undefined && entry.d_model === undefined)) {
    return undefined;
  }
  return { name, entry };
}

function divisibleBatches(numbers: { batch: number; micro_batch: number }, path: string): Fix[] {
  const { batch, micro_batch } = numbers;
  const fitting = divisors(batch, Infinity).filter((divisor) => divisor <= micro_batch);
  const micro = fitting.at(-1) ?? batch;
  const whole = Math.ceil(batch / micro_batch) * micro_batch;
  return [
    { title: `Use micro-batches of ${micro}`, path: `${path}.micro_batch`, value: String(micro) },
    { title: `Use a batch of ${whole}`, path: `${path}.batch`, value: String(whole) },
  ];
}

function divisors(batch: number, most = 12): number[] {
  const all: number[] = [];
  for (let candidate = 1; candidate <= batch && all.length < most; candidate++) {
    if (batch % candidate === 0) all.push(candidate);
  }
  return all;
}
