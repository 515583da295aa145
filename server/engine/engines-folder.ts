/**
 * Where engines lie that are set up on request: in a folder of the user's data, which every version of this program
 * shares. DEEP_FUSION_ENGINES names another one.
 */
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** In an engine's folder: written last, so a folder that has it is whole, and says what it holds. */
export const recordName = "engine.json";

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
export function enginesFolder({ environment, platform, home }: Surroundings): string {
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
