/** Entry point of the data worker thread. */
import { parentPort, workerData } from "node:worker_threads";
import { serveBatches } from "./data/serve-batches";
import type { WorkerJob } from "./data/worker-protocol";

if (parentPort === null) throw new Error("Cannot start the data worker: it is no worker thread");
await serveBatches(parentPort, workerData as WorkerJob);
