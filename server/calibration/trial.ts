/** Times a candidate in a process of its own, which is ended once it has clearly lost. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { withHugePages } from "../engine/huge-pages";
import type { TrialJob, TrialReport } from "./messages";
import type { StepTiming } from "./time-steps";

/** How long a step takes, or why that is not known. */
export type TrialResult =
  | (StepTiming & { readonly cpuOperators?: readonly string[] })
  /** Its first step was not waited for: it takes longer than this. */
  | { readonly longerThanMs: number }
  /** `at`: in milliseconds since 1970. */
  | { readonly failed: string; readonly at: number };

export interface TrialOptions extends TrialJob {
  /** The bundled calibrator. */
  readonly calibrator: URL;
  /** The best step so far: one that takes much longer is not waited for. */
  readonly bestMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly now: () => Date;
}

/** Loading a library and compiling a large model for it; a new GPU may have its kernels compiled. */
const preparingMs = 120_000;
/** For all of its steps: a driver may hang, which the CPU does not, however long it takes. */
const deviceMs = 60_000;
/** A first step is slower than the rest: it touches its memory for the first time. */
const firstStepShare = 3;
const leastPatienceMs = 2000;
const keptErrorBytes = 8192;

/** @throws the signal's reason, with the process ended */
export async function runTrial(options: TrialOptions): Promise<TrialResult> {
  const { calibrator, signal, bestMs, now, ...job } = options;
  signal?.throwIfAborted();
  const child = fork(fileURLToPath(calibrator), [], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: withHugePages(process.env),
  });
  const end = (): void => {
    child.kill("SIGKILL");
  };
  signal?.addEventListener("abort", end, { once: true });
  try {
    child.send(job satisfies TrialJob, () => undefined);
    const result = await resultOf(child, { bestMs, now, candidate: job.candidate });
    signal?.throwIfAborted();
    return result;
  } finally {
    signal?.removeEventListener("abort", end);
  }
}

/** Settles when the process has gone. */
function resultOf(
  child: ChildProcess,
  { bestMs, now, candidate }: Pick<TrialOptions, "bestMs" | "now" | "candidate">,
): Promise<TrialResult> {
  let result: TrialResult | undefined;
  let errors = "";
  let timer: NodeJS.Timeout;
  const giveUpAfter = (ms: number, reason: TrialResult): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      result ??= reason;
      child.kill("SIGKILL");
    }, ms);
  };
  const failure = (failed: string) => ({ failed, at: now().getTime() });
  giveUpAfter(preparingMs, failure(`it was not ready after ${preparingMs / 1000} s`));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-keptErrorBytes);
  });
  child.on("message", (message) => {
    const report = message as TrialReport;
    if (report.kind !== "ready") {
      result ??= report.kind === "timed" ? timedAs(report) : failure(report.reason);
      // What a library does on its way out is not waited for.
      child.kill("SIGKILL");
    } else if (bestMs !== undefined) {
      const longerThanMs = Math.max(leastPatienceMs, firstStepShare * bestMs);
      giveUpAfter(longerThanMs, { longerThanMs });
    } else if (candidate.device === "cpu") clearTimeout(timer);
    else giveUpAfter(deviceMs, failure(`it took no step in ${deviceMs / 1000} s`));
  });
  return new Promise((resolve) => {
    const settle = (reason: string): void => {
      clearTimeout(timer);
      resolve(result ?? failure(lastLine(errors) ?? reason));
    };
    child.on("error", ({ message }) => {
      if (child.pid === undefined) settle(`it could not be started: ${message}`);
    });
    child.on("close", (code, signal) => {
      settle(signal === null ? `it ended with exit code ${String(code)}` : `it died of ${signal}`);
    });
  });
}

function timedAs({ timing, cpuOperators }: Extract<TrialReport, { kind: "timed" }>): TrialResult {
  return { ...timing, ...(cpuOperators !== undefined && { cpuOperators }) };
}

function lastLine(text: string): string | undefined {
  const line = text.trim().split("\n").at(-1);
  return line === "" ? undefined : line;
}
