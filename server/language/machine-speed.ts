/** How fast this machine trains, from the logs of past runs; kept in a small file, so that a new recipe knows at once. */
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { replaceText } from "../files/replace-file";
import type { StepRecord } from "../protocol/metrics";
import type { RecipeRun } from "./facts";

const speedFile = "machine-speed.json";
const tailBytes = 64 * 1024;
/** Fewer steps say too little; the first one compiles. */
const fewestSteps = 5;

/** FLOPs a second; undefined until a run has been measured. */
export async function readSpeed(storage: string): Promise<number | undefined> {
  try {
    const { flops_per_second: speed } = JSON.parse(
      await readFile(join(storage, speedFile), "utf8"),
    ) as { flops_per_second?: unknown };
    return typeof speed === "number" && speed > 0 && Number.isFinite(speed) ? speed : undefined;
  } catch {
    // Not there yet, or not ours: nothing depends on it.
    return undefined;
  }
}

export async function keepSpeed(storage: string, speed: number): Promise<void> {
  await mkdir(storage, { recursive: true });
  const text = JSON.stringify({ flops_per_second: Math.round(speed) });
  await replaceText(join(storage, speedFile), `${text}\n`);
}

/** Median over the run's train stages. */
export async function measureSpeed({ folder, record }: RecipeRun): Promise<number | undefined> {
  const trained = Object.entries(record.stages).filter(([, { kind }]) => kind === "train");
  const speeds: number[] = [];
  for (const [name] of trained) {
    const speed = speedOf(await lastSteps(join(folder, name, "log.jsonl")));
    if (speed !== undefined) speeds.push(speed);
  }
  return speeds.sort((one, other) => one - other)[Math.floor(speeds.length / 2)];
}

export function speedOf(steps: readonly StepRecord[]): number | undefined {
  const [first, ...rest] = steps;
  const last = rest.at(-1);
  if (first === undefined || last === undefined || rest.length < fewestSteps) return undefined;
  const seconds = rest.reduce((sum, step) => sum + step.seconds, 0);
  const speed = (last.flops - first.flops) / seconds;
  return speed > 0 && Number.isFinite(speed) ? speed : undefined;
}

/** Steps in a row at the end of a log; a torn last line is passed over. */
async function lastSteps(file: string): Promise<StepRecord[]> {
  const text = await readTail(file).catch(() => "");
  const steps = text.split("\n").flatMap((line) => {
    try {
      const record = JSON.parse(line) as Partial<StepRecord>;
      return typeof record.loss === "number" ? [record as StepRecord] : [];
    } catch {
      return [];
    }
  });
  return steps.slice(-50);
}

async function readTail(file: string): Promise<string> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - tailBytes);
    const tail = Buffer.alloc(size - start);
    const { bytesRead } = await handle.read(tail, 0, tail.byteLength, start);
    return tail.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}
