/** Entry point of the process that does one piece of heavy work for the language server. */
import type { Job, JobCancel, JobMessage } from "./protocol/job";
import { hubOf } from "./hugging-face/hub";
import { compareCheckpoints } from "./services/compare";
import { evaluateCheckpoints } from "./services/evaluate";
import { fetchCheckpoint } from "./services/fetch-checkpoint";
import { fuse } from "./services/fuse";
import { generate } from "./services/generate";
import { inspect } from "./services/tensors/inspect";
import { createdBy } from "./version";

const cancelled = new AbortController();

process.on("disconnect", () => process.exit(1));
process.on("message", (message: Job | JobCancel) => {
  if (message.kind === "cancel") cancelled.abort();
  else void carryOut(message);
});

async function carryOut(job: Job): Promise<void> {
  try {
    await tell({ kind: "result", result: await resultOf(job) });
  } catch (error) {
    await tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
  process.removeAllListeners("disconnect");
  process.disconnect();
}

function resultOf(job: Job) {
  const work = {
    signal: cancelled.signal,
    hub: () => hubOf(process.env),
    onProgress: (label: string, done: number, of: number) => {
      void tell({ kind: "progress", label, done, of });
    },
  };
  switch (job.kind) {
    case "fuse":
      return fuse(job.params, {
        ...work,
        createdBy,
        worker: new URL("./fusion-worker.js", import.meta.url),
      });
    case "fetch":
      return fetchCheckpoint(job.text, work);
    case "inspect":
      return inspect(job.path, job.name, work.signal);
    case "compare":
      return compareCheckpoints(job.checkpoints, work);
    case "evaluate":
      return evaluateCheckpoints(job, work);
    case "generate":
      return generate(job.params, work);
  }
}

function tell(message: JobMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined)
      throw new Error("Cannot work: this process belongs to the language server");
    process.send(message, () => {
      resolve();
    });
  });
}
