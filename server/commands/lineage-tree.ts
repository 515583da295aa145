/** A checkpoint's lineage as an indented tree: what made it, the proof, what it cost, and from what. */
import type { Ancestor, Cost, Lineage, Operation, Receipt } from "../protocol/checkpoint";
import { counted, duration, quantity, shortNumber } from "./format";

/** Lines; the checkpoint itself first. An ancestor that stands in several places is told once. */
export function lineageTree(lineage: Lineage): string[] {
  const ancestors = new Map(lineage.ancestors.map((entry) => [entry.weights_sha256, entry]));
  const told = new Set<string>();
  const lines = [
    showOperation(lineage.operation),
    ...proof(lineage.operation),
    `cost ${showCost(lineage.own_cost)}; with all ancestors ${showCost(lineage.cost)}`,
  ];
  for (const { name, weights_sha256 } of lineage.parents) {
    lines.push(...branch({ name, hash: weights_sha256, ancestors, told }));
  }
  return lines;
}

interface Branch {
  readonly name: string;
  readonly hash: string;
  readonly ancestors: ReadonlyMap<string, Ancestor>;
  readonly told: Set<string>;
}

function branch({ name, hash, ancestors, told }: Branch): string[] {
  const head = `└ ${name}  ${hash.slice(0, 12)}`;
  const ancestor = ancestors.get(hash);
  if (ancestor === undefined) return [head];
  if (told.has(hash)) return [`${head}  (as above)`];
  told.add(hash);
  const { operation, own_cost, parents } = ancestor;
  return [
    `${head}  ${showOperation(operation)}`,
    ...proof(operation).map((line) => `  ${line}`),
    `  cost ${showCost(own_cost)}`,
    ...parents
      .flatMap((parent) =>
        branch({ name: ancestors.get(parent)?.name ?? "?", hash: parent, ancestors, told }),
      )
      .map((line) => `  ${line}`),
  ];
}

function showOperation(operation: Operation): string {
  switch (operation.kind) {
    case "initialised":
      return `initialised with seed ${operation.seed}`;
    case "trained":
      return `trained for ${counted(operation.steps, "step")}`;
    case "imported":
      return `imported from ${operation.source}`;
    case "fused": {
      const { method, fill, seed, optimizer } = operation;
      const state = optimizer === "grow" ? "grown" : "reset";
      return `fused: method ${method}, fill ${fill}, seed ${seed}, optimizer state ${state}`;
    }
  }
}

function proof(operation: Operation): string[] {
  return operation.kind === "fused" ? [showReceipt(operation.receipt)] : [];
}

function showReceipt(receipt: Receipt): string {
  const { kind, drift, limit, parent_losses, child_loss, filled_drift, filled_loss } = receipt;
  const bound = kind === "exact" ? `, at most ${limit.toExponential(1)} allowed` : "";
  const losses = parent_losses.map((loss) => loss.toFixed(4)).join(", ");
  const filled =
    filled_drift === undefined
      ? ""
      : `; after the fill drift ${filled_drift.toExponential(1)}` +
        (filled_loss === undefined ? "" : `, loss ${filled_loss.toFixed(4)}`);
  const { source, examples, tokens } = receipt.probe;
  return (
    `receipt: drift ${drift.toExponential(1)} from the parents' mean${bound}; ` +
    `loss ${child_loss.toFixed(4)}, parents ${losses}${filled} ` +
    `(${source}: ${examples} examples, ${tokens} tokens)`
  );
}

function showCost({ steps, tokens, flops, device_seconds }: Cost): string {
  return [
    counted(steps, "step"),
    `${shortNumber(tokens)} tokens`,
    quantity(flops, "FLOP"),
    duration(device_seconds),
  ].join(", ");
}
