/** A function called in a process of its own: one that crashes there, or hangs, takes nothing along. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface ElsewhereOptions {
  readonly patienceMs: number;
  /** Beside this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Its text runs in the other process, so it sees only its arguments: Node's `require`, and the texts. */
export type CalledElsewhere<T> = (
  load: NodeJS.Require,
  ...texts: readonly string[]
) => T | Promise<T>;

/**
 * @returns what it returns, by way of JSON
 * @throws {Error} it fails, ends its process or takes too long; the message is the reason that it gave
 */
export async function callElsewhere<T>(
  work: CalledElsewhere<T>,
  texts: readonly string[],
  { patienceMs, environment = {}, signal }: ElsewhereOptions,
): Promise<T> {
  const script =
    `Promise.resolve((${String(work)})(require, ...process.argv.slice(1)))` +
    ".then((value) => console.log(JSON.stringify(value)))";
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", script, ...texts], {
      env: { ...process.env, ...environment },
      timeout: patienceMs,
      killSignal: "SIGKILL",
      windowsHide: true,
      ...(signal !== undefined && { signal }),
    });
    return JSON.parse(stdout.trim().split("\n").at(-1)!) as T;
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(reasonIn(error, patienceMs), { cause: error });
  }
}

/** The line that names the error, of all that a dying process printed. */
function reasonIn(error: unknown, patienceMs: number): string {
  if (!(error instanceof Error)) return String(error);
  const { stderr, signal, killed } = error as Error & Partial<Record<string, unknown>>;
  if (killed === true) return `it did not answer within ${patienceMs / 1000} s`;
  if (typeof signal === "string") return `its library ended the process (${signal})`;
  const lines = typeof stderr === "string" ? stderr.split("\n") : [];
  const said = lines.find((line) => /^\w*Error: /.test(line))?.replace(/^\w*Error: /, "");
  return said ?? error.message;
}
