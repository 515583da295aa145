/** What is said of a fusion: before it begins, and of its receipt. */
import type { OptimizerKind } from "../checkpoint/optimizer-state";
import { parameterCount } from "../checkpoint/parameters";
import type { FusionNeeds } from "../fusion/needs";
import type { FusionPlan } from "../fusion/plan";
import type { Lineage, Receipt } from "../protocol/checkpoint";
import type { T5Configuration } from "../checkpoint/configuration";
import type { FuseOutput } from "./fuse-output";
import { counted, quantity, shortNumber } from "./format";

export interface Announcement {
  readonly plan: FusionPlan;
  readonly fill: number;
  /** Of the optimizer whose state grows; undefined: none. */
  readonly kind: OptimizerKind | undefined;
  readonly needs: FusionNeeds;
  readonly out: string;
}

/** Sizes, method, what is exact and what drifts, and what it takes; nothing has been written yet. */
export function announceFusion(announcement: Announcement, output: FuseOutput): void {
  for (const line of planLines(announcement.plan)) output.message(line);
  const { fill, kind, needs } = announcement;
  if (fill > 0) {
    output.message(
      `fill     ${fill} of each kernel's own deviation, after the receipt; it moves the logits a little`,
    );
  }
  output.message(
    kind === undefined
      ? "state    optimizer starts anew"
      : `state    ${kind} grows with the weights`,
  );
  output.message(needsLine(needs));
}

export function needsLine({ diskBytes, memoryBytes }: FusionNeeds): string {
  return `needs    ${quantity(diskBytes, "B")} on disk, about ${quantity(memoryBytes, "B")} of memory`;
}

/** Parents, child and method. */
export function planLines(plan: FusionPlan): string[] {
  return [
    ...plan.parents.map(({ name, configuration }) => `parent   ${name}: ${sizes(configuration)}`),
    `child    ${sizes(plan.configuration)}`,
    `method   ${plan.method}: ${methodText(plan)}`,
    ...plan.notes.map((note) => `note     ${note}`),
  ];
}

function sizes(configuration: T5Configuration): string {
  const { d_model, d_kv, d_ff, num_heads, num_layers, num_decoder_layers } = configuration;
  return (
    `${shortNumber(parameterCount(configuration))} parameters (d_model ${d_model}, ${num_heads} heads of ${d_kv}, ` +
    `d_ff ${d_ff}, ${num_layers} + ${num_decoder_layers} layers)`
  );
}

function methodText({ method, exact }: FusionPlan): string {
  if (method === "property") {
    return "each part has its own norms; the child computes exactly the mean of its parents' logits";
  }
  const stock = "one norm over the whole width, loads in stock transformers";
  if (exact) return `${stock}; copies of one model meet in it exactly`;
  return method === "rule"
    ? `${stock}; the logits drift from the parents' mean`
    : `${stock}, its scales measured on probe batches; the logits drift from the parents' mean`;
}

export function receiptLines({ operation, cost }: Lineage, out: string): string[] {
  if (operation.kind !== "fused") return [];
  const { receipt } = operation;
  const { source, examples, tokens } = receipt.probe;
  const parents = receipt.parent_losses.map(loss).join(", ");
  return [
    `receipt  ${counted(examples, "example")}, ${tokens} tokens, ${source}`,
    `         ${driftText(receipt)}`,
    `         loss: parents ${parents}; child ${loss(receipt.child_loss)}`,
    ...filledLines(receipt),
    `cost     ${cost.steps} steps, ${shortNumber(cost.tokens)} tokens, ${quantity(cost.flops, "FLOP")} along the lineage`,
    `wrote    ${out}`,
  ];
}

function driftText({ kind, drift, limit }: Receipt): string {
  const found = `child is ${drift.toExponential(1)} of the largest logit from the parents' mean`;
  return kind === "exact"
    ? `exact: ${found} (limit ${limit.toExponential(1)})`
    : `drifts: ${found}`;
}

function filledLines({ filled_drift, filled_loss }: Receipt): string[] {
  if (filled_drift === undefined || filled_loss === undefined) return [];
  return [`         filled: drift ${filled_drift.toExponential(1)}, loss ${loss(filled_loss)}`];
}

function loss(value: number): string {
  return value.toFixed(4);
}

/** The document of `--json`. */
export function fusionJson(announcement: Announcement, lineage: Lineage): unknown {
  const { plan, kind, needs, out } = announcement;
  return {
    checkpoint: out,
    ...planJson(plan),
    optimizer: kind ?? "reset",
    ...needsJson(needs),
    lineage,
  };
}

export function needsJson({ diskBytes, memoryBytes }: FusionNeeds): Record<string, unknown> {
  return { disk_bytes: diskBytes, memory_bytes: memoryBytes };
}

export function planJson(plan: FusionPlan): Record<string, unknown> {
  const described = ({ fusion_parts, ...configuration }: T5Configuration) => ({
    parameters: parameterCount({ fusion_parts, ...configuration }),
    configuration: { ...configuration, fusion_parts },
  });
  return {
    method: plan.method,
    exact: plan.exact,
    parents: plan.parents.map(({ name, configuration }) => ({ name, ...described(configuration) })),
    child: described(plan.configuration),
    notes: plan.notes,
  };
}
