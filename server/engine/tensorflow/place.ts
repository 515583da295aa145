/** Where the TensorFlow engine lies once it is set up. */
import { join } from "node:path";
import { enginesFolder, recordName, type Surroundings } from "../engines-folder";

/** The CPU's TensorFlow, or CUDA's; each has its package, its libraries and its folder. */
export type Flavour = "tensorflow" | "tensorflow-gpu";

export const flavours: readonly Flavour[] = ["tensorflow", "tensorflow-gpu"];

export const flavourPackages = {
  tensorflow: "@tensorflow/tfjs-node",
  "tensorflow-gpu": "@tensorflow/tfjs-node-gpu",
} as const;

/** Packages that tfjs-node looks for, and finds empty; see load.ts. */
export const standIns = ["@tensorflow/tfjs", "@tensorflow/tfjs-core"] as const;

/** An absolute path; nothing need be there. */
export function engineFolder(flavour: Flavour, surroundings: Surroundings): string {
  return join(enginesFolder(surroundings), flavour);
}

/** Files of an engine's folder. */
export function engineFiles(folder: string, flavour: Flavour) {
  const packageFolder = join(folder, "node_modules", ...flavourPackages[flavour].split("/"));
  return {
    /** Says that the folder is whole, and what it holds. */
    record: join(folder, recordName),
    manifest: join(folder, "package.json"),
    packageFolder,
    binding: join(packageFolder, "lib", "napi-v8", "tfjs_binding.node"),
    /** Only where the binding was built here: see install/native/quiet.cc. */
    quiet: join(packageFolder, "lib", "napi-v8", "quiet.node"),
    dependencies: join(packageFolder, "deps"),
  };
}
