/** Entry point of the worker thread that makes a log's columns. */
import { parentPort, workerData } from "node:worker_threads";
import { writeColumns } from "./metrics/columns-from-lines";
import type { ColumnsJob, ColumnsProgress } from "./metrics/columns-maker";

if (parentPort === null) throw new Error("Cannot start the columns worker: it is no worker thread");
const port = parentPort;
await writeColumns(workerData as ColumnsJob, (end) => {
  port.postMessage({ end } satisfies ColumnsProgress);
});
