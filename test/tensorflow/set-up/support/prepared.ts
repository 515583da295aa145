/** What the set-up tests start from: the engine that scripts/tensorflow.mjs has made from a wheel. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { thisMachine } from "../../../../server/engine/engines-folder";
import { engineFiles } from "../../../../server/engine/tensorflow/place";
import { type FoundEngine, findEngine } from "../../../../server/engine/tensorflow/record";
import { command, type Ended } from "../../../support/command-line";

export interface Prepared extends FoundEngine {
  readonly libraries: string;
  readonly headers: string;
  readonly binding: string;
}

export async function preparedEngine(): Promise<Prepared> {
  const found = await findEngine("tensorflow", thisMachine());
  if (found === undefined)
    throw new Error(
      "Cannot test the set-up: it starts from an engine; run npm run test:tensorflow",
    );
  const { dependencies, binding } = engineFiles(found.folder, "tensorflow");
  const [libraries, headers] = [join(dependencies, "lib"), join(dependencies, "include")];
  return { ...found, libraries, headers, binding };
}

export function emptyFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "deep-fusion-set-up-"));
}

/** A real environment of this machine's Python, with the prepared TensorFlow where pip would put it. */
export async function pythonEnvironment(
  folder: string,
  { libraries, headers, record }: Prepared,
): Promise<void> {
  await promisify(execFile)("python3", ["-m", "venv", "--without-pip", folder]);
  const [version] = await readdir(join(folder, "lib"));
  const packages = join(folder, "lib", version!, "site-packages");
  const tensorflow = join(packages, "tensorflow");
  await mkdir(join(tensorflow, "python", "platform"), { recursive: true });
  for (const name of await readdir(libraries))
    await symlink(join(libraries, name), join(tensorflow, name));
  await symlink(headers, join(tensorflow, "include"));
  await writeFile(
    join(tensorflow, "__init__.py"),
    'raise RuntimeError("it is not to be imported")\n',
  );
  await writeFile(
    join(tensorflow, "python", "platform", "build_info.py"),
    'build_info = {"is_cuda_build": False}\n',
  );
  const metadata = join(packages, `tensorflow_cpu-${record.tensorflow}.dist-info`);
  await mkdir(metadata);
  await writeFile(
    join(metadata, "METADATA"),
    `Metadata-Version: 2.1\nName: tensorflow-cpu\nVersion: ${record.tensorflow}\n`,
  );
}

/** The command line in another engines' folder. */
export function doctorIn(engines: string, ...parameters: readonly string[]): Promise<Ended> {
  return withEngines(engines, () => command(tmpdir(), "doctor", ...parameters));
}

/** `work` starts its process at once, which then keeps the variable. */
export function withEngines<T>(engines: string, work: () => T): T {
  const before = process.env.DEEP_FUSION_ENGINES;
  process.env.DEEP_FUSION_ENGINES = engines;
  try {
    return work();
  } finally {
    process.env.DEEP_FUSION_ENGINES = before;
  }
}

export interface EngineRow {
  readonly engine: string;
  readonly device: string;
  readonly usable: boolean;
  readonly reason: string;
  readonly version?: string;
}

/** The row of the doctor's JSON on an engine and device. */
export async function examined(engines: string, device: string): Promise<EngineRow> {
  const { stdout } = await doctorIn(engines, "--json");
  const { engines: rows } = JSON.parse(stdout) as { readonly engines: readonly EngineRow[] };
  return rows.find((row) => row.engine === "tensorflow" && row.device === device)!;
}

export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}
