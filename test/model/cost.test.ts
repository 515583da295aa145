import { describe, expect, test } from "vitest";
import { forwardFlops, stepFlops } from "../../server/model/cost";
import { presets } from "../../server/model/presets";

describe("stepFlops()", () => {
  const shape = { examples: 4, inputs: 128, targets: 32, masked: false };

  test("of the smallest model equals the count by hand", () => {
    const configuration = { ...presets["t5-nano"]!, vocab_size: 10 }; // d 16, 2 heads of 8, ff 32, 1 + 1 layers
    const one = { examples: 1, inputs: 3, targets: 2, masked: false };
    const encoder = 4 * (2 * 3 * 16 * 16) + 2 * (2 * 3 * 3 * 16) + 2 * (2 * 3 * 16 * 32);
    const decoderSelf = 4 * (2 * 2 * 16 * 16) + 2 * (2 * 2 * 2 * 16);
    const decoderCross = 2 * (2 * 2 * 16 * 16) + 2 * (2 * 3 * 16 * 16) + 2 * (2 * 2 * 3 * 16);
    const decoderDense = 2 * (2 * 2 * 16 * 32);
    const head = 2 * 2 * 16 * 10;
    expect(forwardFlops(configuration, one)).toBe(
      encoder + decoderSelf + decoderCross + decoderDense + head,
    );
  });

  test("of T5-Small is six operations for each weight and token, and the scores", () => {
    const attention = 4 * 512 * 384;
    const dense = 3 * 512 * 1024;
    const weightsTimesTokens =
      512 * 8 * (attention + dense + attention / 2) + // encoder, and the decoder's keys and values of it
      128 * 8 * (attention + attention / 2 + dense) +
      128 * 512 * 32128;
    const flops = stepFlops(presets["t5-small"]!, shape);
    expect(flops / (6 * weightsTimesTokens)).toBeGreaterThan(1);
    expect(flops / (6 * weightsTimesTokens)).toBeLessThan(1.05);
  });

  test("grows with the number of examples and nothing else changes", () => {
    const configuration = presets["t5-demo"]!;
    const twice = { ...shape, examples: 8 };
    expect(stepFlops(configuration, twice)).toBe(2 * stepFlops(configuration, shape));
  });
});
