/** The TensorFlow of a wheel from PyPI, fetched by pip for no Python in particular. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Flavour } from "../place";
import { watchGrowth } from "./growth";
import type { Library } from "./library";
import unpackWheel from "./python/unpack_wheel.py";
import { runProgram } from "./run-program";
import type { Work } from "./work";

const version = "2.21.0";
/** One that this TensorFlow has wheels for; its libraries are the same in all of them. */
const pythonVersion = "3.12";

const architectures: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: "x86_64",
  arm64: "aarch64",
};

/**
 * @param pythons interpreters, the best first
 * @throws {Error} there is no wheel for this machine, or no pip; the message says which
 */
export async function findWheelLibrary(
  pythons: readonly string[],
  flavour: Flavour,
  signal: AbortSignal,
): Promise<Library> {
  const { platform, arch } = process;
  const architecture = architectures[arch];
  if (platform !== "linux" || architecture === undefined)
    throw new Error(`TensorFlow's wheels for ${platform}-${arch} have no library to build against`);
  if (flavour === "tensorflow-gpu" && arch !== "x64")
    throw new Error(`TensorFlow's wheels for ${platform}-${arch} are built without CUDA`);
  const python = await findPip(pythons, signal);
  const isSmall = flavour === "tensorflow" && arch === "x64";
  const requirement = `${isSmall ? "tensorflow-cpu" : "tensorflow"}==${version}`;
  return {
    origin: "wheel",
    title: `TensorFlow ${version} of PyPI`,
    tensorflow: version,
    place: (folder, work) =>
      placeWheels(folder, { python, requirement, architecture, flavour }, work),
  };
}

async function findPip(pythons: readonly string[], signal: AbortSignal): Promise<string> {
  for (const python of pythons) {
    try {
      await runProgram([python, "-m", "pip", "--version"], { directory: ".", signal });
      return python;
    } catch {
      signal.throwIfAborted();
    }
  }
  throw new Error(
    `no Python with pip was found as ${pythons.join(", ")}; install one (apt-get install python3-pip)`,
  );
}

interface Fetched {
  readonly python: string;
  readonly requirement: string;
  readonly architecture: string;
  readonly flavour: Flavour;
}

async function placeWheels(folder: string, wheel: Fetched, work: Work): Promise<void> {
  const [main] = await fetchWheels(folder, [wheel.requirement], wheel, work);
  work.report(`unpacking TensorFlow ${version}`);
  const needed = await unpack(main!, folder, wheel, work);
  if (wheel.flavour !== "tensorflow-gpu") return;
  const libraries = await fetchWheels(folder, needed, wheel, work);
  work.report("unpacking CUDA's libraries");
  for (const library of libraries) await unpack(library, folder, wheel, work);
}

/** @returns the wheels' paths; whoever unpacks them removes them */
async function fetchWheels(
  folder: string,
  requirements: readonly string[],
  { python, architecture }: Fetched,
  { signal, onOutput, report }: Work,
): Promise<string[]> {
  const target = join(folder, "wheels");
  // pip keeps among the temporary files what it is fetching.
  const partial = join(folder, "wheels", "partial");
  await mkdir(partial, { recursive: true });
  // From manylinux_2_17 on; pip compares these literally.
  const tags = [17, 24, 26, 27, 28, 31, 34, 35].map((glibc) => `manylinux_2_${glibc}`);
  const stop = watchGrowth(partial, (megabytes) => {
    report(`fetching ${requirements[0]!}${requirements.length > 1 ? " …" : ""}: ${megabytes} MB`);
  });
  try {
    await runProgram(
      [
        ...([python, "-m", "pip", "download"] as const),
        ...["--no-deps", "--no-cache-dir", "--disable-pip-version-check", "--progress-bar", "off"],
        ...["--only-binary=:all:", "--python-version", pythonVersion, "--dest", target],
        ...["manylinux2014", ...tags].flatMap((tag) => ["--platform", `${tag}_${architecture}`]),
        ...requirements,
      ],
      { directory: folder, signal, onOutput, environment: { TMPDIR: partial } },
    );
  } finally {
    stop();
  }
  const names = await readdir(target);
  return names.filter((name) => name.endsWith(".whl")).map((name) => join(target, name));
}

async function unpack(
  wheel: string,
  folder: string,
  { python }: Fetched,
  { signal, onOutput }: Work,
): Promise<string[]> {
  const said = await runProgram([python, "-c", unpackWheel, wheel, folder], {
    directory: folder,
    signal,
    onOutput,
  });
  await rm(wheel);
  return JSON.parse(said) as string[];
}
