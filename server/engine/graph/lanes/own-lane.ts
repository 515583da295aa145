/** A lane on the thread that calls it. */
import { Tensor } from "onnxruntime-node";
import type { Scalars } from "../../engine";
import { scalarOf } from "../../host";
import { inputFeeds, ortTensor, storeFeeds } from "../feeds";
import type { Model } from "../onnx";
import type { OrtTensors, Session, SessionCache } from "../session";
import type { GraphStore } from "../store";
import type { Call, UpdateStores } from "../update-call";
import { type OpenUnit, type TracedUnit, openUnits } from "../update-units";
import { scalarName } from "../update-trace";
import type { Bundle, Lane, SessionCall, UpdateCall } from "./lane";

export class OwnLane implements Lane<GraphStore> {
  readonly #sessions = new Map<number, Session>();
  readonly #updates = new Map<number, OpenUpdate>();
  #opened = 0;

  constructor(private readonly cache: SessionCache) {}

  async openSession(model: Model, threads: number): Promise<number> {
    const session = await this.cache.open(model, threads);
    const number = ++this.#opened;
    this.#sessions.set(number, session);
    return number;
  }

  async runSession(call: SessionCall<GraphStore>): Promise<Float32Array> {
    const { session, reads, writes, inputs, inputSpecs } = call;
    const numbers = new Float32Array(call.numbers);
    const feeds = { ...tensorsOf(reads), ...inputFeeds(inputSpecs, inputs) };
    const fetches = { ...tensorsOf(writes), numbers: ortTensor(numbers, [numbers.length]) };
    await this.#sessions.get(session)!.run(feeds, fetches);
    return numbers;
  }

  async openUpdate(units: readonly TracedUnit[]): Promise<number> {
    const open = await openUnits(units, this.cache);
    const number = ++this.#opened;
    this.#updates.set(number, new OpenUpdate(open));
    return number;
  }

  runUpdate({ update, stores, scalars }: UpdateCall<GraphStore>): Promise<void> {
    return this.#updates.get(update)!.run(stores, scalars);
  }

  close(opened: number): void {
    this.#sessions.get(opened)?.dispose();
    this.#updates.get(opened)?.dispose();
    this.#sessions.delete(opened);
    this.#updates.delete(opened);
  }

  dispose(): Promise<void> {
    return this.cache.dispose();
  }
}

/** Units, bound to the stores that they were run with last. */
class OpenUpdate {
  readonly #scalars = new Map<string, Float32Array>();
  #bound: { readonly stores: UpdateStores; readonly calls: readonly Call[] } | undefined;

  constructor(private readonly units: readonly OpenUnit[]) {
    for (const name of units.flatMap(({ scalars }) => scalars)) {
      this.#scalars.set(name, new Float32Array(1));
    }
  }

  async run(stores: UpdateStores, scalars: Scalars): Promise<void> {
    for (const [name, values] of this.#scalars) values[0] = scalarOf(scalars, name);
    for (const call of this.#callsOn(stores)) await call.run();
  }

  dispose(): void {
    this.#bound = undefined;
    for (const unit of this.units) unit.dispose();
  }

  #callsOn(stores: UpdateStores): readonly Call[] {
    const { weights, gradients, state } = this.#bound?.stores ?? {};
    const same =
      weights === stores.weights && gradients === stores.gradients && state === stores.state;
    if (this.#bound === undefined || !same) {
      const scalars: OrtTensors = Object.fromEntries(
        [...this.#scalars].map(([name, values]) => [
          scalarName(name),
          new Tensor("float32", values, []),
        ]),
      );
      this.#bound = { stores, calls: this.units.flatMap((unit) => unit.bind(stores, scalars)) };
    }
    return this.#bound.calls;
  }
}

function tensorsOf(bundles: readonly Bundle<GraphStore>[]): OrtTensors {
  return Object.assign({}, ...bundles.map((bundle) => storeFeeds(bundle))) as OrtTensors;
}
