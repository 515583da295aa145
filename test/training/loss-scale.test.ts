import { expect, test } from "vitest";
import {
  afterOverflow,
  afterUpdate,
  firstLossScale,
  type LossScale,
} from "../../server/training/loss-scale";
import { fc } from "../support/properties";

/** After as many updates in a row. */
function updated(from: LossScale, count: number): LossScale {
  let scale = from;
  for (let update = 0; update < count; update++) scale = afterUpdate(scale);
  return scale;
}

test("a scale is halved by an overflow, and doubled by the 2000th update after it", () => {
  const halved = afterOverflow(updated(firstLossScale, 1500))!;
  expect(halved).toEqual({ scale: 2 ** 15, updates: 0, skipped: 1 });
  expect(updated(halved, 1999)).toEqual({ scale: 2 ** 15, updates: 1999, skipped: 1 });
  expect(updated(halved, 2000)).toEqual({ scale: 2 ** 16, updates: 0, skipped: 1 });
});

test("below 1 there is none", () => {
  let scale: LossScale | undefined = firstLossScale;
  let skipped = 0;
  for (; scale !== undefined; scale = afterOverflow(scale)) skipped = scale.skipped;
  expect(skipped).toBe(16);
});

test("whatever happens, it is a power of two from 1 to 2^24", () => {
  const events = fc.array(fc.oneof(fc.constant("overflow"), fc.nat(5000)), { maxLength: 40 });
  fc.assert(
    fc.property(events, (happened) => {
      let scale = firstLossScale;
      for (const event of happened) {
        scale = typeof event === "number" ? updated(scale, event) : (afterOverflow(scale) ?? scale);
        expect(Math.log2(scale.scale) % 1).toBe(0);
        expect(scale.scale).toBeGreaterThanOrEqual(1);
        expect(scale.scale).toBeLessThanOrEqual(2 ** 24);
      }
    }),
  );
});
