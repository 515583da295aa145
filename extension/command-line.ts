/** The command line's own code, run in the Node that trains. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { nodeCommand } from "./node-command";

export interface CommandAnswer {
  readonly succeeded: boolean;
  readonly stdout: string;
  /** On stderr, without the program's name in front. */
  readonly said: string;
}

/** Also where it fails: it says why. @throws {Error} there is no such Node */
export function runCommandLine(parameters: readonly string[]): Promise<CommandAnswer> {
  const { node, environment } = nodeCommand();
  const command = [join(__dirname, "cli.js"), ...parameters];
  return new Promise((resolve, reject) => {
    execFile(node, command, { env: environment, windowsHide: true }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") {
        reject(new Error(`Cannot start Node (${node}): ${error.message}`));
        return;
      }
      const said = stderr.replaceAll(/^deep-fusion: /gm, "").trim();
      resolve({ succeeded: error === null, stdout, said });
    });
  });
}
