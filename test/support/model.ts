/** New models and their batches for tests. */
import type { T5Configuration } from "../../server/checkpoint/configuration";
import type { Engine, TensorStore } from "../../server/engine/engine";
import { type BatchShape, shiftRight } from "../../server/model/batch";
import { weightSpecs } from "../../server/model/functions";
import { initialWeight } from "../../server/model/initialise";
import { uniform } from "../../server/random/draw";
import { streamKey } from "../../server/random/threefry";

/** The weights of a new model, in the engine. The caller disposes. */
export async function newWeights(
  engine: Engine,
  configuration: T5Configuration,
  seed: number,
): Promise<TensorStore> {
  const store = engine.allocate(weightSpecs(configuration));
  for (const name of Object.keys(store.specs)) {
    await store.write(name, initialWeight(configuration, name, seed));
  }
  return store;
}

/** Tokens drawn uniformly from those that are not special. */
export function randomBatch(configuration: T5Configuration, shape: BatchShape, seed: number) {
  const ids = (stream: string, length: number) => {
    const key = streamKey(seed, stream);
    const first = 3;
    const tokens = configuration.vocab_size - first;
    return Int32Array.from({ length }, (_, i) => first + Math.floor(uniform(key, i) * tokens));
  };
  const labels = ids("labels", shape.examples * shape.targets);
  return {
    input_ids: ids("input_ids", shape.examples * shape.inputs),
    labels,
    decoder_input_ids: shiftRight(labels, shape, configuration),
  };
}
