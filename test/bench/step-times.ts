/** Runs the two sides that train a case, each in a process of its own: told its folder, and whatever else. */
import { execFile } from "node:child_process";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { withHugePages } from "../../server/engine/huge-pages";
import { median } from "./median";
import type { BenchContext } from "./result";
import type { StepTimes } from "./step-case";

const lossTolerance = 1e-4;

export async function stepTimes(
  { dist, signal }: BenchContext,
  words: readonly string[],
): Promise<StepTimes> {
  const child = fileURLToPath(new URL("bench-step-child.js", dist));
  const { stdout } = await promisify(execFile)(execPath, [child, ...words], {
    signal,
    env: withHugePages(process.env),
  });
  return JSON.parse(stdout) as StepTimes;
}

export async function torchTimes(
  context: BenchContext,
  words: readonly string[],
): Promise<StepTimes> {
  const { dist, signal } = context;
  const script = fileURLToPath(new URL("../test/bench/torch_step.py", dist));
  const { stdout } = await promisify(execFile)(await context.python(), [script, ...words], {
    signal,
  });
  return JSON.parse(stdout) as StepTimes;
}

/** Milliseconds. The first steps touch their memory for the first time, and are left out. */
export function typicalStep({ stepMs }: StepTimes): number {
  return median(stepMs.slice(2));
}

/** @throws {RangeError} the two sides did not do the same work */
export function checkLosses(
  model: string,
  ours: readonly number[],
  torch: readonly number[],
): void {
  ours.forEach((loss, step) => {
    const expected = torch[step]!;
    if (Math.abs(loss - expected) <= lossTolerance * Math.abs(expected)) return;
    throw new RangeError(
      `Cannot compare the steps of ${model}: the loss of step ${step + 1} is ${loss}, PyTorch's ${expected}`,
    );
  });
}
