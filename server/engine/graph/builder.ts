/** Collects the nodes of one graph while it is traced. Equal nodes and equal constants are made once. */
import { nodesBehind } from "./behind";
import type { Attribute, ElementType, Initializer, Model, Node, ValueInfo } from "./onnx";
import type { Bytes } from "./protobuf";

/** The shorthand of kernels: an integer, a list of integers, a text, or a float as `float(x)`. */
export type AttributeValue = number | readonly number[] | string | Attribute;

export interface NodeOptions {
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly domain?: "" | "com.microsoft";
  readonly outputs?: number;
}

export interface Output extends ValueInfo {
  readonly from: string;
}

export function floatAttribute(value: number): Attribute {
  return { kind: "float", value };
}

export class GraphBuilder {
  readonly #nodes: Node[] = [];
  readonly #initializers: Initializer[] = [];
  readonly #inputs: ValueInfo[] = [];
  /** What was made, by everything that it is made of. */
  readonly #known = new Map<string, readonly string[]>();
  readonly #producers = new Map<string, Node>();
  #values = 0;

  input(info: ValueInfo): string {
    this.#inputs.push(info);
    return info.name;
  }

  /** The name of the node's only output. */
  node(operation: string, inputs: readonly string[], options: NodeOptions = {}): string {
    return this.nodes(operation, inputs, options)[0]!;
  }

  /** The names of the node's outputs. */
  nodes(operation: string, inputs: readonly string[], options: NodeOptions): readonly string[] {
    const { attributes: given = {}, domain = "", outputs: count = 1 } = options;
    const attributes = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, attributeOf(value)]),
    );
    const key = JSON.stringify([operation, domain, inputs, attributes, count]);
    return this.#once(key, () => {
      const outputs = Array.from({ length: count }, () => this.#fresh());
      const node: Node = { operation, domain, inputs, outputs, attributes };
      this.#nodes.push(node);
      for (const output of outputs) this.#producers.set(output, node);
      return outputs;
    });
  }

  /** Nodes so far. */
  get size(): number {
    return this.#nodes.length;
  }

  /**
   * Makes the nodes from `start` to before `end` once more, with other names for what they read; `names` then has
   * those of what they make too.
   */
  repeat(
    { start, end }: { readonly start: number; readonly end: number },
    names: Map<string, string>,
  ): void {
    for (const node of this.#nodes.slice(start, end)) {
      const { operation, inputs, outputs, attributes, domain } = node;
      const made = this.nodes(
        operation,
        inputs.map((name) => names.get(name) ?? name),
        { attributes, domain, outputs: outputs.length },
      );
      outputs.forEach((output, index) => names.set(output, made[index]!));
    }
  }

  /** The node that made the value; undefined for inputs and constants. */
  producer(name: string): Node | undefined {
    return this.#producers.get(name);
  }

  constant(type: ElementType, shape: readonly number[], bytes: Bytes): string {
    const key = JSON.stringify([type, shape, Buffer.from(bytes).toString("base64")]);
    const make = (): readonly string[] => {
      const name = this.#fresh();
      this.#initializers.push({ name, type, shape, bytes });
      return [name];
    };
    return this.#once(key, make)[0]!;
  }

  /** A vector of int64, as ONNX wants shapes and axes. */
  integers(values: readonly number[]): string {
    const bytes = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
    return this.constant("int64", [values.length], bytes);
  }

  /** A scalar. */
  number(value: number, type: "float32" | "int32" = "float32"): string {
    const array = type === "float32" ? Float32Array.of(value) : Int32Array.of(value);
    return this.constant(type, [], new Uint8Array(array.buffer));
  }

  /** The graph that makes `outputs`, without what they do not need. `from` is the value's name inside. */
  model(outputs: readonly Output[]): Model {
    const names = new Map<string, string>();
    const copies: Node[] = [];
    for (const { from, name } of outputs) {
      // A node may write straight into an output; what was given, or is another output, is copied.
      if (this.producer(from) !== undefined && !names.has(from)) names.set(from, name);
      else copies.push(identity(from, name));
    }
    const renamed = (name: string): string => names.get(name) ?? name;
    const made = outputs.map(({ from }) => from);
    const nodes = nodesBehind(this.#nodes, made);
    const needed = new Set([...made, ...nodes.flatMap(({ inputs }) => inputs)]);
    return {
      nodes: [...nodes, ...copies].map((node) => ({
        ...node,
        inputs: node.inputs.map(renamed),
        outputs: node.outputs.map(renamed),
      })),
      initializers: this.#initializers.filter(({ name }) => needed.has(name)),
      inputs: this.#inputs,
      outputs: outputs.map(({ name, type, shape }) => ({ name, type, shape })),
    };
  }

  #once(key: string, make: () => readonly string[]): readonly string[] {
    const known = this.#known.get(key) ?? make();
    this.#known.set(key, known);
    return known;
  }

  #fresh(): string {
    return `v${this.#values++}`;
  }
}

function identity(from: string, to: string): Node {
  return { operation: "Identity", domain: "", inputs: [from], outputs: [to], attributes: {} };
}

function attributeOf(value: AttributeValue): Attribute {
  if (typeof value === "number") return { kind: "integer", value };
  if (typeof value === "string") return { kind: "text", value };
  return "kind" in value ? value : { kind: "integers", value };
}
