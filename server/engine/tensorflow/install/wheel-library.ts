/** The TensorFlow of a wheel from PyPI, fetched by pip for no Python in particular. */
import { rm } from "node:fs/promises";
import { runProgram } from "../../install/run-program";
import { fetchWheels, findPip } from "../../install/wheels";
import type { Work } from "../../install/work";
import type { Flavour } from "../place";
import type { Library } from "./library";
import unpackWheel from "./python/unpack_wheel.py";

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

interface Fetched {
  readonly python: string;
  readonly requirement: string;
  readonly architecture: string;
  readonly flavour: Flavour;
}

async function placeWheels(folder: string, wheel: Fetched, work: Work): Promise<void> {
  const wheels = { ...wheel, pythonVersion };
  const requirements = [wheel.requirement];
  const [main] = await fetchWheels(folder, { ...wheels, requirements }, work);
  work.report(`unpacking TensorFlow ${version}`);
  const needed = await unpack(main!, folder, wheel, work);
  if (wheel.flavour !== "tensorflow-gpu") return;
  const libraries = await fetchWheels(folder, { ...wheels, requirements: needed }, work);
  work.report("unpacking CUDA's libraries");
  for (const library of libraries) await unpack(library, folder, wheel, work);
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
