/**
 * The engine that the shared tests hold against the reference: the graph engine on the CPU, or what the projects
 * "tensorflow" and "webgpu" set in DEEP_FUSION_TEST_ENGINE.
 */
import { openEngine } from "../../server/engine/choice";
import type { Engine } from "../../server/engine/engine";

const choices = {
  graph: { engine: "graph", device: "cpu" },
  webgpu: { engine: "graph", device: "webgpu" },
  tensorflow: { engine: "tensorflow", device: "cpu" },
} as const;
const asked = (process.env.DEEP_FUSION_TEST_ENGINE ?? "graph") as keyof typeof choices;

/** TensorFlow takes one number of threads in a process; two show what one would hide. A GPU has its own. */
export const threadsUnderTest = { graph: [1, 2], webgpu: [1], tensorflow: [2] }[asked];

/** Of random cases. A GPU makes a program of every operation and shape first, and one in software takes seconds. */
export const runsUnderTest = (most: number): number =>
  asked === "webgpu" ? Math.ceil(most / 4) : most;

export function engineUnderTest(threads = threadsUnderTest[0]!): Promise<Engine> {
  return openEngine({ ...choices[asked], threads });
}
