/** The command line's own code, run in the Node that trains. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { CancellationToken } from "vscode";
import { nodeCommand } from "./node-command";

export interface CommandAnswer {
  readonly succeeded: boolean;
  readonly stdout: string;
  /** On stderr, without the program's name in front. */
  readonly said: string;
}

export interface CommandOptions {
  /** A line on stderr, as it comes: how far it is, not why it fails. */
  readonly onMessage?: (line: string) => void;
  /** Asks the command to stop, which it then does in order. */
  readonly token?: CancellationToken;
}

/** Before what it says of its own end. */
const programName = "deep-fusion: ";

/** Also where it fails: it says why. @throws {Error} there is no such Node */
export function runCommandLine(
  parameters: readonly string[],
  { onMessage, token }: CommandOptions = {},
): Promise<CommandAnswer> {
  const { node, environment } = nodeCommand();
  const command = [join(__dirname, "cli.js"), ...parameters];
  return new Promise((resolve, reject) => {
    const child = execFile(
      node,
      command,
      { env: environment, windowsHide: true },
      (error, stdout, stderr) => {
        const ended = error === null || typeof error.code === "number" || child.killed;
        if (!ended) {
          reject(new Error(`Cannot start Node (${node}): ${error.message}`));
          return;
        }
        const said = stderr.replaceAll(new RegExp(`^${programName}`, "gm"), "").trim();
        resolve({ succeeded: error === null, stdout, said });
      },
    );
    createInterface({ input: child.stderr! }).on("line", (line) => {
      if (!line.startsWith(programName)) onMessage?.(line);
    });
    token?.onCancellationRequested(() => child.kill());
  });
}
