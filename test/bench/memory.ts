/** Whether a long stage holds more at its end than at its beginning: memory, handles, tensors. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { MemoryJob, MemoryMeasurement } from "./memory-child";
import { type Bench, type BenchContext, type BenchResult, benchResult } from "./result";
import { inScratch } from "./scratch";

const steps = 2000;

export const memoryBench: Bench = {
  name: "memory",
  summary: `what a process holds after ${steps} steps, against after ${steps / 10}: 1 is no growth`,
  run: (context) => inScratch((folder) => run(folder, context)),
};

async function run(folder: string, context: BenchContext): Promise<readonly BenchResult[]> {
  context.progress(`memory: training ${steps} steps with validations and checkpoints`);
  const job = { directory: join(folder, "stage"), steps, threads: 2 };
  const { early, late, secondsPerStep, waiting } = await measured(job, context);
  context.progress(`memory: ${(1000 * secondsPerStep).toFixed(1)} ms a step; ${waiting}`);
  const megabytes = (bytes: number) => bytes / 1e6;
  return [
    benchResult("memory/rss", {
      value: megabytes(late.rssBytes),
      unit: "MB",
      reference: megabytes(early.rssBytes),
    }),
    benchResult("memory/handles", { value: late.handles, unit: "", reference: early.handles }),
    benchResult("memory/tensors-grown", { value: late.tensors - early.tensors, unit: "" }),
  ];
}

/** In a process of its own, so that it holds nothing else. */
async function measured(
  job: MemoryJob,
  { dist, signal }: BenchContext,
): Promise<MemoryMeasurement> {
  const script = fileURLToPath(new URL("bench-memory-child.js", dist));
  const child = spawn(process.execPath, ["--expose-gc", script, JSON.stringify(job)], {
    stdio: ["ignore", "pipe", "inherit"],
    signal,
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`Cannot measure memory: the process ended with ${code}`);
  return JSON.parse(output) as MemoryMeasurement;
}
