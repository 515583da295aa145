/** Runs the child that trains a case: its folder, and whatever else it is told. */
import { execFile } from "node:child_process";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { BenchContext } from "./result";
import type { StepTimes } from "./step-case";

export async function stepTimes(
  { dist, signal }: BenchContext,
  words: readonly string[],
): Promise<StepTimes> {
  const child = fileURLToPath(new URL("bench-step-child.js", dist));
  const { stdout } = await promisify(execFile)(execPath, [child, ...words], { signal });
  return JSON.parse(stdout) as StepTimes;
}
