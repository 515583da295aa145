import { memory } from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, test } from "vitest";
import type { HostTensors, PureFunction } from "../../server/engine/engine";
import { shiftRight } from "../../server/model/batch";
import { evaluationFunction, logitsFunction, lossFunction } from "../../server/model/functions";
import { presets } from "../../server/model/presets";
import { newWeights, randomBatch } from "../support/model";
import { referenceEngine } from "../support/reference-engine";

const engine = referenceEngine();
const configuration = presets["t5-nano"]!;
const shape = { examples: 2, inputs: 5, targets: 4, masked: false };
const weights = await newWeights(engine, configuration, 1);
const tensorsAtStart = memory().numTensors;

afterAll(() => {
  weights.dispose();
});

async function run(definition: PureFunction, inputs: HostTensors): Promise<HostTensors> {
  const compiled = await engine.compileFunction(definition);
  const outputs = await compiled.run(weights, inputs);
  compiled.dispose();
  return outputs;
}

const { input_ids, decoder_input_ids, labels } = randomBatch(configuration, shape, 2);

describe("logitsFunction()", () => {
  test("does not see the targets that come later", async () => {
    const { logits } = await run(logitsFunction(configuration, shape), {
      input_ids,
      decoder_input_ids,
    });
    const changed = decoder_input_ids.slice();
    changed[3] = 5; // the last of the first example
    const other = await run(logitsFunction(configuration, shape), {
      input_ids,
      decoder_input_ids: changed,
    });
    const seen = 3 * configuration.vocab_size;
    const all = 4 * configuration.vocab_size;
    expect(other.logits!.slice(0, seen)).toEqual(logits!.slice(0, seen));
    expect(other.logits!.slice(seen, all)).not.toEqual(logits!.slice(seen, all));
    expect(other.logits!.slice(all)).toEqual(logits!.slice(all));
  });

  test("does not see padding, whatever stands there", async () => {
    const padded = { ...shape, inputs: 7, masked: true };
    const spread = (fill: number) =>
      Int32Array.from({ length: 14 }, (_, i) =>
        i % 7 < 5 ? input_ids[5 * Math.floor(i / 7) + (i % 7)]! : fill,
      );
    const attention_mask = Float32Array.from({ length: 14 }, (_, i) => Number(i % 7 < 5));
    const plain = await run(logitsFunction(configuration, shape), { input_ids, decoder_input_ids });
    for (const fill of [0, 9]) {
      const { logits } = await run(logitsFunction(configuration, padded), {
        input_ids: spread(fill),
        decoder_input_ids,
        attention_mask,
      });
      plain.logits!.forEach((value, i) => {
        expect(logits![i]).toBeCloseTo(value, 4);
      });
    }
  });
});

describe("lossFunction()", () => {
  const counted = Int32Array.from(labels, (label, i) => (i === 3 || i === 7 ? -100 : label));
  const decoder = shiftRight(counted, shape, configuration);

  test("is the weighted sum of what the evaluation gives for each example", async () => {
    const gradients = engine.allocate(weights.specs);
    const compiled = await engine.compileGradients(lossFunction(configuration, shape));
    const inputs = { input_ids, decoder_input_ids: decoder, labels: counted };
    const loss_weight = Float32Array.of(1 / 6);
    const result = await compiled.run(weights, gradients, [{ ...inputs, loss_weight }], "replace");
    const { nll, correct } = await run(evaluationFunction(configuration, shape), inputs);

    expect(result.loss).toBeCloseTo((nll![0]! + nll![1]!) / 6, 5);
    expect(result.metrics.nll).toBeCloseTo(nll![0]! + nll![1]!, 4);
    expect(result.metrics.correct).toBe(correct![0]! + correct![1]!);
    gradients.dispose();
  });

  test("does not count ignored labels", async () => {
    const example = { ...shape, examples: 1 };
    const short = { ...example, targets: 3 };
    const inputs = {
      input_ids: input_ids.slice(0, 5),
      labels: counted.slice(0, 4),
      decoder_input_ids: decoder.slice(0, 4),
    };
    const all = await run(evaluationFunction(configuration, example), inputs);
    const first = await run(evaluationFunction(configuration, short), {
      ...inputs,
      labels: labels.slice(0, 3),
      decoder_input_ids: decoder.slice(0, 3),
    });
    expect(all.nll![0]).toBeCloseTo(first.nll![0]!, 4);
    expect(all.correct).toEqual(first.correct);
  });

  test("leaves no tensor behind", () => {
    expect(memory().numTensors).toBe(tensorsAtStart);
  });
});
