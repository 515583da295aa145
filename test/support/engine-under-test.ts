/**
 * The engine that the shared tests hold against the reference: the graph engine, or TensorFlow's in the project
 * "tensorflow", which sets DEEP_FUSION_TEST_ENGINE.
 */
import { openEngine } from "../../server/engine/choice";
import type { Engine } from "../../server/engine/engine";

const engine = process.env.DEEP_FUSION_TEST_ENGINE === "tensorflow" ? "tensorflow" : "graph";

/** TensorFlow takes one number of threads in a process; two show what one would hide. */
export const threadsUnderTest = engine === "graph" ? [1, 2] : [2];

export function engineUnderTest(threads = threadsUnderTest[0]!): Promise<Engine> {
  return openEngine({ engine, device: "cpu", threads });
}
