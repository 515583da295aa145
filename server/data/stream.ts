/** Training batches from a worker thread that runs ahead of the step. */
import { Worker } from "node:worker_threads";
import type { Batch, BatchSettings } from "./batches";
import type { Taken, WorkerJob, WorkerReport } from "./worker-protocol";

export interface BatchOptions extends BatchSettings {
  /** Where the bundled data worker is. */
  readonly worker: URL;
}

export interface BatchStream {
  /** Decoder tokens of an example. */
  readonly targets: number;
  /** The next batch, and how long it had to be waited for. @throws what the worker failed with; the signal's reason */
  next(signal?: AbortSignal): Promise<Batch & { readonly waitedMs: number }>;
  /** Ends the worker at once. */
  close(): Promise<void>;
}

/** @throws {RangeError} corpus, tokenizer, objective or cursor cannot be used */
export async function openBatches({ worker: url, ...job }: BatchOptions): Promise<BatchStream> {
  const worker = new Worker(url, { workerData: job satisfies WorkerJob });
  const inbox = receive(worker);
  try {
    const ready = await inbox.take();
    if (ready.kind !== "ready")
      throw new Error(`Cannot start the data worker: it said ${ready.kind}`);
    return {
      targets: ready.targets,
      next: (signal) => next(worker, inbox, signal),
      close: () => worker.terminate().then(() => undefined),
    };
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

async function next(worker: Worker, inbox: Inbox, signal: AbortSignal | undefined) {
  const start = performance.now();
  const report = await inbox.take(signal);
  if (report.kind !== "batch")
    throw new Error(`Cannot read a batch: the worker said ${report.kind}`);
  worker.postMessage({ kind: "taken" } satisfies Taken);
  const { inputIds, labels, cursor } = report;
  return { inputIds, labels, cursor, waitedMs: performance.now() - start };
}

interface Inbox {
  /** The oldest report. @throws what the worker failed with; the signal's reason */
  take(signal?: AbortSignal): Promise<WorkerReport>;
}

function receive(worker: Worker): Inbox {
  const reports: WorkerReport[] = [];
  let failure: Error | undefined;
  let wake = (): void => undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    wake();
  };
  worker.on("message", (report: WorkerReport) => {
    if (report.kind === "failed") {
      fail(revived(report.name, report.message));
    } else {
      reports.push(report);
      wake();
    }
  });
  worker.on("error", fail);
  worker.on("exit", (code) => {
    fail(new Error(`Cannot read a batch: the data worker has ended (exit code ${code})`));
  });
  return {
    async take(signal) {
      for (;;) {
        signal?.throwIfAborted();
        const report = reports.shift();
        if (report !== undefined) return report;
        if (failure !== undefined) throw failure;
        await woken((resolve) => (wake = resolve), signal);
      }
    },
  };
}

/** Until the function handed to `onWake` is called, or the signal aborts. */
async function woken(onWake: (wake: () => void) => void, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = deferred();
  onWake(resolve);
  signal?.addEventListener("abort", resolve, { once: true });
  await promise;
  signal?.removeEventListener("abort", resolve);
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

/** An error of the worker's, with the class it had there. */
function revived(name: string, message: string): Error {
  if (name === "RangeError") return new RangeError(message);
  if (name === "SyntaxError") return new SyntaxError(message);
  if (name === "TypeError") return new TypeError(message);
  return new Error(message);
}
