/** A fusion from the command line against copying a file as large as what it makes; and opening a big checkpoint. */
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openCheckpoint } from "../../server/checkpoint/checkpoint";
import { preflight } from "../../server/services/preflight";
import { writeHollow, writeParents } from "./fuse-case";
import { cli, type FusedFolders, measureCopy, measureFusion, seconds } from "./measured-fusion";
import { measureNode, type ProcessMeasurement } from "./measured-process";
import { median } from "./median";
import { againstMergekit } from "./mergekit";
import { type Bench, type BenchContext, type BenchResult, benchResult } from "./result";

const rounds = 3;
const presetNames = ["t5-medium", "t5-m"];

export const fuseBench: Bench = {
  name: "fuse",
  summary:
    "fusing two T5s of 242M and of 317M parameters (start-up, receipt and hashes included), against cp and fsync " +
    "of a file as large as the child; judging them from their headers; two of 77M against mergekit-yaml, where that is " +
    "set up; and inspecting a checkpoint of 11 GB",
  run: async (context) => {
    const folder = await scratchFolder(context);
    try {
      const results: BenchResult[] = [];
      for (const preset of presetNames) results.push(...(await fusions(preset, folder, context)));
      results.push(...(await againstMergekit(folder, context)));
      return [...results, ...(await opening(folder, context))];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Beside the bundles, on a real disk: the system's folder for temporary files may be memory. */
export async function scratchFolder({ dist }: BenchContext): Promise<string> {
  const cache = fileURLToPath(new URL("../.cache/", dist));
  await mkdir(cache, { recursive: true });
  return mkdtemp(join(cache, "bench-fuse-"));
}

interface Times {
  readonly copyMs: number[];
  readonly plain: ProcessMeasurement[];
  readonly filled: ProcessMeasurement[];
}

async function fusions(
  preset: string,
  folder: string,
  context: BenchContext,
): Promise<readonly BenchResult[]> {
  context.progress(`fuse: writing two random parents of ${preset}`);
  const parents = await writeParents(folder, preset);
  const paths: FusedFolders = { parents, child: join(folder, "child") };
  const times: Times = { copyMs: [], plain: [], filled: [] };
  let sizeBytes = 0;
  // The first round warms the caches, and gives the file to copy.
  for (let round = 0; round <= rounds; round++) {
    const filled = await measureFusion(paths, 0.01, context);
    const weights = join(paths.child, "model.safetensors");
    sizeBytes = (await stat(weights)).size;
    const copyMs = await measureCopy(weights, join(folder, "copy"));
    const plain = await measureFusion(paths, 0, context);
    if (round === 0) continue;
    times.copyMs.push(copyMs);
    times.plain.push(plain);
    times.filled.push(filled);
    context.progress(
      `  ${preset}, ${(sizeBytes / 1e9).toFixed(2)} GB, round ${round} of ${rounds}: cp ${seconds(copyMs)}, ` +
        `fuse ${seconds(plain.ms)}, with fill ${seconds(filled.ms)}`,
    );
  }
  const judged = await judging(preset, parents, paths.child);
  await Promise.all([...parents, paths.child].map((path) => rm(path, { recursive: true })));
  return [...rowsOf(preset, times, "plain"), ...rowsOf(preset, times, "filled"), judged];
}

/** What precedes a fusion in the editor, for each parent. */
async function judging(
  preset: string,
  parents: readonly string[],
  child: string,
): Promise<BenchResult> {
  const choice = { parents, method: "property", copies: 1, fill: 0 } as const;
  const ms: number[] = [];
  for (let round = 0; round <= 2 * rounds; round++) {
    const start = performance.now();
    const verdict = await preflight({ ...choice, directory: `${child}-that-is-not-there` });
    ms.push((performance.now() - start) / parents.length);
    if (verdict.kind === "refused") throw new Error(verdict.faults.join("; "));
  }
  return benchResult(`fuse/${preset}/judging-a-parent`, {
    value: median(ms),
    unit: "ms",
    reference: 100,
  });
}

function rowsOf(preset: string, times: Times, kind: "plain" | "filled"): BenchResult[] {
  const name = `fuse/${preset}/${kind}`;
  const of = (quantity: (measured: ProcessMeasurement) => number) =>
    median(times[kind].map(quantity));
  return [
    benchResult(`${name}/time`, {
      value: of(({ ms }) => ms),
      unit: "ms",
      reference: median(times.copyMs),
    }),
    benchResult(`${name}/writing`, {
      value: of(writingMs),
      unit: "ms",
      reference: median(times.copyMs),
    }),
    benchResult(`${name}/memory`, {
      value: of(({ peakBytes }) => peakBytes) / 2 ** 20,
      unit: "MiB",
      reference: 256,
    }),
  ];
}

/** What came before the first byte and after the last is no writing. */
function writingMs({ lines }: ProcessMeasurement): number {
  const start = lines.findIndex(({ text }) => text.startsWith("writing"));
  const next = lines[start + 1] ?? lines.at(-1)!;
  return next.atMs - lines[start]!.atMs;
}

async function opening(folder: string, context: BenchContext): Promise<BenchResult[]> {
  const directory = join(folder, "hollow");
  await writeHollow(directory);
  const processMs: number[] = [];
  const openMs: number[] = [];
  for (let round = 0; round <= 2 * rounds; round++) {
    const { ms } = await measureNode(
      [cli(context), "inspect", directory, "--json"],
      context.signal,
    );
    const start = performance.now();
    await (await openCheckpoint(directory)).close();
    openMs.push(performance.now() - start);
    processMs.push(ms);
  }
  return [
    benchResult("fuse/inspect-11GB/opening", { value: median(openMs), unit: "ms", reference: 100 }),
    benchResult("fuse/inspect-11GB/command", { value: median(processMs), unit: "ms" }),
  ];
}
