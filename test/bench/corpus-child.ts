/** Streams one corpus and prints what that took, as JSON. */
import { openBatches } from "../../server/data/stream";

export interface CorpusJob {
  readonly path: string;
  /** URL of the data worker. */
  readonly worker: string;
  /** How many batches; "epoch": all of the corpus once. */
  readonly steps: number | "epoch";
  /** How long the thread is busy between two batches. */
  readonly stepMs: number;
}

export interface CorpusMeasurement {
  /** Of the process, all threads. */
  readonly peakBytes: number;
  /** Until the first batch was there. */
  readonly firstMs: number;
  /** From the first batch to the last. */
  readonly elapsedMs: number;
  /** For batches after the first. */
  readonly waitedMs: number;
}

const job = JSON.parse(process.argv[2]!) as CorpusJob;
process.stdout.write(JSON.stringify(await measured(job)));

async function measured({ path, worker, steps, stepMs }: CorpusJob): Promise<CorpusMeasurement> {
  const openedAt = performance.now();
  const stream = await openBatches({
    corpus: {
      name: "bench",
      source: { kind: "files", globs: [path] },
      field: "text",
      column: "text",
      holdout: 0.02,
    },
    tokenizer: "bytes",
    objective: { noise_density: 0.15, mean_span_length: 3 },
    inputs: 512,
    batch: 16,
    seed: 1,
    worker: new URL(worker),
  });
  await stream.next();
  const startedAt = performance.now();
  let waited = 0;
  for (let step = 1; steps === "epoch" || step < steps; step++) {
    busy(stepMs);
    const { waitedMs, cursor } = await stream.next();
    waited += waitedMs;
    if (steps === "epoch" && cursor.epoch > 0) break;
  }
  const elapsedMs = performance.now() - startedAt;
  await stream.close();
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  return { peakBytes, firstMs: startedAt - openedAt, elapsedMs, waitedMs: waited };
}

/** As a step does, it keeps this thread from its messages. */
function busy(ms: number): void {
  if (ms > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
