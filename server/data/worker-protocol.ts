/** What crosses between the data worker and the thread that trains. */
import type { Batch, BatchSettings } from "./batches";

/** How many batches the worker makes ahead of the step. */
export const batchesAhead = 8;

/** trainer → worker, as workerData. */
export type WorkerJob = BatchSettings;

/** trainer → worker, one for each batch taken: the worker may make one more. */
export interface Taken {
  readonly kind: "taken";
}

/** worker → trainer, in this order: ready, batches; or failed, after which nothing follows. */
export type WorkerReport =
  | { readonly kind: "ready"; readonly targets: number }
  | ({ readonly kind: "batch" } & Batch)
  | { readonly kind: "failed"; readonly name: string; readonly message: string };
