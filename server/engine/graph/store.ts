/** Weights, gradients and state in the process's own memory, where sessions read and write them in place. */
import { Tensor } from "onnxruntime-node";
import type { Specs, TensorStore } from "../engine";
import { checkValues, sizeOf, specOf } from "../host";
import { allocateFloats, floatsAt } from "./lanes/float-memory";

/** Where a store's tensors lie, for another thread of the process. */
export interface StorePlace {
  readonly id: number;
  readonly specs: Specs;
  readonly addresses: Readonly<Record<string, bigint>>;
}

let stores = 0;

export class GraphStore implements TensorStore {
  readonly id = ++stores;
  readonly #values: Map<string, Float32Array>;
  readonly #tensors = new Map<string, Tensor>();

  private constructor(
    readonly specs: Specs,
    values: Readonly<Record<string, Float32Array>>,
    private readonly shared?: {
      readonly addresses: StorePlace["addresses"];
      readonly free: () => void;
    },
  ) {
    this.#values = new Map(Object.entries(values));
  }

  /** All zero, in memory of this thread's own. */
  static own(specs: Specs): GraphStore {
    return new GraphStore(
      specs,
      mapped(specs, ({ shape }) => new Float32Array(sizeOf(shape))),
    );
  }

  /** All zero, in memory that other threads may be shown. @throws {RangeError} there is not enough */
  static shared(specs: Specs): GraphStore {
    const memory = mapped(specs, ({ shape }) => allocateFloats(sizeOf(shape)));
    return new GraphStore(
      specs,
      mapped(memory, ({ values }) => values),
      {
        addresses: mapped(memory, ({ address }) => address),
        free: () => {
          for (const each of Object.values(memory)) each.free();
        },
      },
    );
  }

  /** Another thread's store, seen from this one. */
  static at({ specs, addresses }: StorePlace): GraphStore {
    return new GraphStore(
      specs,
      mapped(specs, ({ shape }, name) => floatsAt(addresses[name]!, sizeOf(shape))),
    );
  }

  /** @throws {TypeError} its memory is this thread's own */
  place(): StorePlace {
    const { id, specs, shared } = this;
    if (shared === undefined) throw new TypeError("Cannot show a store to another thread");
    return { id, specs, addresses: shared.addresses };
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
    if (this.#values.size > 0) this.shared?.free();
    this.#values.clear();
    this.#tensors.clear();
  }

  /** Not a copy. */
  values(name: string): Float32Array {
    const values = this.#values.get(name);
    if (values === undefined) throw new RangeError(`Cannot find tensor '${name}' in the store`);
    return values;
  }

  /** A tensor over the store's own memory. */
  tensor(name: string): Tensor {
    const values = this.values(name);
    const tensor =
      this.#tensors.get(name) ??
      new Tensor("float32", values, specOf(this.specs, name, "tensor").shape);
    this.#tensors.set(name, tensor);
    return tensor;
  }
}

/** @throws {TypeError} the store is another engine's */
export function graphStore(store: TensorStore): GraphStore {
  if (store instanceof GraphStore) return store;
  throw new TypeError("Cannot use a tensor store: it belongs to another engine");
}

function mapped<T, U>(
  record: Readonly<Record<string, T>>,
  map: (value: T, name: string) => U,
): Record<string, U> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, map(value, name)]),
  );
}
