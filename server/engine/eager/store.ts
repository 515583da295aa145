/** Weights, gradients and state as tensors of the current tfjs backend. */
import { tensor as makeTensor, zeros } from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { onBackend } from "../backend";
import type { Specs, TensorStore, Tensors } from "../engine";
import { checkValues, specOf } from "../host";

export class EagerStore implements TensorStore {
  readonly #tensors = new Map<string, Tensor>();

  constructor(
    readonly specs: Specs,
    private readonly backend: string,
  ) {
    onBackend(backend, () => {
      for (const [name, { shape }] of Object.entries(specs)) {
        this.#tensors.set(name, zeros([...shape]));
      }
    });
  }

  async read(name: string): Promise<Float32Array> {
    specOf(this.specs, name, "tensor");
    return Float32Array.from(await this.get(name).data());
  }

  write(name: string, values: Float32Array): Promise<void> {
    const spec = specOf(this.specs, name, "tensor");
    checkValues(`the values of '${name}'`, spec, values);
    onBackend(this.backend, () => {
      this.set(name, makeTensor(values.slice(), [...spec.shape], "float32"));
    });
    return Promise.resolve();
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }

  /** The store keeps the ownership of what it gives out. */
  get(name: string): Tensor {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw new RangeError(`Cannot find tensor '${name}' in the store`);
    return tensor;
  }

  /** Takes over the ownership of `tensor`. */
  set(name: string, tensor: Tensor): void {
    this.#tensors.get(name)?.dispose();
    this.#tensors.set(name, tensor);
  }

  all(): Tensors {
    return Object.fromEntries(this.#tensors);
  }
}

/** @throws {TypeError} the store is another engine's */
export function eagerStore(store: TensorStore): EagerStore {
  if (store instanceof EagerStore) return store;
  throw new TypeError("Cannot use a tensor store: it belongs to another engine");
}
