/** tfjs-node and what it needs, by npm; what it would take from TensorFlow.js is this program's own. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installByNpm } from "../../install/npm";
import type { Work } from "../../install/work";
import { type Flavour, flavourPackages, standIns } from "../place";

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
  work: Work,
): Promise<void> {
  const name = flavourPackages[flavour];
  await writeStandIns(folder);
  const dependencies = {
    ...Object.fromEntries(standIns.map((standIn) => [standIn, `file:${shortName(standIn)}`])),
    [name]: packageVersion,
    "node-api-headers": headersVersion,
  };
  const installers = installer === "run" ? [name] : [];
  await installByNpm(folder, { dependencies, installers }, work);
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
