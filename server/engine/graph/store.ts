/** Weights, gradients and state in the process's own memory, where sessions read and write them in place. */
import { Tensor } from "onnxruntime-node";
import type { Specs, TensorStore } from "../engine";
import { checkValues, sizeOf, specOf } from "../host";

export class GraphStore implements TensorStore {
  readonly #values = new Map<string, Float32Array>();

  constructor(readonly specs: Specs) {
    for (const [name, { shape }] of Object.entries(specs)) {
      this.#values.set(name, new Float32Array(sizeOf(shape)));
    }
  }

  // The next two are promises for the sake of engines whose tensors lie elsewhere: here nothing is waited for.
  // eslint-disable-next-line @typescript-eslint/require-await -- so that errors reject
  async read(name: string): Promise<Float32Array> {
    specOf(this.specs, name, "tensor");
    return this.values(name).slice();
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- so that errors reject
  async write(name: string, values: Float32Array): Promise<void> {
    checkValues(`the values of '${name}'`, specOf(this.specs, name, "tensor"), values);
    this.values(name).set(values);
  }

  dispose(): void {
    this.#values.clear();
  }

  /** Not a copy. */
  values(name: string): Float32Array {
    const values = this.#values.get(name);
    if (values === undefined) throw new RangeError(`Cannot find tensor '${name}' in the store`);
    return values;
  }

  /** A tensor over the store's own memory. */
  tensor(name: string): Tensor {
    return new Tensor("float32", this.values(name), specOf(this.specs, name, "tensor").shape);
  }
}

/** @throws {TypeError} the store is another engine's */
export function graphStore(store: TensorStore): GraphStore {
  if (store instanceof GraphStore) return store;
  throw new TypeError("Cannot use a tensor store: it belongs to another engine");
}
