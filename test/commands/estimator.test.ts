import { describe, expect, it } from "vitest";
import { noHub } from "../hugging-face/support/hubs";
import { Estimator } from "../../server/commands/estimator";
import type { StepRecord } from "../../server/protocol/metrics";
import { planRecipe } from "../../server/recipe/plan";
import { runRecord } from "../support/run-record";

const recipe = `version: 1
corpora: { books: { embedded: moby-dick } }
models: { small: { preset: t5-nano } }
defaults: { train: { corpus: books, inputs: 32, batch: 4, steps: 1000 } }
stages:
  a: { train: small, seed: 1 }
  b: { train: small, seed: 2 }
  c: { train: small, seed: 3 }
`;

/** What is said while `a` and `b` train; a step takes a tenth of a second, the first ones ten times as long. */
async function said({ steps, ends }: { readonly steps: number; readonly ends?: number }) {
  const { plan } = await planRecipe({
    text: recipe,
    file: "/r.fusion.yaml",
    shownAs: "r",
    hub: noHub,
  });
  const { stages } = plan!;
  const places = [{ device: "cpu" }] as const;
  const settings = { engine: "graph", places, threads: 1, parallel: 2 } as const;
  const lines: string[] = [];
  const waiting = { kind: "train", state: "waiting", inputs_sha256: "" } as const;
  const record = runRecord({ stages: { a: waiting, b: waiting, c: waiting } });
  const prepared = { options: { plan: plan!, stages, settings }, record };
  const estimator = new Estimator(prepared, (line) => lines.push(line));
  for (let step = 1; step <= steps; step++) {
    const seconds = step <= 3 ? 1 : 0.1;
    for (const stage of ["a", "b"]) {
      if (stage === "b" && step > (ends ?? steps)) continue;
      const figures = { step, seconds, tokens: step } as StepRecord;
      estimator.hear({ kind: "report", stage, report: { kind: "step", record: figures } });
    }
    if (step === ends) {
      estimator.hear({ kind: "end", stage: "b", record: { ...waiting, state: "done" } });
    }
  }
  return lines;
}

describe("Estimator", () => {
  it("says nothing while the first, slow steps are all that it knows", async () => {
    expect(await said({ steps: 10 })).toEqual([]);
  });

  it("says once how long all stages take, two side by side", async () => {
    expect(await said({ steps: 200 })).toEqual(["All stages will take about 3 min."]);
  });

  it("does not wait for a stage that was over in a moment", async () => {
    expect(await said({ steps: 200, ends: 3 })).toHaveLength(1);
  });
});
