/** A new model's weights. A large one's are drawn by a thread of their own, while the engine compiles. */
import { on } from "node:events";
import { type MessagePort, Worker } from "node:worker_threads";
import type { T5Configuration } from "../checkpoint/configuration";
import { parameterShapes } from "../checkpoint/parameters";
import { sizeOf, type TensorSource } from "../checkpoint/tensor-source";
import { initialWeight } from "../model/initialise";

export interface InitialWeights extends TensorSource {
  close(): Promise<void>;
}

export interface InitialWeightsOptions {
  readonly configuration: T5Configuration;
  readonly seed: number;
  /** The bundle that calls drawWeights(); undefined: they are drawn as they are read. */
  readonly worker: URL | undefined;
}

interface DrawJob extends Omit<InitialWeightsOptions, "worker"> {
  readonly names: readonly string[];
  /** One integer: how many values lie drawn and have not been read. */
  readonly ahead: Int32Array<SharedArrayBuffer>;
}

/** Parameters that take as long to draw as a thread to start. */
const fewParameters = 2 ** 22;
/** Values that may lie drawn at a time: 256 MiB. */
const mostAhead = 2 ** 26;

export function initialWeights({
  configuration,
  seed,
  worker: url,
}: InitialWeightsOptions): InitialWeights {
  const shapes = parameterShapes(configuration);
  const draw = (name: string) => initialWeight(configuration, name, seed);
  const parameters = [...shapes.values()].reduce((sum, shape) => sum + sizeOf(shape), 0);
  if (url === undefined || parameters < fewParameters) {
    // eslint-disable-next-line @typescript-eslint/require-await -- so that errors reject
    return { shapes, read: async (name) => draw(name), close: () => Promise.resolve() };
  }
  const names = [...shapes.keys()];
  const ahead = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const worker = new Worker(url, {
    workerData: { configuration, seed, names, ahead } satisfies DrawJob,
  });
  worker.unref();
  const drawn = on(worker, "message", { close: ["exit"] })[Symbol.asyncIterator]();
  return {
    shapes,
    read: async (name) => {
      if (name !== names[0]) return draw(name);
      names.shift();
      const next = (await drawn.next()) as IteratorResult<[Float32Array<ArrayBuffer>], undefined>;
      if (next.value === undefined) throw new Error(`Cannot draw ${name}: the thread has ended`);
      const [values] = next.value;
      Atomics.sub(ahead, 0, values.length);
      Atomics.notify(ahead, 0);
      return values;
    },
    close: async () => {
      await worker.terminate();
    },
  };
}

/** The thread's side. */
export function drawWeights(port: MessagePort, job: DrawJob): void {
  const { configuration, seed, names, ahead } = job;
  for (const name of names) {
    const values = initialWeight(configuration, name, seed);
    for (let held = Atomics.load(ahead, 0); held > mostAhead; held = Atomics.load(ahead, 0)) {
      Atomics.wait(ahead, 0, held);
    }
    Atomics.add(ahead, 0, values.length);
    port.postMessage(values, [values.buffer as ArrayBuffer]);
  }
}
