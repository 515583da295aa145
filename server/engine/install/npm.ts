/** Packages of npm, in a folder of their own. */
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { runProgram } from "./run-program";
import type { Work } from "./work";

export interface NpmOptions {
  /** Exact versions, by name. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** Those whose own installers run; npm from version 12 on runs none that is not named. */
  readonly installers: readonly string[];
  /** Beside this process's own. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** @throws {Error} npm is not there, or fails; the message is its reason */
export async function installByNpm(
  folder: string,
  { dependencies, installers, environment = {} }: NpmOptions,
  { signal, onOutput }: Work,
): Promise<void> {
  const manifest = {
    ...{ name: "deep-fusion-engine", private: true, dependencies },
    allowScripts: Object.fromEntries(installers.map((name) => [name, true])),
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--no-package-lock"];
  // Of a failure it would say nothing where the npm that runs this program was told to be silent.
  const loud = ["--loglevel=notice"];
  const scripts = installers.length > 0 ? ["--foreground-scripts"] : ["--ignore-scripts"];
  await runProgram([...npmCommand(), "install", ...quiet, ...loud, ...scripts], {
    ...{ directory: folder, signal, onOutput, environment },
  });
}

/** The npm that runs this program, or lies beside its Node, or else the one on the PATH. */
function npmCommand(): [string, ...string[]] {
  const beside = dirname(process.execPath);
  const running = process.env.npm_execpath;
  const found = [
    ...(running?.endsWith("npm-cli.js") === true ? [running] : []),
    join(beside, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
    join(beside, "node_modules", "npm", "bin", "npm-cli.js"),
  ].find((file) => existsSync(file));
  if (found !== undefined) return [process.execPath, found];
  return [process.platform === "win32" ? "npm.cmd" : "npm"];
}
