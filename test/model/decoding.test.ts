import { afterAll, describe, expect, test } from "vitest";
import { openDecoder } from "../../server/generation/decoder";
import { logitsFunction } from "../../server/model/functions";
import { presets } from "../../server/model/presets";
import { engineUnderTest } from "../support/engine-under-test";
import { newWeights } from "../support/model";
import { referenceEngine } from "../support/reference-engine";

const nano = presets["t5-nano"]!;
const configuration = {
  ...nano,
  num_layers: 1,
  num_decoder_layers: 2,
  fusion_parts: [nano.d_model - 8, 8],
};
const inputIds = [7, 8, 9, 10, 1];
const targets = [0, 20, 21, 22, 23, 24];

describe.each([await engineUnderTest(), referenceEngine()])(
  "stepFunction() on the $name engine",
  (engine) => {
    afterAll(() => engine.dispose());

    test("gives token by token, rows reordered, the logits of the whole sequence", async () => {
      const weights = await newWeights(engine, configuration, 3);
      const shape = { examples: 1, inputs: 5, targets: targets.length, masked: false };
      const whole = await engine.compileFunction(logitsFunction(configuration, shape));
      const { logits } = await whole.run(weights, {
        input_ids: Int32Array.from(inputIds),
        decoder_input_ids: Int32Array.from(targets),
      });

      const options = { engine, configuration, weights, inputIds, rows: 2, steps: 8 };
      const decoder = await openDecoder(options);
      // The sequence grows in row 0, moves to row 1 in the middle, and another one grows beside it.
      for (const [position, token] of targets.entries()) {
        const row = position < 3 ? 0 : 1;
        if (position === 3) decoder.reorder([1, 0]);
        const tokens = row === 0 ? [token, 50 + position] : [60 + position, token];
        const both = await decoder.step(tokens);
        const { vocab_size } = configuration;
        for (let id = 0; id < vocab_size; id++) {
          expect(both[row * vocab_size + id]).toBeCloseTo(logits![position * vocab_size + id]!, 4);
        }
      }
      decoder.dispose();
      whole.dispose();
      weights.dispose();
    });
  },
);
