/** Tensors as a session wants them, by the names that they have in its graph. */
import { Tensor } from "onnxruntime-node";
import type { HostTensors, Specs, Values } from "../engine";
import type { OrtTensors } from "./session";
import type { GraphStore } from "./store";

/** Some of a store's tensors, as `prefix:name`. */
export function storeFeeds({
  prefix,
  store,
  names,
}: {
  readonly prefix: string;
  readonly store: GraphStore;
  readonly names: readonly string[];
}): OrtTensors {
  return Object.fromEntries(names.map((name) => [`${prefix}:${name}`, store.tensor(name)]));
}

export function inputFeeds(specs: Specs, inputs: HostTensors): OrtTensors {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape }]) => [
      `input:${name}`,
      ortTensor(inputs[name]!, shape),
    ]),
  );
}

export function ortTensor(values: Values, shape: readonly number[]): Tensor {
  return values instanceof Int32Array
    ? new Tensor("int32", values, shape)
    : new Tensor("float32", values, shape);
}
