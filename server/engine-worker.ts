/** Entry point of a further thread of the graph engine. */
import { parentPort, workerData } from "node:worker_threads";
import { serveLane } from "./engine/graph/lanes/thread-lane";
import type { SessionSettings } from "./engine/graph/session";

if (parentPort === null)
  throw new Error("Cannot start the engine's worker: it is no worker thread");
serveLane(parentPort, workerData as SessionSettings);
