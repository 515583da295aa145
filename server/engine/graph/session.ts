/** onnxruntime sessions, made once for equal graphs and released with their last user. */
import { createHash } from "node:crypto";
import { InferenceSession } from "onnxruntime-node";
import type { Tensor } from "onnxruntime-node";
import { type Model, encodeModel } from "./onnx";

export type OrtTensors = Record<string, Tensor>;

export interface SessionSettings {
  /**
   * Whether waiting threads spin: a few per cent faster on a quiet machine, half as fast where other work wants
   * the cores.
   */
  readonly spinning: boolean;
  /** Path and first letters of the files in which onnxruntime notes each node's time, one file a session. */
  readonly profilePrefix?: string;
}

export interface Session {
  /** Writes into `fetches`. Blocks the thread until it is done. */
  run(feeds: OrtTensors, fetches: OrtTensors): Promise<void>;
  dispose(): void;
}

/**
 * Fetched before all other outputs, so that these stay where they are. After a run onnxruntime-node (1.30) makes a
 * new tensor of each output, those that it has written into the caller's memory included: for the gradients and
 * the update of a big model as much copying as the update itself. A sequence it cannot return; it gives up with
 * `notCopied`, when everything has been computed and nothing copied.
 */
const uncopied = "uncopied";
const notCopied = "Non tensor type is temporarily not supported.";

interface Entry {
  readonly session: Promise<InferenceSession>;
  users: number;
}

export class SessionCache {
  readonly #entries = new Map<string, Entry>();

  constructor(private readonly settings: SessionSettings) {}

  async open(model: Model, threads: number): Promise<Session> {
    const bytes = encodeModel({ ...model, sequence: uncopied });
    const key = `${threads} ${createHash("sha256").update(bytes).digest("hex")}`;
    const entry = this.#entries.get(key) ?? {
      session: InferenceSession.create(bytes, sessionOptions(this.settings, threads)),
      users: 0,
    };
    this.#entries.set(key, entry);
    entry.users += 1;
    const session = await entry.session.catch((error: unknown) => {
      this.#entries.delete(key);
      throw new Error(`Cannot compile a graph: ${reasonOf(error)}`, { cause: error });
    });
    return {
      run: (feeds, fetches) => runInPlace(session, feeds, fetches),
      dispose: once(() => {
        this.#leave(key);
      }),
    };
  }

  /** Sessions that somebody still uses. */
  get size(): number {
    return this.#entries.size;
  }

  async dispose(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const { session } of entries) await (await session).release();
  }

  #leave(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.users -= 1;
    if (entry.users > 0) return;
    this.#entries.delete(key);
    void entry.session.then((session) => session.release());
  }
}

async function runInPlace(
  session: InferenceSession,
  feeds: OrtTensors,
  fetches: OrtTensors,
): Promise<void> {
  try {
    await session.run(feeds, { [uncopied]: null, ...fetches });
  } catch (error) {
    if (reasonOf(error) !== notCopied) throw error;
  }
}

function sessionOptions(
  { spinning, profilePrefix }: SessionSettings,
  threads: number,
): InferenceSession.SessionOptions {
  return {
    executionProviders: ["cpu"],
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Warnings are about the graph, which the user did not write.
    logSeverityLevel: 3,
    ...(profilePrefix !== undefined && {
      enableProfiling: true,
      profileFilePrefix: profilePrefix,
    }),
    extra: {
      session: {
        intra_op: { allow_spinning: spinning ? "1" : "0" },
        // The softmax of a model that starts far off leaves numbers below 1e-38, with which products are a hundred
        // times slower. The first session of a process decides for its own thread too.
        set_denormal_as_zero: "1",
      },
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
