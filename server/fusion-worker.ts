/** Entry point of a fusion's thread. */
import { parentPort } from "node:worker_threads";
import type { TaskReport } from "./fusion/stream/crew";
import { executor } from "./fusion/stream/execute";
import type { Task } from "./fusion/stream/task";

const port = parentPort;
if (port === null) throw new Error("Cannot start the fusion's worker: it is no worker thread");

const own = executor();
port.on("message", (task: Task) => {
  port.postMessage(report(task));
});

function report(task: Task): TaskReport {
  try {
    return { kind: "done", result: own.execute(task) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
    const { name, message } = error;
    return { kind: "failed", name, message, ...(code !== undefined && { code }) };
  }
}
