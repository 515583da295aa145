/**
 * Re-computation (gradient checkpointing): the forward pass keeps only what crosses a few cuts, and the backward pass
 * computes the rest again from there, with the same operations on the same numbers, when it needs it.
 *
 * The cuts lie where few values are under way: between the sublayers of a Transformer, where it is the residual stream
 * and what every layer reads.
 *
 * Source: Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016 (arXiv 1604.06174).
 */
import { nodesBehind } from "./behind";
import type { Model, Node } from "./onnx";
import { inOrder } from "./order";

/** By how many values the way must widen on either side of a cut: less is a mere ripple within a sublayer. */
const leastRise = 2;

/**
 * @param results what the forward pass makes: the loss and its metrics
 * @returns the same outputs, bit for bit; its nodes are in an order in which they can run
 */
export function withRecomputation(model: Model, results: readonly string[]): Model {
  const forward = nodesBehind(model.nodes, results);
  const before = new Set(forward);
  const kept = keptValues(forward);
  const made = forward.flatMap(({ outputs }) => outputs);
  const lost = new Set(made.filter((name) => !kept.has(name)));
  const again = (name: string): string => (lost.has(name) ? `${name}/again` : name);

  const backward = model.nodes
    .filter((node) => !before.has(node))
    .map((node) => ({ ...node, inputs: node.inputs.map(again) }));
  const copies = nodesBehind(
    forward.map((node) => ({
      ...node,
      inputs: node.inputs.map(again),
      outputs: node.outputs.map((name) => `${name}/again`),
    })),
    backward.flatMap(({ inputs }) => inputs),
  );
  const nodes = [...forward, ...copies, ...backward];
  return inOrder({ ...model, nodes, sparing: true }, forward.length + copies.length, results);
}

/** What crosses a cut, and all that comes after the last one: the backward pass begins with it. */
function keptValues(nodes: readonly Node[]): ReadonlySet<string> {
  const lives = livesOf(nodes);
  const cuts = valleys(underWay(lives, nodes.length));
  const last = cuts.at(-1) ?? -1;
  return new Set(
    [...lives]
      .filter(([, { from, to }]) => from > last || cuts.some((cut) => from <= cut && cut < to))
      .map(([name]) => name),
  );
}

interface Life {
  /** Position of the node that makes the value. */
  readonly from: number;
  /** Of the last one that reads it; `from` if there is none. */
  to: number;
}

function livesOf(nodes: readonly Node[]): ReadonlyMap<string, Life> {
  const lives = new Map<string, Life>();
  for (const [position, { inputs, outputs }] of nodes.entries()) {
    for (const input of inputs) {
      const life = lives.get(input);
      if (life !== undefined) life.to = position;
    }
    for (const output of outputs) lives.set(output, { from: position, to: position });
  }
  return lives;
}

/** After each node, how many values have been made and are yet to be read. */
function underWay(lives: ReadonlyMap<string, Life>, nodes: number): readonly number[] {
  const changes = new Array<number>(nodes).fill(0);
  for (const { from, to } of lives.values()) {
    changes[from]! += 1;
    changes[to]! -= 1;
  }
  let sum = 0;
  return changes.map((change) => (sum += change));
}

/** The first of the lowest positions between rises of at least `leastRise`. */
function valleys(heights: readonly number[]): readonly number[] {
  const found: number[] = [];
  let lowest = 0;
  let highest: number | undefined;
  for (const [position, height] of heights.entries()) {
    if (highest !== undefined) {
      highest = Math.max(highest, height);
      if (height > highest - leastRise) continue;
      highest = undefined;
      lowest = position;
    } else if (height < heights[lowest]!) {
      lowest = position;
    } else if (height >= heights[lowest]! + leastRise) {
      found.push(lowest);
      highest = height;
    }
  }
  return found;
}
