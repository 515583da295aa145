/** Interpreters of Python that may be asked, the one that the user means first. */
import { existsSync } from "node:fs";
import { join } from "node:path";

/** @param chosen an interpreter, or the folder of an environment */
export function pythonsToAsk(chosen: string | undefined): string[] {
  if (chosen !== undefined) return [interpreterOf(chosen)];
  const { VIRTUAL_ENV, CONDA_PREFIX } = process.env;
  const active = [VIRTUAL_ENV, CONDA_PREFIX].filter((folder) => (folder ?? "") !== "");
  return [...new Set([...active.map((folder) => interpreterOf(folder!)), "python3", "python"])];
}

function interpreterOf(path: string): string {
  const inside = [join("bin", "python"), join("bin", "python3"), join("Scripts", "python.exe")];
  return inside.map((file) => join(path, file)).find((file) => existsSync(file)) ?? path;
}
