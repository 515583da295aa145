/** The runner's side of a trainer process: gives it its job, hears its reports, stops it, and says why it died. */
import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import type { StageRecord } from "../protocol/run";
import type { StageCommand, StageJob, StageReport } from "../protocol/trainer";

export interface StageProcess {
  readonly pid: number | undefined;
  /** The stage's record as the trainer gave it, or why there is none. Never rejects. */
  readonly finished: Promise<{ readonly record: StageRecord } | { readonly crash: string }>;
  /** Save a checkpoint after the step in progress, and leave. */
  stop(): void;
  /** Leave at once. */
  kill(): void;
}

export interface StageProcessOptions {
  readonly job: StageJob;
  /** A trainer that waits for its job. */
  readonly child: ChildProcess;
  readonly onReport: (report: StageReport) => void;
}

const keptErrorBytes = 8192;

export function startStageProcess({ job, child, onReport }: StageProcessOptions): StageProcess {
  let record: StageRecord | undefined;
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-keptErrorBytes);
  });
  child.on("message", (message) => {
    const report = message as StageReport;
    if (report.kind === "finished") record = report.stage;
    else onReport(report);
  });
  const finished = new Promise<{ record: StageRecord } | { crash: string }>((resolve) => {
    let failure: string | undefined;
    child.on("error", (error) => {
      failure ??= error.message;
      if (child.pid === undefined) resolve({ crash: `it could not be started: ${failure}` });
    });
    // "close" comes after the last byte of stderr, unlike "exit".
    child.on("close", (code, signal) => {
      const { device } = job;
      if (record !== undefined) resolve({ record });
      else resolve({ crash: crashReason({ code, signal, errors, device }) });
    });
  });
  const send = (message: StageJob | StageCommand): void => {
    if (child.connected) child.send(message, () => undefined);
  };
  send(job);
  return {
    pid: child.pid,
    finished,
    stop: () => {
      send({ kind: "stop" });
    },
    kill: () => {
      child.kill("SIGKILL");
    },
  };
}

/** In words for the user, with what to do about it. */
export function crashReason(death: {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly errors: string;
  readonly device: StageJob["device"];
}): string {
  const { code, signal, errors, device } = death;
  const lines = errors
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const said = lines.findLast((line) => !/^(at |Node\.js v|\^|node:internal)/.test(line));
  const quoted = said === undefined ? "" : ` (${said.slice(0, 300)})`;
  const memory =
    "let it keep less with recompute: true, give it less to do at once with a smaller micro_batch, or run fewer stages side by side";
  if (/heap out of memory|bad_alloc|Failed to allocate/i.test(errors)) {
    return `the trainer ran out of memory; ${memory}`;
  }
  if (signal === "SIGKILL") {
    return `the trainer was killed, most likely by the system for want of memory; ${memory}`;
  }
  if (signal !== null && device !== "cpu") {
    return (
      `the trainer died of ${signal}${quoted}, most likely of its driver or for want of memory on ${device}; ` +
      "resume to try again, with --device cpu on the CPU, or give it recompute: true or a smaller micro_batch"
    );
  }
  if (signal !== null) return `the trainer died of ${signal}${quoted}; resume to try again`;
  if (code === 128 + constants.signals.SIGTERM)
    return "the trainer was told to end; resume to go on";
  return `the trainer ended with exit code ${String(code)}${quoted}; resume to try again`;
}
