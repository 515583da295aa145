import { tensor1d, tensor2d } from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { groupedNorm } from "../../server/model/norm";
import { presets } from "../../server/model/presets";
import { referenceEngine } from "../support/reference-engine";

referenceEngine();
const x = [3, 4, 0, 6, 8, 5];
const weight = [1, 2, 3, 4, 5, 6];

/** The norm of one token, by its formula. */
function byHand(parts: readonly number[]): number[] {
  let start = 0;
  return parts.flatMap((width) => {
    const own = x.slice(start, start + width);
    const root = Math.sqrt(own.reduce((sum, value) => sum + value * value, 0) / width + 1e-6);
    const normed = own.map((value, i) => (weight[start + i]! * value) / root);
    start += width;
    return normed;
  });
}

function norm(parts: readonly number[]): number[] {
  const configuration = { ...presets["t5-nano"]!, fusion_parts: parts };
  const twice = tensor2d([...x, ...x.map((value) => -value)], [2, 6]);
  const scale = tensor1d(weight);
  const result = groupedNorm(configuration, twice, scale);
  const values = [...result.dataSync()];
  for (const tensor of [twice, scale, result]) tensor.dispose();
  return values;
}

describe("groupedNorm()", () => {
  test.each([[[6]], [[3, 3]], [[2, 2, 2]], [[1, 2, 3]], [[4, 2]]])(
    "normalises each of the parts %j on its own",
    (parts) => {
      const expected = byHand(parts);
      const result = norm(parts);
      [...expected, ...expected.map((value) => -value)].forEach((value, i) => {
        expect(result[i]).toBeCloseTo(value, 4);
      });
    },
  );

  test("of 3 and 4 divides by the root of 12.5", () => {
    expect(norm([2, 4]).slice(0, 2)).toEqual([
      expect.closeTo(3 / Math.sqrt(12.5), 5),
      expect.closeTo(8 / Math.sqrt(12.5), 5),
    ]);
  });
});
