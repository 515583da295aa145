/** Entry point of a further thread of the graph engine. */
import { parentPort, workerData } from "node:worker_threads";
import { loadLibrary } from "./engine/load";
import type { SessionSettings } from "./engine/graph/session";

if (parentPort === null)
  throw new Error("Cannot start the engine's worker: it is no worker thread");
const settings = workerData as SessionSettings;
loadLibrary(settings.binding);
const { serveLane } = await import("./engine/graph/lanes/thread-lane");
serveLane(parentPort, settings);
