/** The lanes of an engine: the caller's thread, and others. */
import type { Specs } from "../../engine";
import { GraphBuilder } from "../builder";
import { type GraphDevice, SessionCache, type SessionSettings } from "../session";
import { GraphStore } from "../store";
import { hasFloatMemory } from "./float-memory";
import type { Lane } from "./lane";
import { OwnLane } from "./own-lane";
import { ThreadLane } from "./thread-lane";

export interface LanesOptions {
  readonly threads: number;
  /** Bundle of a further thread; without it there is the caller's alone. */
  readonly worker: URL | undefined;
  readonly settings: SessionSettings;
}

export class Lanes {
  readonly own: Lane<GraphStore>;
  /** Of the caller's thread. */
  readonly sessions: SessionCache;
  /** Most lanes that there can be. */
  readonly most: number;
  readonly #others: Lane<GraphStore>[] = [];

  constructor(private readonly options: LanesOptions) {
    const { threads, worker, settings } = options;
    this.sessions = new SessionCache(settings);
    this.own = new OwnLane(this.sessions);
    this.most = worker !== undefined && threads > 1 && hasFloatMemory() ? threads : 1;
  }

  /** Has the further threads load while the caller has other things to do. */
  start(): void {
    this.open(this.most).catch(() => undefined); // whoever opens them hears of it
  }

  get threads(): number {
    return this.options.threads;
  }

  /** What graphs are made for that run on them. */
  get device(): GraphDevice {
    const { device = "cpu" } = this.options.settings;
    return device === "cpu" ? device : "webgpu";
  }

  /** The first so many, started if need be; fewer where there can be no more. */
  async open(count: number): Promise<readonly Lane<GraphStore>[]> {
    const { worker, settings } = this.options;
    const others = Math.max(0, Math.min(count, this.most) - 1);
    if (others > 0) await this.#flushSubnormals();
    while (worker !== undefined && this.#others.length < others) {
      this.#others.push(new ThreadLane(worker, settings));
    }
    return [this.own, ...this.#others.slice(0, others)];
  }

  /** onnxruntime tells the processor so on the thread of a process's first session; threads take it over from there. */
  async #flushSubnormals(): Promise<void> {
    if (this.#others.length > 0) return;
    const graph = new GraphBuilder();
    const x = graph.input({ name: "x", type: "float32", shape: [1] });
    const model = graph.model([{ from: x, name: "y", type: "float32", shape: [1] }]);
    (await this.sessions.open(model, 1)).dispose();
  }

  allocate(specs: Specs): GraphStore {
    return this.most > 1 ? GraphStore.shared(specs) : GraphStore.own(specs);
  }

  async dispose(): Promise<void> {
    for (const lane of this.#others) await lane.dispose();
    await this.own.dispose();
  }
}

/** All of them have ended when this returns, for they write into the same memory. @throws what the first fails with */
export async function sideBySide<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const ends = await Promise.allSettled(work);
  return ends.map((end) => {
    if (end.status === "rejected") throw end.reason;
    return end.value;
  });
}

/** Each piece goes whole to one lane: the largest first, to the lane that has least. */
export function sharedOut<T, L>(
  pieces: readonly T[],
  { lanes, size }: { readonly lanes: readonly L[]; readonly size: (piece: T) => number },
): ReadonlyMap<L, readonly T[]> {
  const shares = lanes.map((lane) => ({ lane, total: 0, pieces: [] as T[] }));
  const sized = pieces.map((piece) => ({ piece, size: size(piece) }));
  for (const each of sized.toSorted((a, b) => b.size - a.size)) {
    const least = shares.reduce((a, b) => (b.total < a.total ? b : a));
    least.total += each.size;
    least.pieces.push(each.piece);
  }
  return new Map(shares.map(({ lane, pieces: own }) => [lane, own]));
}
