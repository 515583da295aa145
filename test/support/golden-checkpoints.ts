/** The checkpoints that transformers reads for test/golden/checkpoints; all follow from their number. */
import { join } from "node:path";
import type { T5Configuration } from "../../server/checkpoint/configuration";
import { childLineage, noCost } from "../../server/checkpoint/lineage";
import type { TensorSource } from "../../server/checkpoint/tensor-source";
import { writeCheckpoint } from "../../server/checkpoint/write-checkpoint";
import { childWeights } from "../fusion/support/child";
import { planFusion } from "../../server/fusion/plan";
import type { FusionMethod } from "../../server/protocol/checkpoint";
import { configured, parentOf, randomWeights } from "../fusion/support/parents";

export interface CheckpointCase {
  readonly name: string;
  readonly parents: readonly T5Configuration[];
  readonly method: FusionMethod;
  /** Of a single parent. */
  readonly copies: number;
}

/** Of every model, so that one batch serves all. */
export const inputs = [3, 7, 2, 9, 4, 10, 1];
export const targets = [5, 8, 10, 6, 1];

const heads = {
  tied: { tie_word_embeddings: true, scale_decoder_outputs: true },
  untied: { tie_word_embeddings: false, scale_decoder_outputs: false },
  "tied unscaled": { tie_word_embeddings: true, scale_decoder_outputs: false },
  "untied scaled": { tie_word_embeddings: false, scale_decoder_outputs: true },
} as const;

const unequal: readonly Partial<T5Configuration>[] = [
  {},
  { d_model: 4, d_kv: 5, d_ff: 3, num_heads: 1, num_layers: 1, num_decoder_layers: 3 },
  { d_model: 3, d_kv: 2, d_ff: 5, num_heads: 3, num_layers: 3, num_decoder_layers: 2 },
];

export function checkpointCases(): CheckpointCase[] {
  const cases = Object.entries(heads).flatMap(([name, head]): CheckpointCase[] => [
    {
      name: `two equal parents, ${name}`,
      parents: [configured(head), configured(head)],
      method: "property",
      copies: 1,
    },
    {
      name: `three unequal parents, ${name}`,
      parents: unequal.map((sizes) => configured({ ...sizes, ...head })),
      method: "property",
      copies: 1,
    },
    {
      name: `a parent with itself under the rule, ${name}`,
      parents: [configured(head)],
      method: "rule",
      copies: 2,
    },
  ]);
  const mixed = Object.values(heads).map((head, i) => configured({ ...unequal[i % 3], ...head }));
  return [
    ...cases,
    { name: "parents of every head", parents: mixed, method: "property", copies: 1 },
  ];
}

export interface CaseModel {
  readonly configuration: T5Configuration;
  readonly weights: TensorSource;
}

/** The parents, each once, and their child. */
export function caseModels({ parents, method, copies }: CheckpointCase): {
  readonly parents: readonly CaseModel[];
  readonly child: CaseModel;
} {
  const models = parents.map((configuration, seed) => ({
    configuration,
    weights: randomWeights(configuration, seed),
  }));
  const plan = planFusion(
    parents.map((configuration, i) => parentOf(configuration, `parent ${i}`)),
    { method, copies },
  );
  const sources = plan.parents.map((_, i) => (models[i] ?? models[0]!).weights);
  const weights = childWeights(plan, { parents: sources, fill: 0, seed: 5 });
  return { parents: models, child: { configuration: plan.configuration, weights } };
}

/** Writes FOLDER/parent-0, ... and FOLDER/child. */
export async function writeCase(folder: string, golden: CheckpointCase): Promise<void> {
  const { parents, child } = caseModels(golden);
  for (const [i, parent] of parents.entries()) await write(join(folder, `parent-${i}`), parent);
  await write(join(folder, "child"), child);
}

function write(directory: string, model: CaseModel): Promise<void> {
  const lineage = childLineage({
    createdBy: "a test",
    operation: { kind: "initialised", seed: 0 },
    ownCost: noCost,
    parents: [],
  });
  return writeCheckpoint(directory, { ...model, lineage, tokenizerFiles: "bytes" });
}
