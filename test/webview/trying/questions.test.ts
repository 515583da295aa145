import { describe, expect, test } from "vitest";
import type { Strategy } from "../../../server/protocol/generation";
import { nextSentinel } from "../../../webview/trying/sentinels";
import {
  firstSettings,
  questionText,
  settingFields,
  type SettingName,
  settingsFrom,
  settingsOf,
  strategyOf,
} from "../../../webview/trying/settings";
import { mostTrials, type Trial, turnOf, withTrial } from "../../../webview/trying/trials";

describe("nextSentinel()", () => {
  test.each([
    ["", "<extra_id_0>"],
    ["a <extra_id_0> b", "<extra_id_1>"],
    ["a <extra_id_1>", "<extra_id_0>"],
    ["<extra_id_10>", "<extra_id_0>"],
    ["<extra_id_0><extra_id_1>", "<extra_id_2>"],
  ])("of %j is %s", (prompt, sentinel) => {
    expect(nextSentinel(prompt)).toBe(sentinel);
  });
});

describe("settings", () => {
  test("begin with values that will do", () => {
    for (const [name, { fault }] of Object.entries(settingFields)) {
      expect(fault(firstSettings[name as SettingName]), name).toBeUndefined();
    }
  });

  test.each<[SettingName, number, string]>([
    ["beams", 1.5, "must be a whole number from 1 to 64"],
    ["maxTokens", 5000, "must be a whole number from 1 to 4,096"],
    ["maxTokens", NaN, "must be a whole number from 1 to 4,096"],
    ["seed", -1, "must be a whole number from 0 to 4,294,967,295"],
    ["temperature", 0, "must be more than 0"],
    ["topP", 1.01, "must be more than 0 and at most 1"],
    ["lengthPenalty", NaN, "must be at least 0"],
  ])("refuse %s %d", (name, value, reason) => {
    expect(settingFields[name].fault(value)).toBe(reason);
  });

  const sampling = { temperature: 0.5, topK: 3, topP: 0.8, seed: 7 };
  const strategies: readonly [Strategy, string][] = [
    [{ kind: "greedy" }, "greedy; at most 9 tokens"],
    [
      { kind: "beam", beams: 3, lengthPenalty: 0.5 },
      "beam search (beams 3, length penalty 0.5); at most 9 tokens",
    ],
    [
      { kind: "sample", samples: 2, sampling },
      "sampling (temperature 0.5, top-p 0.8, seed 7, top-k 3); at most 9 tokens",
    ],
    [
      { kind: "sample", samples: 2, sampling: { ...sampling, topK: 0 } },
      "sampling (temperature 0.5, top-p 0.8, seed 7); at most 9 tokens",
    ],
  ];
  test.each(strategies)("of a question are found again: %j", (strategy, text) => {
    const question = { prompt: "a", strategy, maxTokens: 9 };
    const settings = settingsFrom(question, firstSettings);
    expect(strategyOf(settings)).toEqual(strategy);
    expect(settings.maxTokens).toBe(9);
    expect(questionText(question)).toBe(text);
    expect(settingsOf[settings.kind]).toContain("maxTokens");
  });
});

describe("withTrial()", () => {
  test("puts the newest first, and keeps no more than fit", () => {
    const trial = (prompt: string): Trial => ({
      question: { prompt, strategy: { kind: "greedy" }, maxTokens: 1, checkpoints: [] },
      results: [],
    });
    let trials: readonly Trial[] = [];
    for (let n = 1; n <= mostTrials + 2; n++) trials = withTrial(trials, trial(`${n}`));
    expect(trials).toHaveLength(mostTrials);
    expect(trials[0]!.question.prompt).toBe(`${mostTrials + 2}`);
    expect(trials.at(-1)!.question.prompt).toBe("3");
  });
});

describe("turnOf()", () => {
  test.each([
    [0, { index: 0, tokens: 0, most: 10 }],
    [9, { index: 0, tokens: 9, most: 10 }],
    [10, { index: 1, tokens: 0, most: 10 }],
    [20, { index: 1, tokens: 10, most: 10 }],
  ])("says who is at work after %d of 20 tokens of two", (done, turn) => {
    expect(turnOf(done, 20, 2)).toEqual(turn);
  });
});
