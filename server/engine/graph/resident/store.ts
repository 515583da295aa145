/** Weights, gradients and state on the device. What was never written is zero, and takes no memory until it is read. */
import type { Tensor } from "onnxruntime-node";
import type { Specs, TensorStore } from "../../engine";
import { checkValues, sizeOf, specOf } from "../../host";
import type { OrtTensors } from "../session";
import type { Transfer } from "./transfer";

export class ResidentStore implements TensorStore {
  readonly #tensors = new Map<string, Tensor>();
  #isOpen = true;

  constructor(
    readonly specs: Specs,
    private readonly transfer: Transfer,
  ) {}

  async read(name: string): Promise<Float32Array> {
    const { shape } = this.#specOf(name);
    const tensor = this.#tensors.get(name);
    return tensor === undefined ? new Float32Array(sizeOf(shape)) : this.transfer.download(tensor);
  }

  async write(name: string, values: Float32Array): Promise<void> {
    const spec = this.#specOf(name);
    checkValues(`the values of '${name}'`, spec, values);
    this.take(name, await this.transfer.upload(values, spec.shape));
  }

  /** For a session to read. It stays the store's own: nobody else disposes it. */
  async tensor(name: string): Promise<Tensor> {
    const { shape } = this.#specOf(name);
    const known = this.#tensors.get(name);
    if (known !== undefined) return known;
    const zeros = await this.transfer.upload(new Float32Array(sizeOf(shape)), shape);
    this.take(name, zeros);
    return zeros;
  }

  /** Some of them, as `prefix:name`. */
  async feeds(prefix: string, names: readonly string[]): Promise<OrtTensors> {
    const feeds: OrtTensors = {};
    for (const name of names) feeds[`${prefix}:${name}`] = await this.tensor(name);
    return feeds;
  }

  /** What a session made, in the place of what there was. */
  take(name: string, made: Tensor): void {
    this.#tensors.get(name)?.dispose();
    this.#tensors.set(name, made);
  }

  /** Their memory is for what is made in their place. */
  forget(names: readonly string[]): void {
    for (const name of names) {
      this.#tensors.get(name)?.dispose();
      this.#tensors.delete(name);
    }
  }

  dispose(): void {
    this.forget([...this.#tensors.keys()]);
    this.#isOpen = false;
  }

  #specOf(name: string): Specs[string] {
    if (!this.#isOpen) throw new RangeError(`Cannot find tensor '${name}' in the store`);
    return specOf(this.specs, name, "tensor");
  }
}

/** @throws {TypeError} the store is another engine's */
export function residentStore(store: TensorStore): ResidentStore {
  if (store instanceof ResidentStore) return store;
  throw new TypeError("Cannot use a tensor store: it belongs to another engine");
}
