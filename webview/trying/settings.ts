/** How an answer is found, as the reader sets it. */
import type { Question, Strategy } from "../../server/protocol/generation";
import { shortNumber, wholeNumber } from "../charts/format";
import { t } from "../l10n";

export type StrategyKind = Strategy["kind"];

export interface SettingValues {
  readonly beams: number;
  readonly lengthPenalty: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
  readonly samples: number;
  readonly maxTokens: number;
}

export type SettingName = keyof SettingValues;

export interface Settings extends SettingValues {
  readonly kind: StrategyKind;
}

export const firstSettings: Settings = {
  kind: "greedy",
  beams: 4,
  lengthPenalty: 1,
  temperature: 1,
  topK: 0,
  topP: 0.9,
  seed: 0,
  samples: 1,
  maxTokens: 64,
};

/** What is asked for with each strategy. */
export const settingsOf: Readonly<Record<StrategyKind, readonly SettingName[]>> = {
  greedy: ["maxTokens"],
  beam: ["beams", "lengthPenalty", "maxTokens"],
  sample: ["temperature", "topP", "topK", "seed", "samples", "maxTokens"],
};

export interface SettingField {
  readonly label: string;
  readonly hint: string;
  readonly step: string;
  /** Why a value will not do; undefined: it will. */
  readonly fault: (value: number) => string | undefined;
}

export const settingFields: Readonly<Record<SettingName, SettingField>> = {
  beams: { label: t("beams"), hint: t("texts searched side by side"), ...whole(1, 64) },
  lengthPenalty: {
    label: t("length penalty"),
    hint: t("above 0 favours longer ones"),
    step: "0.1",
    fault: (value) => (value >= 0 && Number.isFinite(value) ? undefined : t("must be at least 0")),
  },
  temperature: {
    label: t("temperature"),
    hint: t("below 1 is surer, above 1 wilder"),
    step: "0.1",
    fault: (value) => (value > 0 && Number.isFinite(value) ? undefined : t("must be more than 0")),
  },
  topP: {
    label: t("top-p"),
    hint: t("drawn among those that make up this share"),
    step: "0.05",
    fault: (value) =>
      value > 0 && value <= 1 ? undefined : t("must be more than 0 and at most 1"),
  },
  topK: { label: t("top-k"), hint: t("drawn among this many; 0: all"), ...whole(0, 1_000_000) },
  seed: { label: t("seed"), hint: t("same seed, same texts"), ...whole(0, 2 ** 32 - 1) },
  samples: { label: t("answers"), hint: t("how many of each checkpoint"), ...whole(1, 64) },
  maxTokens: { label: t("longest answer"), hint: t("in tokens"), ...whole(1, 4096) },
};

function whole(least: number, most: number): Pick<SettingField, "step" | "fault"> {
  return {
    step: "1",
    fault: (value) =>
      Number.isSafeInteger(value) && value >= least && value <= most
        ? undefined
        : t("must be a whole number from {0} to {1}", wholeNumber(least), wholeNumber(most)),
  };
}

export function strategyOf(settings: Settings): Strategy {
  const { kind, beams, lengthPenalty, samples, temperature, topK, topP, seed } = settings;
  switch (kind) {
    case "greedy":
      return { kind };
    case "beam":
      return { kind, beams, lengthPenalty };
    case "sample":
      return { kind, samples, sampling: { temperature, topK, topP, seed } };
  }
}

/** The settings that a question was asked with; what it does not say stays. */
export function settingsFrom({ strategy, maxTokens }: Question, settings: Settings): Settings {
  switch (strategy.kind) {
    case "greedy":
    case "beam":
      return { ...settings, ...strategy, maxTokens };
    case "sample": {
      const { kind, samples, sampling } = strategy;
      return { ...settings, kind, samples, ...sampling, maxTokens };
    }
  }
}

/** "beam search (beams 4, length penalty 1); at most 64 tokens". */
export function questionText({ strategy, maxTokens }: Question): string {
  return t("{0}; at most {1} tokens", strategyText(strategy), wholeNumber(maxTokens));
}

function strategyText(strategy: Strategy): string {
  switch (strategy.kind) {
    case "greedy":
      return strategyNames.greedy;
    case "beam": {
      const { beams, lengthPenalty } = strategy;
      return t("beam search (beams {0}, length penalty {1})", beams, shortNumber(lengthPenalty));
    }
    case "sample": {
      const { temperature, topK, topP, seed } = strategy.sampling;
      return topK === 0
        ? t("sampling (temperature {0}, top-p {1}, seed {2})", temperature, topP, seed)
        : t(
            "sampling (temperature {0}, top-p {1}, seed {2}, top-k {3})",
            temperature,
            topP,
            seed,
            topK,
          );
    }
  }
}

export const strategyNames: Readonly<Record<StrategyKind, string>> = {
  greedy: t("greedy"),
  beam: t("beam search"),
  sample: t("sampling"),
};
