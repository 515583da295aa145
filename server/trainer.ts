/** Entry point of a trainer process: one stage, told by IPC, reported by IPC. */
import { openUnasked } from "./engine/choice";
import type { Engine } from "./engine/engine";
import { hubOf } from "./hugging-face/hub";
import type { StageCommand, StageJob, StageReport } from "./protocol/trainer";
import { executeStage } from "./recipe/execute-stage";
import { systemClock } from "./training/clock";
import { createdBy } from "./version";

const stopping = new AbortController();

// Ctrl-C goes to every process of the terminal; the runner decides what it means.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => {
  stopping.abort();
});

process.on("message", (message: StageJob | StageCommand) => {
  if (message.kind === "job") void serve(message);
  else if (message.kind === "stop") stopping.abort();
  else process.exit(1);
});

async function serve(job: StageJob): Promise<void> {
  if (job.onDisconnect === "stop") {
    process.once("disconnect", () => {
      stopping.abort();
    });
  }
  let engine: Promise<Engine> | undefined;
  try {
    const stage = await executeStage(job, {
      engine: () => (engine ??= openUnasked(job, new URL("./engine-worker.js", import.meta.url))),
      dataWorker: new URL("./data-worker.js", import.meta.url),
      weightsWorker: new URL("./weights-worker.js", import.meta.url),
      fusionWorker: new URL("./fusion-worker.js", import.meta.url),
      createdBy,
      hub: () => hubOf(process.env),
      clock: systemClock,
      signal: stopping.signal,
      report: send,
    });
    send({ kind: "finished", stage });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
  await (await engine)?.dispose();
  if (process.connected) process.disconnect();
}

function send(report: StageReport): void {
  // A runner that has gone hears nothing; the stage's folder has it all.
  if (process.connected) process.send?.(report, undefined, undefined, () => undefined);
}
