/** Which outputs of a graph may be written into the memory of an input. */
import type { Model, Node } from "./onnx";

/** Operations that read, for each element they write, nothing but the element at the same place. */
const elementByElement = new Set(["Add", "Sub", "Mul", "Div", "Max", "Min", "Sqrt", "Where"]);

/** Who writes and who reads each value of a graph. */
export class GraphUses {
  readonly #writers = new Map<string, Node>();
  readonly #readers = new Map<string, Node[]>();

  constructor({ nodes }: Model) {
    for (const node of nodes) {
      for (const output of node.outputs) this.#writers.set(output, node);
      for (const input of node.inputs) {
        const readers = this.#readers.get(input);
        if (readers === undefined) this.#readers.set(input, [node]);
        else readers.push(node);
      }
    }
  }

  /**
   * Whether nothing reads `input` once `output`, of the same shape, is being written, but the node that writes it,
   * element by element. Every other reader has to come before that node in whatever order the graph is run.
   */
  mayOverwrite(input: string, output: string): boolean {
    const writer = this.#writers.get(output);
    if (writer === undefined) return false;
    const before = this.#nodesBefore(writer);
    return (this.#readers.get(input) ?? []).every((node) =>
      node === writer ? elementByElement.has(node.operation) : before.has(node),
    );
  }

  #nodesBefore(node: Node): ReadonlySet<Node> {
    const before = new Set<Node>();
    const open = [node];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const input of next.inputs) {
        const made = this.#writers.get(input);
        if (made === undefined || before.has(made)) continue;
        before.add(made);
        open.push(made);
      }
    }
    return before;
  }
}
