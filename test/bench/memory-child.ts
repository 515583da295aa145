/** Trains a small model in a stage of its own and prints what the process held early and late, as JSON. */
import { engine as tensorflow } from "@tensorflow/tfjs-core";
import { graphEngine } from "../../server/engine/graph/engine";
import { presets } from "../../server/model/presets";
import { systemClock } from "../../server/training/clock";
import { trainStage } from "../../server/training/train-stage";

export interface MemoryJob {
  readonly directory: string;
  readonly steps: number;
  readonly threads: number;
}

/** Means over ten samples, a hundredth of the steps apart. */
export interface Held {
  readonly rssBytes: number;
  /** Sockets, files, timers and threads that keep the process up. */
  readonly handles: number;
  /** Of TensorFlow.js. */
  readonly tensors: number;
}

export interface MemoryMeasurement {
  /** In the second tenth of the steps. */
  readonly early: Held;
  /** In the last tenth. */
  readonly late: Held;
  readonly secondsPerStep: number;
  /** Share of the time that the steps waited for data. */
  readonly waiting: string;
}

const job = JSON.parse(process.argv[2]!) as MemoryJob;
process.stdout.write(JSON.stringify(await measure(job)));

async function measure({ directory, steps, threads }: MemoryJob): Promise<MemoryMeasurement> {
  const samples: Held[] = [];
  const every = Math.ceil(steps / 100);
  let waiting = "";
  const engine = await graphEngine({ device: "cpu", threads });
  const result = await trainStage({
    engine,
    start: { kind: "initialise", configuration: presets["t5-demo"]! },
    settings: settingsOf(steps),
    directory,
    dataWorker: new URL("data-worker.js", import.meta.url),
    createdBy: "deep-fusion bench",
    clock: systemClock,
    report: (report) => {
      if (report.kind === "step" && report.record.step % every === 0) samples.push(held());
      if (report.kind === "event" && report.record.event === "done") {
        waiting = report.record.detail ?? "";
      }
    },
  });
  await engine.dispose();
  return {
    early: mean(samples.slice(10, 20)),
    late: mean(samples.slice(-10)),
    secondsPerStep: result.ownCost.device_seconds / steps,
    waiting,
  };
}

function settingsOf(steps: number): Parameters<typeof trainStage>[0]["settings"] {
  return {
    corpus: {
      name: "embedded",
      source: { kind: "embedded", names: ["sotu"] },
      field: "text",
      column: "text",
      holdout: 0.02,
    },
    tokenizer: "bytes",
    objective: { noise_density: 0.5, mean_span_length: 16 },
    inputs: 37,
    batch: 4,
    micro_batch: 2,
    steps,
    seed: 1,
    optimizer: { kind: "adafactor", decay: 0.8, clipping: 1, multiply_by_parameter_scale: true },
    schedule: { kind: "constant", peak: 0.02, warmup: 0, floor: 0, decay: 0, offset: 0 },
    gradient_clipping: 1,
    precision: "float32",
    recompute: false,
    evaluate_every: 100,
    evaluate_examples: 16,
    checkpoint_every: 100,
    heatmaps_every: 100,
  };
}

/** What is left without garbage: run with --expose-gc. */
function held(): Held {
  gc?.();
  return {
    rssBytes: process.memoryUsage.rss(),
    handles: process.getActiveResourcesInfo().length,
    tensors: tensorflow().state.numTensors,
  };
}

function mean(samples: readonly Held[]): Held {
  const of = (key: keyof Held) =>
    samples.reduce((sum, sample) => sum + sample[key], 0) / samples.length;
  return { rssBytes: of("rssBytes"), handles: of("handles"), tensors: of("tensors") };
}
