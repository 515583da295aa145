/**
 * The threads of a fusion: whichever is free takes the next task. Without a worker's address the tasks are done in
 * this thread, one after the other, which is quicker for small models.
 */
import { Worker } from "node:worker_threads";
import { type Executor, executor } from "./execute";
import type { ResultOf, Task } from "./task";

/** worker → fusion, one for each task. */
export type TaskReport =
  | { readonly kind: "done"; readonly result: string | number }
  | {
      readonly kind: "failed";
      readonly name: string;
      readonly message: string;
      readonly code?: string;
    };

export interface CrewOptions {
  /** The worker's bundle; undefined: no threads. */
  readonly worker: URL | undefined;
  readonly threads: number;
  readonly signal: AbortSignal | undefined;
}

interface Waiting {
  readonly task: Task;
  readonly settle: (report: TaskReport) => void;
}

/** A thread's heap holds plans, not values. */
const heapLimits = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 64 };

export class Crew {
  private readonly queue: Waiting[] = [];
  private readonly workers: Worker[] = [];
  private readonly idle: Worker[] = [];
  private readonly own: Executor = executor();
  private failure: Error | undefined;

  constructor(private readonly options: CrewOptions) {}

  /** Starts that many threads, or as many as there may be, so that they are ready for the first tasks. */
  hire(count: number): void {
    const { worker, threads } = this.options;
    if (worker === undefined) return;
    while (this.workers.length < Math.min(count, threads)) this.idle.push(this.start(worker));
  }

  /** @throws {RangeError | SyntaxError | Error} what the task fails with, with the system's code; the signal's reason */
  async run<T extends Task>(task: T): Promise<ResultOf<T>> {
    const { worker, signal } = this.options;
    signal?.throwIfAborted();
    if (worker === undefined) {
      await new Promise(setImmediate);
      signal?.throwIfAborted();
      return this.own.execute(task);
    }
    const report = await new Promise<TaskReport>((settle) => {
      this.queue.push({ task, settle });
      this.dispatch(worker);
    });
    signal?.throwIfAborted();
    if (report.kind === "failed") throw revived(report);
    return report.result as ResultOf<T>;
  }

  /** Returns when no thread touches a file any more. */
  async close(): Promise<void> {
    const left: TaskReport = { kind: "failed", name: "Error", message: "The fusion has ended" };
    for (const { settle } of this.queue.splice(0)) settle(left);
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }

  private dispatch(url: URL): void {
    while (this.queue.length > 0) {
      if (this.idle.length === 0) this.hire(this.workers.length + 1);
      const worker = this.idle.pop();
      if (worker === undefined) return;
      const { task, settle } = this.queue.shift()!;
      if (this.options.signal?.aborted === true || this.failure !== undefined) {
        this.idle.push(worker);
        settle({ kind: "failed", name: "Error", message: this.failure?.message ?? "cancelled" });
        continue;
      }
      const done = (report: TaskReport): void => {
        worker.off("message", done).off("error", died);
        this.idle.push(worker);
        settle(report);
        this.dispatch(url);
      };
      const died = (): void => {
        done({ kind: "failed", name: "Error", message: this.failure!.message });
      };
      worker.on("message", done).on("error", died);
      worker.postMessage(task);
    }
  }

  private start(url: URL): Worker {
    const worker = new Worker(url, { resourceLimits: heapLimits });
    worker.on("error", ({ message }) => {
      this.failure ??= new Error(`Cannot fuse: a thread ended: ${message}`);
    });
    this.workers.push(worker);
    return worker;
  }
}

function revived({ name, message, code }: TaskReport & { kind: "failed" }): Error {
  const types = { RangeError, SyntaxError, TypeError };
  const type = name in types ? types[name as keyof typeof types] : Error;
  return Object.assign(new type(message), code !== undefined && { code });
}
