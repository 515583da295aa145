/**
 * In which order onnxruntime (1.30) runs the nodes of a graph on the CPU is its own affair: depth first, beginning at
 * the nodes whose outputs no other reads, of these at the last one. What is not needed at once, such as a sum to which
 * every layer adds, is put off, and all that it is made of stays in memory until then.
 */
import { nodesBehind } from "./behind";
import type { Initializer, Model, Node } from "./onnx";

/** Nodes between a value and its first reader from which on the value is asked for as soon as it can be made. */
const longWait = 20;

const minusOne = vector("order:-1", -1n);
const zero = vector("order:0", 0n);
const one = vector("order:1", 1n);

/** Has each weight's gradient made as soon as it can be, so that what it was made of need not be kept any longer. */
export function backwardInOrder(model: Model, results: readonly string[]): Model {
  const lastForward = nodesBehind(model.nodes, results).at(-1);
  const start = lastForward === undefined ? 0 : model.nodes.indexOf(lastForward) + 1;
  return inOrder(model, start, results);
}

/**
 * Has nodes run about in the order in which they stand: those that no other reads trade places, and values that would
 * wait get such a reader.
 * @param start of what runs so; what stands before it runs when it is needed
 * @param first values that are made before all others
 */
export function inOrder(model: Model, start: number, first: readonly string[]): Model {
  const firstReader = new Map<string, number>();
  for (const [position, { inputs }] of [...model.nodes.entries()].reverse()) {
    for (const input of inputs) firstReader.set(input, position);
  }
  const inner: Node[] = [];
  const ends: Node[] = [];
  const ask = (value: string): void => {
    const [flat, end] = asking(value);
    inner.push(flat);
    ends.push(end);
  };
  for (const [position, node] of model.nodes.entries()) {
    if (position === start) first.forEach(ask);
    const readers = node.outputs.flatMap((output) => firstReader.get(output) ?? []);
    if (readers.length === 0) ends.push(node);
    else {
      inner.push(node);
      if (position >= start && Math.min(...readers) > position + longWait) ask(node.outputs[0]!);
    }
  }
  return {
    ...model,
    nodes: [...inner, ...ends.reverse()],
    initializers: [...model.initializers, minusOne, zero, one],
  };
}

/** Reads one number of the value, whatever its shape. */
function asking(value: string): [Node, Node] {
  const flat = `${value}/flat`;
  return [
    plain("Reshape", [value, minusOne.name], flat),
    plain("Slice", [flat, zero.name, one.name], `${value}/asked`),
  ];
}

function plain(operation: string, inputs: readonly string[], output: string): Node {
  return { operation, domain: "", inputs, outputs: [output], attributes: {} };
}

function vector(name: string, value: bigint): Initializer {
  const bytes = new Uint8Array(BigInt64Array.of(value).buffer);
  return { name, type: "int64", shape: [1], bytes };
}
