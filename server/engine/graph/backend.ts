/** A tfjs backend whose tensors are names in a graph: running an operation on it writes ONNX nodes. */
import { KernelBackend, engine, tidy } from "@tensorflow/tfjs-core";
import type { BackendValues, DataType, Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import type { Precision } from "../engine";
import type { GraphDevice } from "./session";
import { GraphBuilder } from "./builder";
import type { ElementType } from "./onnx";

/** A value in the graph; or one that was given as numbers and enters the graph where it is first used. */
type Symbolic =
  | { readonly kind: "value"; readonly name: string }
  | {
      readonly kind: "constant";
      readonly values: BackendValues;
      readonly shape: readonly number[];
      readonly dtype: DataType;
    };

/** What a graph is made for. */
export interface Target {
  readonly device: GraphDevice;
  readonly precision: Precision;
}

const usualTarget: Target = { device: "cpu", precision: "float32" };

export class TraceBackend extends KernelBackend {
  readonly #symbols = new WeakMap<object, Symbolic>();
  #graph: GraphBuilder | undefined;
  #target = usualTarget;

  /** Runs `work` with a graph of its own, and leaves no tensor behind. Synchronous, and not re-entrant. */
  trace<T>(work: (graph: GraphBuilder) => T, target: Partial<Target>): T {
    const graph = new GraphBuilder();
    this.#graph = graph;
    this.#target = { ...usualTarget, ...target };
    try {
      let result: { readonly made: T } | undefined;
      tidy(() => {
        result = { made: work(graph) };
      });
      return result!.made;
    } finally {
      this.#graph = undefined;
    }
  }

  /** Where the graph will run: for kernels that cannot be the same everywhere. */
  get device(): GraphDevice {
    return this.#target.device;
  }

  get precision(): Precision {
    return this.#target.precision;
  }

  get graph(): GraphBuilder {
    if (this.#graph === undefined) {
      throw new Error("Cannot run an operation on the graph engine's backend: nothing is traced");
    }
    return this.#graph;
  }

  /** A tensor that stands for an input of the graph. */
  input(name: string, shape: readonly number[], dtype: "float32" | "int32"): Tensor {
    const made = this.value(this.graph.input({ name, type: dtype, shape }), shape, dtype);
    return engine().makeTensorFromTensorInfo(made);
  }

  value(name: string, shape: readonly number[], dtype: DataType): TensorInfo {
    const dataId = {};
    this.#symbols.set(dataId, { kind: "value", name });
    return { dataId, shape: [...shape], dtype };
  }

  /** The same value as another tensor: tfjs's tape and its counts take what a kernel returns for a new one. */
  alias({ dataId, shape, dtype }: TensorInfo): TensorInfo {
    const id = {};
    this.#symbols.set(id, this.#symbolOf(dataId));
    return { dataId: id, shape, dtype };
  }

  nameOf({ dataId }: TensorInfo): string {
    const symbol = this.#symbolOf(dataId);
    if (symbol.kind === "value") return symbol.name;

    const { values, shape, dtype } = symbol;
    const array = numbers(values, dtype);
    const type = elementType(dtype);
    // Zeros and ones of any size are no ballast in the graph.
    if (type !== "bool" && array.length > 1 && array.every((value) => value === array[0])) {
      const single = this.graph.number(array[0]!, type);
      return this.graph.node("Expand", [single, this.graph.integers(shape)]);
    }
    return this.graph.constant(type, shape, bytesOf(array));
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): object {
    const dataId = {};
    this.#symbols.set(dataId, { kind: "constant", values, shape: [...shape], dtype });
    return dataId;
  }

  /** tfjs moves a tensor here that was made on another backend. */
  override move(dataId: object, values: BackendValues, shape: number[], dtype: DataType): void {
    this.#symbols.set(dataId, { kind: "constant", values, shape: [...shape], dtype });
  }

  override readSync(dataId: object): never {
    this.#symbolOf(dataId);
    throw new Error(
      "Cannot trace the model: it reads a tensor's values, which are not known before it runs",
    );
  }

  override read(dataId: object): never {
    return this.readSync(dataId);
  }

  /** Symbols live in a weak map: there is nothing to free. */
  override disposeData(): boolean {
    return true;
  }

  override numDataIds(): number {
    return 0;
  }

  override refCount(): number {
    return 1;
  }

  override incRef(): void {
    // Nothing is counted: see disposeData().
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override timerAvailable(): boolean {
    return false;
  }

  #symbolOf(dataId: object): Symbolic {
    const symbol = this.#symbols.get(dataId);
    if (symbol === undefined) {
      throw new Error("Cannot trace the model: it uses a tensor of another backend");
    }
    return symbol;
  }
}

export function elementType(dtype: DataType): Extract<ElementType, DataType> {
  if (dtype === "float32" || dtype === "int32" || dtype === "bool") return dtype;
  throw new TypeError(`Cannot trace the model: tensors of ${dtype} have no place in the graph`);
}

type Numbers = Float32Array | Int32Array | Uint8Array;

function numbers(values: BackendValues, dtype: DataType): Numbers {
  if (ArrayBuffer.isView(values)) return values;
  throw new TypeError(`Cannot trace the model: a constant of ${dtype} has no numbers`);
}

function bytesOf(array: Numbers): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
