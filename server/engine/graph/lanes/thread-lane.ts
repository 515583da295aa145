/** A lane on a thread of its own: both ends of the wire. */
import { Worker, type MessagePort } from "node:worker_threads";
import { SessionCache, type SessionSettings } from "../session";
import { GraphStore, type StorePlace } from "../store";
import type { Bundle, Lane, SessionCall, UpdateCall } from "./lane";
import { OwnLane } from "./own-lane";

type Method = Exclude<keyof Lane<Shown>, "dispose">;

interface Question {
  readonly id: number;
  readonly method: Method;
  readonly words: readonly unknown[];
}

/** A store is shown once; after that, its number says which. */
type Shown = StorePlace | { readonly id: number };

type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: string };

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The number of what is asked without waiting for an answer. */
const unanswered = 0;

/** Its heap holds graphs and bindings, no tensors. */
const heapLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 512 };

export class ThreadLane implements Lane<GraphStore> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #shown = new Set<number>();
  #asked = 0;
  #failure: Error | undefined;

  /** `entry` is a bundle that calls serveLane(). */
  constructor(entry: URL, settings: SessionSettings) {
    this.#worker = new Worker(entry, { workerData: settings, resourceLimits: heapLimits });
    this.#worker.unref();
    this.#worker.on("message", (answer: Answer) => {
      this.#settle(answer);
    });
    this.#worker.on("error", (error) => {
      this.#fail(error);
    });
    this.#worker.on("exit", () => {
      this.#fail(new Error("it has ended"));
    });
  }

  openSession(...words: Parameters<Lane<GraphStore>["openSession"]>): Promise<number> {
    return this.#ask("openSession", words);
  }

  runSession(call: SessionCall<GraphStore>): Promise<Float32Array> {
    const shown = (bundles: readonly Bundle<GraphStore>[]): Bundle<Shown>[] =>
      bundles.map((bundle) => ({ ...bundle, store: this.#show(bundle.store) }));
    const { reads, writes } = call;
    // A view's whole buffer would be sent.
    const inputs = mapped(call.inputs, (values) => values.slice());
    return this.#ask("runSession", [
      { ...call, reads: shown(reads), writes: shown(writes), inputs },
    ]);
  }

  openUpdate(...words: Parameters<Lane<GraphStore>["openUpdate"]>): Promise<number> {
    return this.#ask("openUpdate", words);
  }

  runUpdate(call: UpdateCall<GraphStore>): Promise<void> {
    const stores = mapped(call.stores, (store) => this.#show(store));
    return this.#ask("runUpdate", [{ ...call, stores }]);
  }

  close(opened: number): void {
    this.#worker.postMessage({
      id: unanswered,
      method: "close",
      words: [opened],
    } satisfies Question);
  }

  async dispose(): Promise<void> {
    await this.#worker.terminate();
  }

  #show(store: GraphStore): Shown {
    const place = this.#shown.has(store.id) ? { id: store.id } : store.place();
    this.#shown.add(store.id);
    return place;
  }

  #ask<T>(method: Method, words: readonly unknown[]): Promise<T> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = ++this.#asked;
    this.#worker.ref();
    this.#worker.postMessage({ id, method, words } satisfies Question);
    return new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    }) as Promise<T>;
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ("failure" in answer) waiting?.reject(new Error(answer.failure));
    else waiting?.resolve(answer.value);
  }

  #fail({ message }: Error): void {
    this.#failure ??= new Error(`Cannot compute: a thread of the engine failed: ${message}`);
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

/** The thread's side. */
export function serveLane(port: MessagePort, settings: SessionSettings): void {
  const lane = new OwnLane(new SessionCache(settings));
  const stores = new SeenStores();
  const served: Omit<Lane<Shown>, "dispose"> = {
    openSession: (model, threads) => lane.openSession(model, threads),
    runSession: (call) =>
      lane.runSession({
        ...call,
        reads: stores.inBundles(call.reads),
        writes: stores.inBundles(call.writes),
      }),
    openUpdate: (units) => lane.openUpdate(units),
    runUpdate: (call) =>
      lane.runUpdate({ ...call, stores: mapped(call.stores, (shown) => stores.at(shown)) }),
    close: (opened) => {
      lane.close(opened);
    },
  };
  const answer = async ({ id, method, words }: Question): Promise<void> => {
    try {
      const work = served[method] as (...given: readonly unknown[]) => unknown;
      const value = await work(...words);
      if (id !== unanswered) port.postMessage({ id, value } satisfies Answer);
    } catch (error) {
      const failure = error instanceof Error ? error.message : String(error);
      port.postMessage({ id, failure } satisfies Answer);
    }
  };
  port.on("message", (question: Question) => void answer(question));
}

/** Stores that this thread has been shown, so that sessions stay bound to them. */
class SeenStores {
  readonly #known = new Map<number, GraphStore>();

  at(shown: Shown): GraphStore {
    const known = this.#known.get(shown.id);
    if (known !== undefined) return known;
    if (!("addresses" in shown)) throw new RangeError(`Cannot find store ${shown.id}`);
    const store = GraphStore.at(shown);
    this.#known.set(shown.id, store);
    return store;
  }

  inBundles(bundles: readonly Bundle<Shown>[]): Bundle<GraphStore>[] {
    return bundles.map((bundle) => ({ ...bundle, store: this.at(bundle.store) }));
  }
}

function mapped<Name extends string, T, U>(
  record: Readonly<Record<Name, T>>,
  map: (value: T) => U,
): Record<Name, U> {
  return Object.fromEntries(
    Object.entries<T>(record).map(([name, value]) => [name, map(value)]),
  ) as Record<Name, U>;
}
