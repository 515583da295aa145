/** Other people's programs as steps of a set-up: stopped by a signal with all that they started, and heard when they fail. */
import { spawn } from "node:child_process";

export interface ProgramOptions {
  readonly directory: string;
  readonly signal: AbortSignal;
  /** Beside this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Whatever it prints, for the log. */
  readonly onOutput?: (text: string) => void;
}

const graceMs = 3000;
const isWindows = process.platform === "win32";

/**
 * @returns what it printed on stdout
 * @throws {Error} it is not there, or fails; the message is the reason that it gave itself
 */
export async function runProgram(
  command: readonly [string, ...string[]],
  { directory, signal, environment = {}, onOutput = () => undefined }: ProgramOptions,
): Promise<string> {
  signal.throwIfAborted();
  const [program, ...parameters] = command;
  const child = spawn(program, parameters, {
    cwd: directory,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, which is then ended whole.
    detached: !isWindows,
    windowsHide: true,
    // Windows starts command files, as npm is one there, by its shell alone.
    shell: program.endsWith(".cmd"),
  });
  let [said, complained] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    onOutput(chunk.toString());
  });
  child.stderr.on("data", (chunk: Buffer) => {
    complained += chunk.toString();
    onOutput(chunk.toString());
  });
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    end(child.pid, "SIGTERM");
    timer = setTimeout(() => {
      end(child.pid, "SIGKILL");
    }, graceMs);
  };
  signal.addEventListener("abort", stop, { once: true });
  return new Promise<string>((resolve, reject) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "ENOENT" ? new Error(`${program} was not found`) : error);
    });
    child.on("close", (code, killed) => {
      if (signal.aborted) reject(signal.reason as Error);
      else if (code === 0) resolve(said);
      else
        reject(new Error(reasonIn(`${complained}\n${said}`) ?? `it ended with ${killed ?? code}`));
    });
  }).finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  });
}

function end(pid: number | undefined, how: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(isWindows ? pid : -pid, how);
  } catch {
    // It has gone already.
  }
}

/** Lines of npm that name no reason. */
const noise = /^npm (error|ERR!)\s*($|code |errno |syscall |path |command |A complete log|.*_logs)/;

/** The first line that speaks of an error, or else the last one; undefined where nothing was said. */
export function reasonIn(output: string): string | undefined {
  const lines = output
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !noise.test(line));
  const told = lines.find((line) => /\berror\b|ERR!/i.test(line)) ?? lines.at(-1);
  return told?.replace(/^(npm )?(error|ERR!):?\s+/i, "").slice(0, 400);
}
