/** Trains the tiny stage FOLDER/NAME on THREADS threads, and prints a line for every step. Bundled beside the workers. */
import { graphEngine } from "../../../server/engine/graph/engine";
import { trainStage } from "../../../server/training/train-stage";
import { tinyStage } from "../../training/support/tiny-stage";

const [folder = "", name = "", threads = "1"] = process.argv.slice(2);

const engine = await graphEngine({ device: "cpu", threads: Number(threads) });
await trainStage({
  ...tinyStage(engine, [folder, name], {
    steps: 60,
    batch: 8,
    micro_batch: 4,
    checkpoint_every: 7,
    evaluate_every: 10,
    heatmaps_every: 4,
  }),
  dataWorker: new URL("data-worker.js", import.meta.url),
  report: (report) => {
    if (report.kind === "step") process.stdout.write(`${report.record.step}\n`);
  },
});
await engine.dispose();
