/** Heavy work in a process of its own: the server answers meanwhile, and outlives whatever happens to it. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Job, JobCancel, JobMessage, JobResults } from "../protocol/job";

export interface JobOptions {
  /** The bundled process. */
  readonly program: URL;
  readonly onProgress: (label: string, done: number, of: number) => void;
  readonly signal: AbortSignal;
}

const graceMs = 5000;

/**
 * @throws {RangeError} what the job itself says it cannot do
 * @throws {Error} the process died
 */
export function runJob<Kind extends Job["kind"]>(
  job: Extract<Job, { kind: Kind }>,
  { program, onProgress, signal }: JobOptions,
): Promise<JobResults[Kind]> {
  signal.throwIfAborted();
  const child = fork(fileURLToPath(program), [], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let complaint = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-2000);
  });
  child.send(job);
  let timer: NodeJS.Timeout | undefined;
  const cancel = (): void => {
    const message: JobCancel = { kind: "cancel" };
    child.send(message);
    timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  };
  signal.addEventListener("abort", cancel, { once: true });
  return new Promise<JobResults[Kind]>((resolve, reject) => {
    child.on("message", (message: JobMessage) => {
      if (message.kind === "progress") onProgress(message.label, message.done, message.of);
      else if (message.kind === "failed") reject(new RangeError(message.message));
      else resolve(message.result as JobResults[Kind]);
    });
    child.on("error", reject);
    child.on("exit", (code, killed) => {
      const how =
        killed === null ? `it ended with ${code ?? "no code"}` : `it was ended by ${killed}`;
      const said = complaint.trim() === "" ? "" : `: ${lastLine(complaint)}`;
      reject(new Error(`Cannot ${job.kind}: the process doing it stopped; ${how}${said}`));
    });
  }).finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
    if (child.connected) child.disconnect();
  });
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
