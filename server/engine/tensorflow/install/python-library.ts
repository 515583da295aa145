/** The TensorFlow of a Python environment: links to its files, and no copy of them. */
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Flavour } from "../place";
import { type Library, libraryNames, oldestTensorFlow } from "./library";
import findTensorFlow from "./python/find_tensorflow.py";
import { runProgram } from "../../install/run-program";

/** As find_tensorflow.py prints it. */
type Found =
  | { readonly reason: string }
  | {
      readonly version: string;
      readonly folder: string;
      readonly environment: string;
      readonly cuda: boolean;
      /** NVIDIA's libraries, as tensorflow[and-cuda] brings them. */
      readonly nvidia?: string;
    };

/**
 * @param pythons interpreters, the best first
 * @throws {Error} none has a TensorFlow that will do; the message says why, for each
 */
export async function findPythonLibrary(
  pythons: readonly string[],
  flavour: Flavour,
  signal: AbortSignal,
): Promise<Library> {
  const reasons: string[] = [];
  for (const python of pythons) {
    const found = await ask(python, signal);
    const reason = "reason" in found ? found.reason : whyNot(found, flavour);
    if (reason === undefined && "folder" in found) return libraryOf(found);
    reasons.push(`${python}: ${reason ?? ""}`);
  }
  throw new Error(reasons.join("; "));
}

async function ask(python: string, signal: AbortSignal): Promise<Found> {
  try {
    const said = await runProgram([python, "-c", findTensorFlow], { directory: ".", signal });
    return JSON.parse(said) as Found;
  } catch (error) {
    signal.throwIfAborted();
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

function whyNot(
  { version, cuda }: Exclude<Found, { reason: string }>,
  flavour: Flavour,
): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = oldestTensorFlow;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor))
    return `its TensorFlow is ${version}, and ${oldestTensorFlow.join(".")} or newer is needed`;
  if (flavour === "tensorflow-gpu" && !cuda)
    return `its TensorFlow ${version} is built without CUDA`;
  return undefined;
}

function libraryOf({
  version,
  folder,
  environment,
  nvidia,
}: Exclude<Found, { reason: string }>): Library {
  return {
    origin: "python",
    title: `TensorFlow ${version} of ${environment}`,
    tensorflow: version,
    environment,
    place: async (target) => {
      await mkdir(join(target, "lib"), { recursive: true });
      for (const name of libraryNames) await symlink(join(folder, name), join(target, "lib", name));
      await symlink(join(folder, "include"), join(target, "include"));
      // The libraries look for NVIDIA's in ../nvidia, as seen from the link.
      if (nvidia !== undefined) await symlink(nvidia, join(target, "nvidia"));
    },
  };
}
