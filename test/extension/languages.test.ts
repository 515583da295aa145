import { describe, expect, test } from "vitest";
import { comparisonMarkdown, evaluationMarkdown } from "../../extension/documents/comparison";
import { lineageMarkdown } from "../../extension/documents/lineage";
import { preflightText } from "../../extension/fusion-text";
import { description, detailLines, label, type TreeNode } from "../../extension/views/nodes";
import type { CheckpointDetail } from "../../server/protocol/catalogue";
import type { Cost, Lineage, Operation, Receipt } from "../../server/protocol/checkpoint";
import { pseudo, unmarked } from "../support/languages";

const checkpoint = { directory: "/r/ab/step-00001200", name: "step-00001200", step: 1200 };
const file = "model.safetensors";
const tensor = { name: "xx.yy", dtype: "F32", shape: [2, 3], sizeBytes: 24_000, file };
const stage = { kind: "train", inputs_sha256: "", heldout_loss: 2.5, step: 1, steps: 2 } as const;
const fusion = { parents: ["ab", "cd"], method: "rule", drift: 0.1 } as const;
const [waiting, running] = ["waiting", "running"] as const;
const stages = [
  ...[waiting, running, "stopped", "failed", "done"].map((state) => ({ ...stage, state })),
  { ...stage, state: "done", fusion: { ...fusion, kind: "exact" } },
  { ...stage, state: "done", fusion: { ...fusion, kind: "drifts" } },
].map((each) => ({ ...each, name: "ab" })) as Extract<TreeNode, { kind: "stage" }>["stage"][];
const run = { directory: "/r", name: "ab", startedAt: "1970-01-01T00:00:00Z", stages };

const nodes: readonly TreeNode[] = [
  { kind: "run", run: { ...run, state: "pausing" } },
  { kind: "run", run: { ...run, state: "failed", problem: "damaged" } },
  ...stages.map((each): TreeNode => ({
    ...{ kind: "stage", run: { ...run, state: "done" }, stage: each, index: 0 },
  })),
  { kind: "checkpoint", checkpoint, newest: true },
  { kind: "group", checkpoint, prefix: "xx.", tensors: [tensor, tensor] },
  { kind: "tensor", checkpoint, tensor, shown: "yy" },
  { kind: "span", id: "s", checkpoints: [{ kind: "checkpoint", checkpoint, newest: true }] },
];

const cost: Cost = { steps: 1, tokens: 2000, flops: 3, device_seconds: 4 };
const receipt: Receipt = {
  ...({ method: "rule", kind: "drifts", drift: 0.1, limit: 1e-5, filled_drift: 0.2 } as const),
  ...{ parent_losses: [1, 2], child_loss: 3 },
  probe: { source: "zz", examples: 8, tokens: 128 },
};
const dimensions = {
  ...{ d_model: 8, d_kv: 4, d_ff: 16, num_heads: 2, num_layers: 1, num_decoder_layers: 1 },
};
const operations: readonly Operation[] = [
  { kind: "initialised", seed: 1 },
  { kind: "trained", steps: 1 },
  { kind: "fused", method: "rule", fill: 0.1, seed: 2, optimizer: "reset", receipt },
  { kind: "imported", source: "/zz" },
];

function detail(operation: Operation | undefined): CheckpointDetail {
  const parent = { name: "ab", weights_sha256: "0".repeat(64), cost };
  const lineage: Lineage | undefined = operation && {
    ...{ version: 1, created_by: "zz", operation, parents: [parent], own_cost: cost, cost },
    ancestors: [{ ...parent, operation, own_cost: cost, parents: [] }],
  };
  return {
    ...{ directory: "/zz", parameters: 9, sizeBytes: 9000, dimensions, tensors: [tensor] },
    ...{ hasOptimizer: operation !== undefined, tokenizerFiles: ["zz"] },
    ...(lineage && { lineage }),
  };
}

/** Names of the data, methods and units, which are the same everywhere. */
const data = ["T5", "ab", "cd", "xx", "yy", "zz", "float32", "rule", "kB"];

describe("in a language of the reader's, every word", () => {
  test("of the tree comes from the bundle", () => {
    const reader = { now: new Date(0), t: pseudo };
    const texts = nodes.flatMap((node) => [label(node, pseudo), description(node, reader)]);
    texts.push(...[undefined, operations[0]].flatMap((each) => detailLines(detail(each), pseudo)));
    expect(texts.flatMap((text) => unmarked(text, data))).toEqual([]);
  });

  test("of what is shown before a fusion comes from the bundle", () => {
    const parent = { name: "ab", parameters: 9, dimensions };
    const needs = { diskBytes: 3000, memoryBytes: 4000, freeMemoryBytes: 1000 };
    const rest = { parents: [parent], child: parent, notes: [], ...needs };
    const texts = (["property", "rule", "calibrated"] as const).flatMap((method) =>
      [true, false].flatMap((exact) =>
        [undefined, 1000, 9000].map((freeDiskBytes) => {
          const optimizer = exact ? "grow" : "reset";
          const free = freeDiskBytes === undefined ? {} : { freeDiskBytes };
          const plan = { ...rest, ...free, exact, optimizer, twins: exact, kind: "fits" } as const;
          return preflightText(plan, { method, fill: exact ? 0 : 1, seed: 1 }, pseudo);
        }),
      ),
    );
    const names = [...data, "property", "calibrated"];
    expect(texts.flatMap((text) => unmarked(text, names))).toEqual([]);
    expect(texts.join("\n")).toContain("⟦Disk: 3.00 kB needed, and only 1.00 kB free⟧");
  });

  test("of lineage, comparison and evaluation comes from the bundle", () => {
    const results = [{ checkpoint: "/ab/cd", loss: 1, accuracy: 0.5, tokens: 10 }];
    const difference = { name: "xx", shape: [2], relativeDifference: 1, cosine: 1 };
    const tensors = [difference];
    const unmatched = [
      { name: "xx", reason: { kind: "missing", in: "one" } },
      { name: "xx", reason: { kind: "shapes", one: [1], other: [2] } },
    ] as const;
    const parts = [1, 2].map((length) => ({ first: 0, count: length, names: ["ab"] }));
    const pair = { one: 0, other: 1, tensors, unmatched };
    const pairs = [pair, { ...pair, tensors: [] }, ...parts.map((part) => ({ ...pair, part }))];
    const comparison = { pairs, heldout: results };
    const texts = [
      ...[undefined, ...operations].map((operation) => lineageMarkdown(detail(operation), pseudo)),
      comparisonMarkdown(["/ab", "/cd"], comparison, pseudo),
      evaluationMarkdown(results, pseudo),
    ];
    expect(texts.flatMap((text) => unmarked(text, data))).toEqual([]);
  });
});
