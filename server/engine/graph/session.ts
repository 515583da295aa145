/** onnxruntime sessions, made once for equal graphs and released with their last user. */
import { createHash } from "node:crypto";
import { InferenceSession } from "onnxruntime-node";
import type { Tensor } from "onnxruntime-node";
import { DeviceError, asDeviceError, reasonOf } from "../device-error";
import type { Engine, Values } from "../engine";
import { sizeOf } from "../host";
import type { OtherBinding } from "./library";
import { type Model, encodeModel } from "./onnx";
import { providerOptions } from "./provider";

export type OrtTensors = Record<string, Tensor>;
type Location = "cpu" | "gpu-buffer";

/** What graphs are made for: the other devices take WebGPU's, which are of ONNX's plain operators. */
export type GraphDevice = "cpu" | "webgpu";

export interface SessionSettings {
  /** What executes the nodes; those that it cannot fall back to the CPU. "cpu" by default. */
  readonly device?: Engine["device"];
  /**
   * Whether waiting threads spin: a few per cent faster on a quiet machine, half as fast where other work wants
   * the cores.
   */
  readonly spinning: boolean;
  /** Whether onnxruntime keeps errors from the terminal: for what may fail. */
  readonly quiet?: boolean;
  /** Path and first letters of the files in which onnxruntime notes each node's time, one file a session. */
  readonly profilePrefix?: string;
  /** What stands in for onnxruntime's own native part in this process; for the threads of it that are still to come. */
  readonly binding?: OtherBinding | undefined;
}

/** What is asked of a run: memory to write into, or null for a tensor that the session makes. */
export type Fetches = Record<string, Tensor | null>;

export interface Session {
  /**
   * Blocks the thread until it is done.
   * @returns what the session made, by name
   * @throws {DeviceError} the device has no room, or has gone
   */
  run(feeds: OrtTensors, fetches: Fetches): Promise<OrtTensors>;
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

/**
 * Of a graph whose memory onnxruntime lays out as one piece after its first run. That saves a tenth of a small model's
 * step; of a large one's, where it saves no time, the piece is up to half as large again as what is used of it at once.
 */
const mostPlannedBytes = 64 * 2 ** 20;

interface Entry {
  readonly session: Promise<InferenceSession>;
  users: number;
}

export class SessionCache {
  readonly #entries = new Map<string, Entry>();

  constructor(private readonly settings: SessionSettings) {}

  /** @param resident outputs that stay on the device; undefined where that keeps none, and has the CPU's memory written */
  async open(model: Model, threads: number, resident?: readonly string[]): Promise<Session> {
    const { device = "cpu" } = this.settings;
    const bytes = encodeModel(device === "cpu" ? { ...model, sequence: uncopied } : model);
    const hash = createHash("sha256")
      .update(bytes)
      .update((resident ?? []).join("\n"))
      .digest("hex");
    const key = `${threads} ${hash}`;
    const entry = this.#entries.get(key) ?? {
      session: InferenceSession.create(bytes, {
        ...sessionOptions(this.settings, { threads, sparing: model.sparing ?? false }),
        enableMemPattern: outputBytes(model) < mostPlannedBytes,
        ...(resident && { preferredOutputLocation: locations(model, resident) }),
      }),
      users: 0,
    };
    this.#entries.set(key, entry);
    entry.users += 1;
    const onDevice = resident === undefined ? runAndFetch : runResident;
    const run = device === "cpu" ? runInPlace : onDevice;
    const session = await entry.session.catch((error: unknown) => {
      this.#entries.delete(key);
      const failure = asDeviceError(error, device);
      if (failure instanceof DeviceError) throw failure;
      throw new Error(`Cannot compile a graph: ${reasonOf(error)}`, { cause: error });
    });
    return {
      run: async (feeds, fetches) => {
        try {
          return await run(session, feeds, fetches);
        } catch (error) {
          throw asDeviceError(error, device);
        }
      },
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
    for (const entry of entries) await this.#release(entry);
  }

  #leave(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.users -= 1;
    if (entry.users > 0) return;
    this.#entries.delete(key);
    void this.#release(entry);
  }

  async #release(entry: Entry): Promise<void> {
    const session = await entry.session;
    // Otherwise the record is not whole before the process ends.
    if (this.settings.profilePrefix !== undefined) session.endProfiling();
    await session.release();
  }
}

function outputBytes({ outputs }: Model): number {
  return outputs.reduce((sum, { shape }) => sum + (shape === "any" ? 0 : 4 * sizeOf(shape)), 0);
}

function locations(model: Model, resident: readonly string[]): Record<string, Location> {
  return Object.fromEntries(
    model.outputs.map(({ name }) => [name, resident.includes(name) ? "gpu-buffer" : "cpu"]),
  );
}

/** Fills the caller's memory afterwards: where outputs have preferred locations, onnxruntime-node (1.30) ignores it. */
async function runResident(
  session: InferenceSession,
  feeds: OrtTensors,
  fetches: Fetches,
): Promise<OrtTensors> {
  const names = Object.keys(fetches);
  const returned = await session.run(feeds, Object.fromEntries(names.map((name) => [name, null])));
  const made: OrtTensors = {};
  for (const name of names) {
    const [given, tensor] = [fetches[name], returned[name]!];
    if (given) (given.data as Values).set(tensor.data as Values);
    else made[name] = tensor;
  }
  return made;
}

async function runInPlace(
  session: InferenceSession,
  feeds: OrtTensors,
  fetches: Fetches,
): Promise<OrtTensors> {
  try {
    await session.run(feeds, { [uncopied]: null, ...fetches });
  } catch (error) {
    if (reasonOf(error) !== notCopied) throw error;
  }
  return {};
}

/** What the device has made is copied down into the caller's memory, as what it reads was copied up. */
async function runAndFetch(
  session: InferenceSession,
  feeds: OrtTensors,
  fetches: Fetches,
): Promise<OrtTensors> {
  await session.run(feeds, fetches);
  return {};
}

function sessionOptions(
  { device = "cpu", spinning, quiet = false, profilePrefix }: SessionSettings,
  { threads, sparing }: { readonly threads: number; readonly sparing: boolean },
): InferenceSession.SessionOptions {
  return {
    ...providerOptions(device),
    executionMode: "sequential",
    // On the CPU, graphs are traced as they are to run: it finds nothing that saves time, and looks for long.
    graphOptimizationLevel: device === "cpu" ? "disabled" : "all",
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    enableCpuMemArena: !sparing,
    // Warnings are about the graph, which the user did not write.
    logSeverityLevel: quiet ? 4 : 3,
    ...(profilePrefix !== undefined && {
      enableProfiling: true,
      profileFilePrefix: profilePrefix,
    }),
    extra: {
      ...(sparing && {
        optimization: { disable_specified_optimizers: "CommonSubexpressionElimination" },
      }),
      session: {
        intra_op: { allow_spinning: spinning ? "1" : "0" },
        // The softmax of a model that starts far off leaves numbers below 1e-38, with which products are a hundred
        // times slower. The first session of a process decides for its own thread too.
        set_denormal_as_zero: "1",
      },
    },
  };
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (!done) work();
    done = true;
  };
}
