/** tfjs-node and what it needs, by npm; what it would take from TensorFlow.js is this program's own. */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Flavour, flavourPackages, standIns } from "../place";
import { runProgram } from "./run-program";
import type { Work } from "./work";

/** Its copy of TensorFlow.js would be the same version as ours; see load.ts. */
export const packageVersion = "4.22.0";
const headersVersion = "1.9.0";

export interface PackageOptions {
  readonly flavour: Flavour;
  /** Whether the package's own installer fetches TensorFlow and the native binding. */
  readonly installer: "run" | "leave";
}

/** @throws {Error} npm is not there, or fails; the message is its reason */
export async function installPackages(
  folder: string,
  { flavour, installer }: PackageOptions,
  { signal, onOutput }: Work,
): Promise<void> {
  const name = flavourPackages[flavour];
  await writeStandIns(folder);
  const manifest = {
    name: "deep-fusion-engine",
    private: true,
    dependencies: {
      ...Object.fromEntries(standIns.map((standIn) => [standIn, `file:${shortName(standIn)}`])),
      [name]: packageVersion,
      "node-api-headers": headersVersion,
    },
    // npm from version 12 on runs no install script that is not named.
    allowScripts: { [name]: true },
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest, null, 2));
  const quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--no-package-lock"];
  const scripts = installer === "run" ? ["--foreground-scripts"] : ["--ignore-scripts"];
  await runProgram([...npmCommand(), "install", ...quiet, ...scripts], {
    directory: folder,
    signal,
    onOutput,
  });
}

async function writeStandIns(folder: string): Promise<void> {
  for (const name of standIns) {
    const place = join(folder, shortName(name));
    await mkdir(place);
    const manifest = { name, version: packageVersion, main: "index.js" };
    await writeFile(join(place, "package.json"), JSON.stringify(manifest, null, 2));
    await writeFile(
      join(place, "index.js"),
      '"use strict";\n// Filled by whoever loads the engine, with the tfjs-core that it uses itself.\n',
    );
  }
}

function shortName(name: string): string {
  return name.slice(name.indexOf("/") + 1);
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
