/** Entry point of the thread that draws a new model's weights. */
import { parentPort, workerData } from "node:worker_threads";
import { drawWeights } from "./training/initial-weights";

if (parentPort === null) throw new Error("Cannot start the weights worker: it is no worker thread");
drawWeights(parentPort, workerData as Parameters<typeof drawWeights>[1]);
