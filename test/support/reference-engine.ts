/** The engine that others are measured against: tfjs's own cpu backend, called eagerly. */
import "@tensorflow/tfjs-backend-cpu";
import { enableProdMode, ready, setBackend } from "@tensorflow/tfjs-core";
import type { Engine } from "../../server/engine/engine";
import { eagerEngine } from "../../server/engine/eager/engine";

// Silences its advice to install another backend.
enableProdMode();
await setBackend("cpu");
await ready();

export function referenceEngine(): Engine {
  return eagerEngine({ name: "reference", device: "cpu", backend: "cpu", threads: 1 });
}
