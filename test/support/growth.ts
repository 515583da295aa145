/** What training adds to tfjs's tensors and to the process's buffers once it has warmed up. */
import { memory } from "@tensorflow/tfjs-core";
import { memoryUsage } from "node:process";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Engine } from "../../server/engine/engine";
import { openTraining, type TrainingOptions } from "./training-losses";

export interface Growth {
  readonly tensors: number;
  readonly buffersBytes: number;
}

/** Trains a tenth of the steps to warm up, and then all of them. */
export async function growthOverSteps(
  engine: Engine,
  { configuration, steps }: TrainingOptions,
): Promise<Growth> {
  const training = await openTraining(engine, configuration);
  const warm = Math.ceil(steps / 10);
  await training.run(1, warm);
  const before = await held();
  await training.run(warm + 1, warm + steps);
  const after = await held();
  training.dispose();
  return {
    tensors: after.tensors - before.tensors,
    buffersBytes: after.buffersBytes - before.buffersBytes,
  };
}

async function held(): Promise<Growth> {
  collectGarbage();
  // Native buffers are given back by finalizers, which run after the collection; a second one takes what those held.
  await setImmediate();
  collectGarbage();
  return { tensors: memory().numTensors, buffersBytes: memoryUsage().arrayBuffers };
}

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
}
