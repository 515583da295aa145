import { fc } from "../support/properties";
import { describe, expect, test } from "vitest";
import { learningRate } from "../../server/training/schedule";
import type { ScheduleSettings } from "../../server/training/settings";

const plain: ScheduleSettings = {
  kind: "constant",
  peak: 1,
  warmup: 0,
  floor: 0,
  decay: 0.3,
  offset: 0,
};

function check(
  settings: Partial<ScheduleSettings>,
  at: { step: number; steps: number },
  rate: number,
) {
  expect(learningRate({ ...plain, ...settings }, at.step, at.steps)).toBeCloseTo(rate, 12);
}

describe("learningRate()", () => {
  test("of a constant schedule is its peak", () => {
    check({ peak: 0.02 }, { step: 0, steps: 10 }, 0.02);
    check({ peak: 0.02 }, { step: 9, steps: 10 }, 0.02);
  });

  test("warms up in a straight line and is whole after `warmup` steps", () => {
    check({ peak: 0.02, warmup: 4 }, { step: 0, steps: 10 }, 0.005);
    check({ peak: 0.02, warmup: 4 }, { step: 2, steps: 10 }, 0.015);
    check({ peak: 0.02, warmup: 4 }, { step: 3, steps: 10 }, 0.02);
  });

  test("of inverse_sqrt is T5's: 0.01 until step 10,000, then 1/sqrt(step)", () => {
    const at = (step: number) => ({ step, steps: 1_000_000 });
    check({ kind: "inverse_sqrt" }, at(0), 0.01);
    check({ kind: "inverse_sqrt" }, at(10_000), 0.01);
    check({ kind: "inverse_sqrt" }, at(40_000), 0.005);
    check({ kind: "inverse_sqrt", peak: 0.5 }, at(40_000), 0.0025);
    check({ kind: "inverse_sqrt", offset: 900_000 }, at(100_000), 0.001);
  });

  test("of wsd is flat for 70 % and falls to one last fraction", () => {
    const at = (step: number) => ({ step, steps: 10 });
    check({ kind: "wsd" }, at(6), 1);
    check({ kind: "wsd" }, at(7), 1);
    check({ kind: "wsd" }, at(8), 2 / 3);
    check({ kind: "wsd" }, at(9), 1 / 3);
  });

  test("of linear falls to its floor", () => {
    check({ kind: "linear", floor: 0.1, peak: 2 }, { step: 50, steps: 100 }, 1.1);
    check({ kind: "linear", floor: 0.1, peak: 2 }, { step: 100, steps: 100 }, 0.2);
    check({ kind: "linear", warmup: 20 }, { step: 60, steps: 100 }, 0.5);
  });

  test("of cosine passes the middle half-way between peak and floor", () => {
    check({ kind: "cosine", floor: 0.2 }, { step: 0, steps: 100 }, 1);
    check({ kind: "cosine", floor: 0.2 }, { step: 25, steps: 100 }, 0.2 + 0.4 * (1 + Math.SQRT1_2));
    check({ kind: "cosine", floor: 0.2 }, { step: 50, steps: 100 }, 0.6);
    check({ kind: "cosine", floor: 0.2 }, { step: 100, steps: 100 }, 0.2);
  });

  test("is positive, at most the peak, and never rises after warm-up", () => {
    const settings = fc.record({
      kind: fc.constantFrom("inverse_sqrt", "wsd", "cosine", "linear", "constant" as const),
      peak: fc.double({ min: 1e-6, max: 10, noNaN: true }),
      warmup: fc.nat(50),
      floor: fc.double({ min: 0, max: 1, noNaN: true }),
      decay: fc.double({ min: 0, max: 1, noNaN: true }),
      offset: fc.nat(20_000),
    });
    fc.assert(
      fc.property(settings, fc.integer({ min: 1, max: 300 }), (schedule, steps) => {
        const rates = Array.from({ length: steps }, (_, step) =>
          learningRate(schedule, step, steps),
        );
        expect(rates.every((rate) => rate > 0 && rate <= schedule.peak * (1 + 1e-12))).toBe(true);
        const after = rates.slice(Math.max(0, schedule.warmup - 1));
        expect(after.every((rate, i) => i === 0 || rate <= after[i - 1]! * (1 + 1e-12))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
