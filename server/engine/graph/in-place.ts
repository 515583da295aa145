/** Which outputs of a graph may be written into the memory of an input. */
import type { Model, Node } from "./onnx";

/** Operations that read, for each element they write, nothing but the element at the same place. */
const elementByElement = new Set(["Add", "Sub", "Mul", "Div", "Max", "Min", "Sqrt", "Where"]);

/**
 * Whether nothing reads `input` once `output`, of the same shape, is being written, but the node that writes it,
 * element by element. Every other reader has to come before that node in whatever order the graph is run.
 */
export function mayOverwrite(model: Model, input: string, output: string): boolean {
  const writer = model.nodes.find((node) => node.outputs.includes(output));
  if (writer === undefined) return false;
  const before = nodesBefore(model, writer);
  return model.nodes.every((node) => {
    if (!node.inputs.includes(input)) return true;
    return node === writer ? elementByElement.has(node.operation) : before.has(node);
  });
}

function nodesBefore(model: Model, node: Node): ReadonlySet<Node> {
  const producers = new Map(
    model.nodes.flatMap((each) => each.outputs.map((output) => [output, each] as const)),
  );
  const before = new Set<Node>();
  const open = [node];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const input of next.inputs) {
      const made = producers.get(input);
      if (made === undefined || before.has(made)) continue;
      before.add(made);
      open.push(made);
    }
  }
  return before;
}
