/** Two trainings side by side, with half the cores each, against one after the other, with all of them. */
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Bench, type BenchContext, type BenchResult, benchResult } from "./result";
import { inScratch } from "./scratch";
import { type StepTimes, stepModels, writeStepCase } from "./step-case";

/** Both ways take turns, so that what else the machine does hits both. */
const rounds = 5;

export const togetherBench: Bench = {
  name: "together",
  summary:
    "two nano T5s trained side by side on half the cores each, against one after the other on all; " +
    "from the start of the first process to the end of the last",
  run: async (context) => {
    const cores = availableParallelism();
    if (cores < 2) throw new RangeError("Cannot train side by side: this machine has one core");
    return inScratch(async (folder) => {
      const [all, half] = [join(folder, "all"), join(folder, "half")] as const;
      for (const [path, threads] of [
        [all, cores] as const,
        [half, Math.floor(cores / 2)] as const,
      ]) {
        await mkdir(path);
        await writeStepCase(path, stepModels.nano, { threads });
      }
      return [await compare({ all, half }, context)];
    });
  },
};

interface Cases {
  readonly all: string;
  readonly half: string;
}

/** The ratio is that of the median pair: noise that lasts hits both of its ways. */
async function compare({ all, half }: Cases, context: BenchContext): Promise<BenchResult> {
  const pairs: { readonly apart: number; readonly together: number }[] = [];
  for (let round = 1; round <= rounds; round++) {
    context.progress(`  round ${round} of ${rounds}`);
    const losses: (readonly number[])[] = [];
    const train = async (folder: string) => {
      losses.push((await trained(context, folder)).losses);
    };
    const apart = await timed(async () => {
      await train(all);
      await train(all);
    });
    const together = await timed(() => Promise.all([train(half), train(half)]));
    checkSame(losses);
    pairs.push({ apart, together });
  }
  const ratio = (pair: (typeof pairs)[number]) => pair.together / pair.apart;
  const middle = pairs.toSorted((a, b) => ratio(a) - ratio(b))[Math.floor(rounds / 2)]!;
  return benchResult("together/nano/time", {
    ...{ value: middle.together, reference: middle.apart, unit: "ms" },
  });
}

async function trained({ dist, signal }: BenchContext, folder: string): Promise<StepTimes> {
  const child = fileURLToPath(new URL("bench-step-child.js", dist));
  const { stdout } = await promisify(execFile)(process.execPath, [child, folder], { signal });
  return JSON.parse(stdout) as StepTimes;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** @throws {RangeError} how the cores were shared has changed the numbers */
function checkSame(losses: readonly (readonly number[])[]): void {
  const different = losses.find((each) => String(each) !== String(losses[0]));
  if (different === undefined) return;
  const step = different.findIndex((loss, index) => loss !== losses[0]![index]);
  throw new RangeError(
    `Cannot compare the ways to share the cores: the loss of step ${step + 1} is ${different[step]} ` +
      `in one and ${losses[0]![step]} in the other`,
  );
}
