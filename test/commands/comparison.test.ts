import { describe, expect, it } from "vitest";
import { type ComparedStage, compareStages } from "../../server/commands/comparison";
import { comparisonText, comparisonWords } from "../../server/commands/comparison-text";
import type { Cost } from "../../server/protocol/checkpoint";
import type { StageRecord } from "../../server/protocol/run";

const cost = (steps: number, seconds: number): Cost => ({
  steps,
  tokens: steps * 1000,
  flops: steps * 1e9,
  device_seconds: seconds,
});

interface Given {
  readonly name: string;
  readonly kind?: StageRecord["kind"];
  readonly parents?: readonly string[];
  readonly width?: number;
  readonly own?: Cost;
  readonly all?: Cost;
  /** Held-out loss by step. */
  readonly losses?: Readonly<Record<number, number>>;
  readonly results?: StageRecord["results"];
}

function stage(given: Given): ComparedStage {
  const { name, kind = "train", parents = [], width, own, all, losses = {}, results } = given;
  const record: StageRecord = {
    kind,
    state: "done",
    inputs_sha256: "",
    ...(own && { own_cost: own }),
    ...(all && { cost: all }),
    ...(results && { results }),
  };
  const heldout = Object.entries(losses).map(([step, loss]) => ({
    step: Number(step),
    heldout_loss: loss,
    heldout_accuracy: 0,
  }));
  return { name, record, parents, heldout, width };
}

const result = (loss: number) => ({ loss, accuracy: 0.49, tokens: 70_000 });

/** The figures that ../shared's experiments found, as a run would log them. */
const stages = [
  stage({ name: "a", width: 48, own: cost(600, 16), all: cost(600, 16) }),
  stage({ name: "fused", kind: "fuse", parents: ["a"], width: 96 }),
  stage({
    name: "scratch",
    width: 96,
    own: cost(1200, 80),
    all: cost(1200, 80),
    losses: { 0: 7.08, 400: 2.2, 500: 2.1, 600: 2.0, 1200: 1.75 },
  }),
  stage({
    name: "self",
    parents: ["fused"],
    width: 96,
    own: cost(960, 64),
    all: cost(1560, 80),
    losses: { 0: 2.1, 960: 1.73 },
  }),
  stage({ name: "small", width: 48, own: cost(2900, 77), all: cost(2900, 77), losses: { 0: 7.1 } }),
  stage({
    name: "compare",
    kind: "evaluate",
    parents: ["scratch", "self", "small"],
    results: { scratch: result(1.747), self: result(1.731), small: result(1.711) },
  }),
];

describe("compareStages()", () => {
  const [comparison] = compareStages(stages);

  it("takes as baseline the fresh model that is as wide as the fused ones", () => {
    expect(comparison).toMatchObject({ stage: "compare", baseline: "scratch" });
  });

  it("finds where the baseline is as good as each start, and counts the wide steps alone", () => {
    const [scratch, self, small] = comparison!.rows;
    expect(scratch).toMatchObject({ startLoss: 7.08, wideSteps: 1200 });
    expect(scratch).not.toHaveProperty("baselineStepAtStart");
    expect(self).toMatchObject({ startLoss: 2.1, baselineStepAtStart: 500, wideSteps: 960 });
    expect(self).toMatchObject({ cost: { steps: 1560 }, ownCost: { steps: 960 } });
    expect(small).toMatchObject({ wideSteps: 0 });
    expect(small).not.toHaveProperty("baselineStepAtStart");
  });

  it("says nothing of an evaluation that is not done", () => {
    const waiting = stages.map((each) => ({
      ...each,
      record: { ...each.record, state: "waiting" as const },
    }));
    expect(compareStages(waiting)).toEqual([]);
  });
});

describe("comparisonWords()", () => {
  it("says what the figures say", () => {
    expect(comparisonWords(compareStages(stages)[0]!)).toEqual([
      "self starts at 2.100, 4.980 nats below scratch, which is there at step 500 of 1200; takes 20 % fewer wide steps; ends, at 100 % of its total time, 0.016 nats lower than scratch.",
      "small, which is not as wide, ends, at 96 % of its total time, 0.036 nats lower than scratch.",
      "The lowest loss is 1.711, small's; at this size and budget, width is not what is missing.",
      "The savings that the paper reports, 18 to 24 % of the time, are for T5-Medium and a million steps.",
    ]);
  });

  it("calls a difference that another seed would make a tie, and a loss a loss", () => {
    const other = stages.map((each) =>
      each.name === "compare"
        ? {
            ...each,
            record: {
              ...each.record,
              results: { scratch: result(1.7), self: result(1.705), small: result(1.9) },
            },
          }
        : each,
    );
    const words = comparisonWords(compareStages(other)[0]!).join("\n");
    expect(words).toContain(
      "level with scratch (0.005 higher, less than another seed would change)",
    );
    expect(words).toContain("0.200 nats higher than scratch");
    expect(words).toContain("The lowest loss is 1.700, scratch's, level with self.");
  });

  it("says little where there is no baseline", () => {
    const alone = stages.filter(({ name }) => name !== "scratch");
    const [comparison] = compareStages(alone);
    expect(comparison).not.toHaveProperty("baseline");
    expect(comparisonWords(comparison!)).toEqual(["The lowest loss is 1.711, small's."]);
  });
});

describe("comparisonText()", () => {
  it("fits the table into a terminal of 120 columns", () => {
    const lines = comparisonText(compareStages(stages)[0]!);
    const rows = lines.filter((line) => /^(STAGE|scratch|self|small) {2}/.test(line));
    expect(rows).toHaveLength(4);
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(120);
  });
});
