/**
 * Where the TensorFlow engine lies once it is set up: in a folder of the user's data, which every version of this
 * program shares. DEEP_FUSION_ENGINES names another folder for all engines.
 */
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** The CPU's TensorFlow, or CUDA's; each has its package, its libraries and its folder. */
export type Flavour = "tensorflow" | "tensorflow-gpu";

export const flavours: readonly Flavour[] = ["tensorflow", "tensorflow-gpu"];

export const flavourPackages = {
  tensorflow: "@tensorflow/tfjs-node",
  "tensorflow-gpu": "@tensorflow/tfjs-node-gpu",
} as const;

/** Packages that tfjs-node looks for, and finds empty; see load.ts. */
export const standIns = ["@tensorflow/tfjs", "@tensorflow/tfjs-core"] as const;

/** What of the surroundings decides where the folder is. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly home: string;
}

export function thisMachine(): Surroundings {
  return { environment: process.env, platform: process.platform, home: homedir() };
}

/** An absolute path; nothing need be there. */
export function engineFolder(flavour: Flavour, surroundings: Surroundings): string {
  return join(enginesFolder(surroundings), flavour);
}

function enginesFolder({ environment, platform, home }: Surroundings): string {
  const { DEEP_FUSION_ENGINES: chosen, XDG_DATA_HOME, LOCALAPPDATA } = environment;
  if (isGiven(chosen)) return resolve(chosen);
  const data = {
    darwin: join(home, "Library", "Application Support"),
    win32: isGiven(LOCALAPPDATA) ? LOCALAPPDATA : join(home, "AppData", "Local"),
    other: isGiven(XDG_DATA_HOME) ? XDG_DATA_HOME : join(home, ".local", "share"),
  };
  const kind = platform === "darwin" || platform === "win32" ? platform : "other";
  return resolve(data[kind], "deep-fusion", "engines");
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

/** Files of an engine's folder. */
export function engineFiles(folder: string, flavour: Flavour) {
  const packageFolder = join(folder, "node_modules", ...flavourPackages[flavour].split("/"));
  return {
    /** Says that the folder is whole, and what it holds. */
    record: join(folder, "engine.json"),
    manifest: join(folder, "package.json"),
    packageFolder,
    binding: join(packageFolder, "lib", "napi-v8", "tfjs_binding.node"),
    /** Only where the binding was built here: see install/native/quiet.cc. */
    quiet: join(packageFolder, "lib", "napi-v8", "quiet.node"),
    dependencies: join(packageFolder, "deps"),
  };
}
