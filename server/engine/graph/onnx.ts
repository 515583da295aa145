/**
 * An ONNX model as plain values, and its encoding. Field numbers are those of onnx.proto3
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).
 */
import { type Bytes, delimited, float, integer, message } from "./protobuf";

/** TensorProto.DataType. */
export const elementTypes = { float32: 1, int32: 6, int64: 7, bool: 9, float16: 10 } as const;
export type ElementType = keyof typeof elementTypes;

export type Attribute =
  | { readonly kind: "integer"; readonly value: number }
  | { readonly kind: "integers"; readonly value: readonly number[] }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "text"; readonly value: string };

export interface Node {
  readonly operation: string;
  /** Empty: ONNX's own. */
  readonly domain: "" | "com.microsoft";
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
}

/** Where a graph serves tensors of every shape. */
export interface AnyShape extends Omit<ValueInfo, "shape"> {
  readonly shape: "any";
}

export interface Initializer extends ValueInfo {
  /** Little-endian, row-major. */
  readonly bytes: Bytes;
}

export interface Model {
  readonly nodes: readonly Node[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly (ValueInfo | AnyShape)[];
  readonly outputs: readonly (ValueInfo | AnyShape)[];
  /** Whether it is to take little memory: equal nodes stay several, and what is freed goes back to the system. */
  readonly sparing?: boolean;
  /** The name of an empty sequence that is an output too, before all others. */
  readonly sequence?: string;
}

/** IR version 8 with operator set 18: the first in which every reduction takes its axes as an input. */
const irVersion = 8;
const operatorSets = [
  { domain: "", version: 18 },
  { domain: "com.microsoft", version: 1 },
];

/** ModelProto: 1 ir_version, 7 graph, 8 opset_import. */
export function encodeModel(model: Model): Bytes {
  return message(
    integer(1, irVersion),
    delimited(7, encodeGraph(model)),
    ...operatorSets.map(({ domain, version }) =>
      delimited(8, message(delimited(1, domain), integer(2, version))),
    ),
  );
}

/** GraphProto: 1 node, 2 name, 5 initializer, 11 input, 12 output. */
function encodeGraph(model: Model): Bytes {
  const sequences = model.sequence === undefined ? [] : [model.sequence];
  return message(
    ...[...model.nodes, ...sequences.map(emptySequence)].map((node) =>
      delimited(1, encodeNode(node)),
    ),
    delimited(2, "graph"),
    ...model.initializers.map((initializer) => delimited(5, encodeInitializer(initializer))),
    ...model.inputs.map((input) => delimited(11, encodeValueInfo(input))),
    ...sequences.map((name) => delimited(12, encodeSequenceInfo(name))),
    ...model.outputs.map((output) => delimited(12, encodeValueInfo(output))),
  );
}

function emptySequence(name: string): Node {
  return { operation: "SequenceEmpty", domain: "", inputs: [], outputs: [name], attributes: {} };
}

/** NodeProto: 1 input, 2 output, 4 op_type, 5 attribute, 7 domain. */
function encodeNode(node: Node): Bytes {
  return message(
    ...node.inputs.map((input) => delimited(1, input)),
    ...node.outputs.map((output) => delimited(2, output)),
    delimited(4, node.operation),
    ...Object.entries(node.attributes).map(([name, attribute]) =>
      delimited(5, encodeAttribute(name, attribute)),
    ),
    delimited(7, node.domain),
  );
}

/** AttributeProto: 1 name, 2 f, 3 i, 4 s, 8 ints, 20 type (FLOAT 1, INT 2, STRING 3, INTS 7). */
function encodeAttribute(name: string, attribute: Attribute): Bytes {
  const named = delimited(1, name);
  switch (attribute.kind) {
    case "float":
      return message(named, float(2, attribute.value), integer(20, 1));
    case "integer":
      return message(named, integer(3, attribute.value), integer(20, 2));
    case "text":
      return message(named, delimited(4, attribute.value), integer(20, 3));
    case "integers":
      return message(named, ...attribute.value.map((value) => integer(8, value)), integer(20, 7));
    default:
      return attribute satisfies never;
  }
}

/** TensorProto: 1 dims, 2 data_type, 8 name, 9 raw_data. */
function encodeInitializer({ name, type, shape, bytes }: Initializer): Bytes {
  return message(
    ...shape.map((dimension) => integer(1, dimension)),
    integer(2, elementTypes[type]),
    delimited(8, name),
    delimited(9, bytes),
  );
}

/**
 * ValueInfoProto: 1 name, 2 type; TypeProto: 1 tensor_type; TypeProto.Tensor: 1 elem_type, 2 shape;
 * TensorShapeProto: 1 dim; Dimension: 1 dim_value.
 */
function encodeValueInfo({ name, type, shape }: ValueInfo | AnyShape): Bytes {
  const dimensions = shape === "any" ? [] : shape.map((size) => delimited(1, integer(1, size)));
  const tensorType = message(
    integer(1, elementTypes[type]),
    ...(shape === "any" ? [] : [delimited(2, message(...dimensions))]),
  );
  return message(delimited(1, name), delimited(2, delimited(1, tensorType)));
}

/** TypeProto: 4 sequence_type; TypeProto.Sequence: 1 elem_type. */
function encodeSequenceInfo(name: string): Bytes {
  const tensorType = delimited(1, integer(1, elementTypes.float32));
  return message(delimited(1, name), delimited(2, delimited(4, delimited(1, tensorType))));
}
