/** A program from its start to its end: wall time, peak memory, and when it said what. */
import { spawn } from "node:child_process";
import { once } from "node:events";

export interface ProcessMeasurement {
  readonly ms: number;
  /** Largest resident set, as the system counted it; 0 where the program does not tell it. */
  readonly peakBytes: number;
  readonly stdout: string;
  /** Lines of stderr, with the milliseconds since the start. */
  readonly lines: readonly { readonly atMs: number; readonly text: string }[];
}

/**
 * In Node, so that the figure is the program's own and no shell's; it goes where no output of the program does. Threads
 * and processes that the program starts take this over, and have something else there.
 */
const tellPeak =
  "data:text/javascript," +
  encodeURIComponent(
    'import fs from "node:fs"; import { isMainThread } from "node:worker_threads"; ' +
      "if (isMainThread && process.channel === undefined) " +
      'process.on("exit", () => fs.writeSync(3, String(process.resourceUsage().maxRSS)));',
  );

/** @throws {Error} the program fails, with what it said last */
export async function measureNode(
  words: readonly string[],
  signal: AbortSignal,
): Promise<ProcessMeasurement> {
  return measureProgram([process.execPath, "--import", tellPeak, ...words], { signal });
}

export interface ProgramOptions {
  readonly signal: AbortSignal;
  /** Beside this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Of a program that may end by writing its largest resident set, in KiB, into file 3.
 * @throws {Error} it fails, with what it said last
 */
export async function measureProgram(
  [program, ...words]: readonly [string, ...string[]],
  { signal, environment = {} }: ProgramOptions,
): Promise<ProcessMeasurement> {
  const start = performance.now();
  const child = spawn(program, words, {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    env: { ...process.env, ...environment },
    signal,
  });
  const lines: { atMs: number; text: string }[] = [];
  const texts = { stdout: "", peak: "" };
  child.stdout!.setEncoding("utf8").on("data", (text: string) => (texts.stdout += text));
  child.stdio[3]!.on("data", (text: Buffer) => (texts.peak += text.toString()));
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    const atMs = performance.now() - start;
    for (const line of text.trim().split("\n")) lines.push({ atMs, text: line });
  });
  const [code] = (await once(child, "close")) as [number | null];
  const ms = performance.now() - start;
  if (code !== 0) {
    throw new Error(
      `Cannot measure ${words.join(" ")}: it ended with ${code}: ${lines.at(-1)?.text}`,
    );
  }
  return { ms, peakBytes: Number(texts.peak) * 1024, stdout: texts.stdout, lines };
}
