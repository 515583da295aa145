import { expect, test } from "vitest";
import { operatorsOnCpu } from "../../server/engine/graph/operators-on-cpu";
import { presets } from "../../server/model/presets";
import { lossFunction } from "../../server/model/functions";

/** What the device leaves to the CPU it waits for, in the middle of a step. Of a fused one: at-hand.test.ts. */
test("a step of a model in one part is all on the device", async () => {
  const configuration = {
    ...presets["t5-nano"]!,
    ...{ vocab_size: 32, d_model: 8, d_kv: 4, d_ff: 16, num_heads: 2, fusion_parts: [8] },
    ...{ num_layers: 1, num_decoder_layers: 1 },
  };
  const shape = { examples: 1, inputs: 4, targets: 4, masked: true };
  expect(await operatorsOnCpu("webgpu", lossFunction(configuration, shape))).toEqual([]);
});
