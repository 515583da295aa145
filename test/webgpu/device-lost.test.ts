import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { add } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { graphEngine } from "../../server/engine/graph/engine";
import { trainStage } from "../../server/training/train-stage";
import "../support/reference-engine";
import { tinyStage, withCorpus } from "../training/support/tiny-stage";
import { loseDevice } from "./support/losing-driver";

const gone = "Cannot compute on webgpu: it has gone, or its driver has begun anew";

test.runIf(process.platform === "linux")(
  "a device that is lost pauses the stage with its last checkpoint, and computes no further",
  async () => {
    const engine = await graphEngine({ device: "webgpu", threads: 1 });
    const doubling = await engine.compileFunction({
      weights: {},
      inputs: { x: { shape: [1], dtype: "float32" } },
      evaluate: (_, { x }) => ({ y: add(x!, x!) }),
    });
    const double21 = () => doubling.run(engine.allocate({}), { x: Float32Array.of(21) });
    expect((await double21()).y).toEqual(Float32Array.of(42));

    await withCorpus(async (folder) => {
      const options = tinyStage(engine, [folder, "a"]);
      const training = trainStage({
        ...options,
        report: (report) => {
          if (report.kind === "step" && report.record.step === 5) loseDevice();
        },
      });
      await expect(training).rejects.toThrow(
        `${gone}. The checkpoint of step 4 is kept. npx deep-fusion resume goes on`,
      );
      const log = await readFile(join(options.directory, "log.jsonl"), "utf8");
      expect(log).toMatch(/"event":"pause"[^\n]*\n$/);
    });
    await expect(double21()).rejects.toThrow(gone);
  },
);
