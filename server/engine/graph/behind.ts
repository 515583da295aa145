/** What values of a graph are made by. */
import type { Node } from "./onnx";

/** Those of the nodes on which the values depend, in their order; each node stands after those that it reads. */
export function nodesBehind(nodes: readonly Node[], values: readonly string[]): readonly Node[] {
  const needed = new Set(values);
  const behind = nodes.toReversed().filter((node) => {
    const used = node.outputs.some((output) => needed.has(output));
    if (used) for (const input of node.inputs) needed.add(input);
    return used;
  });
  return behind.reverse();
}
