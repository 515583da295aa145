/** Where the time of a gradient goes, operator by operator, and how near its products are to what the processor can do. */
import { readdir, readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { matMul } from "@tensorflow/tfjs-core";
import { graphEngine } from "../../server/engine/graph/engine";
import { stepFlops } from "../../server/model/cost";
import { median } from "./median";
import { type Bench, type BenchContext, type BenchResult, benchResult } from "./result";
import { inScratch } from "./scratch";
import { stepModels, writeStepCase } from "./step-case";
import { stepTimes } from "./step-times";

/** Operators below this share are told together. */
const leastShare = 0.02;

export const profileBench: Bench = {
  name: "profile",
  summary:
    "shares of operators in a gradient, by onnxruntime's profiler; peak: its products' operations per second, " +
    "everything else included, against those of one large product",
  run: async (context) => {
    const threads = Math.min(availableParallelism(), 8);
    const results: BenchResult[] = [];
    for (const model of Object.keys(stepModels) as (keyof typeof stepModels)[]) {
      context.progress(`  ${model}, ${threads} threads`);
      results.push(...(await profiled(model, { context, threads })));
    }
    return results;
  },
};

interface Options {
  readonly context: BenchContext;
  readonly threads: number;
}

function profiled(
  model: keyof typeof stepModels,
  { context, threads }: Options,
): Promise<BenchResult[]> {
  return inScratch(async (folder) => {
    await writeStepCase(folder, stepModels[model], { threads });
    // Profiling costs time of its own, so the speed is another run's. The peak is taken on both sides of it.
    const before = await peakGigaflops(threads);
    const { gradientMs } = await stepTimes(context, [folder]);
    const peak = median([before, await peakGigaflops(threads)]);
    await stepTimes(context, [folder, join(folder, "profile")]);
    const { configuration, shape } = stepModels[model];
    const flops = stepFlops(
      { ...configuration, fusion_parts: [...configuration.fusion_parts] },
      shape,
    );
    return [
      benchResult(`profile/${model}/peak`, {
        value: flops / median(gradientMs.slice(2)) / 1e6,
        unit: "GFLOP/s",
        reference: peak,
      }),
      ...shares(await gradientNodes(folder)).map(([operator, share]) =>
        benchResult(`profile/${model}/${operator}`, { value: 100 * share, unit: "%" }),
      ),
    ];
  });
}

/** Of a product of square matrices that keep every thread busy. */
async function peakGigaflops(threads: number): Promise<number> {
  const size = 1024;
  const square = { shape: [size, size], dtype: "float32" } as const;
  const engine = await graphEngine({ device: "cpu", threads });
  const product = await engine.compileFunction({
    weights: { a: square },
    inputs: { b: square },
    evaluate: ({ a }, { b }) => ({ c: matMul(a!, b!) }),
  });
  const weights = engine.allocate({ a: square });
  const b = new Float32Array(size * size).fill(0.5);
  await weights.write("a", b);
  const times: number[] = [];
  for (let run = 0; run < 20; run++) {
    const start = performance.now();
    await product.run(weights, { b });
    times.push(performance.now() - start);
  }
  await engine.dispose();
  return (2 * size ** 3) / median(times.slice(5)) / 1e6;
}

/** As onnxruntime writes them; a node's own time is in microseconds. */
interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly dur: number;
  readonly args?: { readonly op_name?: string };
}

/** The node times of the session that has the most nodes: the gradient's. */
async function gradientNodes(folder: string): Promise<readonly ProfileEvent[]> {
  const names = (await readdir(folder)).filter((name) => name.startsWith("profile"));
  let most: readonly ProfileEvent[] = [];
  for (const name of names) {
    const events = JSON.parse(await readFile(join(folder, name), "utf8")) as ProfileEvent[];
    const nodes = events.filter(
      (event) => event.cat === "Node" && event.name.endsWith("_kernel_time"),
    );
    const kinds = (of: readonly ProfileEvent[]) => new Set(of.map((event) => event.name)).size;
    if (kinds(nodes) > kinds(most)) most = nodes;
  }
  return most;
}

/** By operator, the largest first. */
function shares(nodes: readonly ProfileEvent[]): (readonly [string, number])[] {
  const times = new Map<string, number>();
  for (const { args, dur } of nodes) {
    const operator = args?.op_name ?? "unknown";
    times.set(operator, (times.get(operator) ?? 0) + dur);
  }
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  const all = [...times].map(([operator, time]) => [operator, time / total] as const);
  const told = all.filter(([, share]) => share >= leastShare).sort(([, a], [, b]) => b - a);
  const rest = 1 - told.reduce((sum, [, share]) => sum + share, 0);
  return [...told, ["everything else", rest]];
}
