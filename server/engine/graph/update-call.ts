/** One run of a session of an update, bound to the memory that it reads and writes. */
import { Tensor } from "onnxruntime-node";
import { sizeOf } from "../host";
import type { OrtTensors, Session } from "./session";
import type { GraphStore } from "./store";
import { type Place, type TracedPasses, inputName, outputName, scalarName } from "./update-trace";

export interface UpdateStores {
  readonly weights: GraphStore;
  readonly gradients: GraphStore;
  readonly state: GraphStore;
}

export interface Call {
  run(): Promise<void>;
}

export interface Binding {
  readonly scalars: OrtTensors;
  /** The memory of what the passes read and replace. */
  readonly locate: (place: Place) => Tensor;
  readonly sums?: {
    readonly all: ReadonlyMap<string, BlockSum>;
    readonly first: boolean;
    readonly last: boolean;
  };
}

export function bindCall(traced: TracedPasses, session: Session, binding: Binding): Call {
  const { scalars, locate, sums } = binding;
  const feeds = Object.fromEntries([
    ...traced.scalars.map((name) => [scalarName(name), scalars[scalarName(name)]!] as const),
    ...traced.reads.map((place) => [inputName(place), locate(place)] as const),
  ]);
  const targets = traced.replaces.map((place) => {
    const target = locate(place);
    return { target, name: outputName(place), fetched: place.inPlace ? target : scratch(place) };
  });
  const blockSums = traced.sums.map((place) => ({
    name: outputName(place),
    sum: sums!.all.get(place.name)!,
  }));
  const fetches = Object.fromEntries([
    ...targets.map(({ name, fetched }) => [name, fetched] as const),
    ...blockSums.map(({ name, sum }) => [name, sum.part] as const),
  ]);
  const copies = targets.filter(({ target, fetched }) => target !== fetched);
  return {
    run: async () => {
      await session.run(feeds, fetches);
      for (const { target, fetched } of copies) valuesOf(target).set(valuesOf(fetched));
      for (const { sum } of blockSums) sum.add(sums!);
    },
  };
}

/** A sum over blocks: the shares are added in order, and after the last one `whole` has the sum of all. */
export class BlockSum {
  readonly part: Tensor;
  readonly whole: Tensor;
  readonly #total: Float64Array;

  constructor(readonly shape: readonly number[]) {
    this.part = floatTensor(new Float32Array(sizeOf(shape)), shape);
    this.whole = floatTensor(new Float32Array(sizeOf(shape)), shape);
    this.#total = new Float64Array(sizeOf(shape));
  }

  add({ first, last }: { readonly first: boolean; readonly last: boolean }): void {
    if (first) this.#total.fill(0);
    valuesOf(this.part).forEach((value, index) => {
      this.#total[index]! += value;
    });
    if (last) valuesOf(this.whole).set(this.#total);
  }
}

export function floatTensor(values: Float32Array, shape: readonly number[]): Tensor {
  return new Tensor("float32", values, shape);
}

function scratch({ shape }: Place): Tensor {
  return floatTensor(new Float32Array(sizeOf(shape)), shape);
}

function valuesOf(tensor: Tensor): Float32Array {
  if (tensor.data instanceof Float32Array) return tensor.data;
  throw new TypeError(`Cannot update a tensor of ${tensor.type}`);
}
