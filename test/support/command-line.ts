/** Runs the bundled command line in processes of its own. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { distUrl } from "./dist";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartedCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export function startCommand(directory: string, ...args: readonly string[]): StartedCommand {
  return start(directory, args, { detached: false });
}

/** As startCommand(), in a process group of its own; `killAll` ends it with its trainers, as a power failure would. */
export function startGroup(
  directory: string,
  ...args: readonly string[]
): StartedCommand & { readonly killAll: () => void } {
  const started = start(directory, args, { detached: true });
  return {
    ...started,
    killAll: () => {
      try {
        killGroup(started.child.pid!);
      } catch {
        // It has ended by itself.
      }
    },
  };
}

function killGroup(pid: number): void {
  if (process.platform === "win32") execFileSync("taskkill", ["/T", "/F", "/PID", String(pid)]);
  else process.kill(-pid, "SIGKILL");
}

interface StartOptions {
  readonly detached: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

function start(
  directory: string,
  args: readonly string[],
  { detached, environment = {} }: StartOptions,
): StartedCommand {
  const cli = fileURLToPath(distUrl("cli.js"));
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: directory,
    detached,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", CI: "1", ...environment },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      resolve({ code, stdout, stderr });
    });
  });
  return { child, ended };
}

export function command(directory: string, ...args: readonly string[]): Promise<Ended> {
  return startCommand(directory, ...args).ended;
}

/** As startCommand(), with variables beside those of this process. */
export function startCommandWith(
  directory: string,
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): StartedCommand {
  return start(directory, args, { detached: false, environment });
}

export function commandWith(
  directory: string,
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<Ended> {
  return startCommandWith(directory, environment, ...args).ended;
}
