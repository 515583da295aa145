/** A train stage's settings: its own keys over the recipe's defaults over those of the table. */
import type { OptimizerSettings, ScheduleSettings, TrainSettings } from "../training/settings";
import type { OptimizerEntry, ScheduleEntry, TrainEntry } from "./recipe";
import type { Fields } from "./schema";
import { optimizerOptions, scheduleOptions, trainFields } from "./train-fields";

/** What follows from the entries alone; `steps` is absent where neither says it. */
export type TrainNumbers = Omit<TrainSettings, "corpus" | "tokenizer" | "objective" | "steps"> & {
  readonly corpus: string | undefined;
  readonly steps: number | undefined;
};

export function trainNumbers(entry: TrainEntry, defaults: TrainEntry = {}): TrainNumbers {
  const merged = { ...literals(trainFields), ...defaults, ...entry } as TrainNumbers & TrainEntry;
  const optimizer = optimizerSettings(combined(entry.optimizer, defaults.optimizer));
  const schedule = scheduleSettings(combined(entry.schedule, defaults.schedule), optimizer.kind);
  return {
    corpus: merged.corpus,
    inputs: merged.inputs,
    batch: merged.batch,
    micro_batch: entry.micro_batch ?? defaults.micro_batch ?? merged.batch,
    steps: merged.steps,
    seed: merged.seed,
    optimizer,
    schedule,
    gradient_clipping:
      entry.gradient_clipping ??
      defaults.gradient_clipping ??
      (optimizer.kind === "adafactor" ? 0 : 1),
    precision: merged.precision,
    recompute: merged.recompute,
    evaluate_every: merged.evaluate_every,
    evaluate_examples: merged.evaluate_examples,
    checkpoint_every: merged.checkpoint_every,
    heatmaps_every: merged.heatmaps_every,
  };
}

/** A stage's keys are added to the defaults', unless it names another kind. */
export function combined<Entry extends { readonly kind?: string }>(
  own: Entry | undefined,
  shared: Entry | undefined,
): Entry | undefined {
  if (own === undefined || shared === undefined) return own ?? shared;
  if (own.kind !== undefined && own.kind !== shared.kind) return own;
  return { ...shared, ...own };
}

function optimizerSettings(entry: OptimizerEntry = {}): OptimizerSettings {
  const kind = entry.kind ?? "adafactor";
  return { ...literals(optimizerOptions[kind]!), ...entry, kind } as OptimizerSettings;
}

/** Peaks that suit each optimizer where the recipe names none; T5's own rate is 1/sqrt(10000) = 0.01. */
const peaks = { adafactor: 0.01, adamw: 0.001, sgd: 0.1 } as const;

function scheduleSettings(
  entry: ScheduleEntry = {},
  optimizer: keyof typeof peaks,
): ScheduleSettings {
  const kind = entry.kind ?? "inverse_sqrt";
  const peak = peaks[optimizer] * (kind === "inverse_sqrt" ? 100 : 1);
  return {
    peak,
    warmup: 0,
    floor: 0,
    decay: 0.3,
    offset: 0,
    ...literals(scheduleOptions[kind]!),
    ...entry,
    kind,
  };
}

/** The defaults that stand in the table as values. */
export function literals(fields: Fields): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, field]) =>
      field.default === undefined ? [] : [[key, field.default] as const],
    ),
  );
}
