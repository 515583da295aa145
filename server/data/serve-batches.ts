/** The worker's side: makes batches ahead of the step, as many as the other side has room for. */
import type { MessagePort } from "node:worker_threads";
import { batchSource } from "./batches";
import { batchesAhead, type Taken, type WorkerJob, type WorkerReport } from "./worker-protocol";

/** Ends when the job fails; the failure has been reported then. */
export async function serveBatches(port: MessagePort, job: WorkerJob): Promise<void> {
  const room = countRoom(port);
  try {
    const source = await batchSource(job);
    report(port, { kind: "ready", targets: source.targets });
    for await (const batch of source.batches()) {
      report(port, { kind: "batch", ...batch }, [batch.inputIds.buffer, batch.labels.buffer]);
      await room.take();
    }
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    report(port, { kind: "failed", name, message });
  } finally {
    port.close();
  }
}

function report(port: MessagePort, message: WorkerReport, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

/** Counts batches that are under way; take() waits while there are `batchesAhead`. */
function countRoom(port: MessagePort) {
  let room = batchesAhead;
  let wake: () => void = () => undefined;
  port.on("message", ({ kind }: Taken) => {
    kind satisfies "taken";
    room++;
    wake();
  });
  return {
    async take(): Promise<void> {
      room--;
      while (room <= 0) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}
