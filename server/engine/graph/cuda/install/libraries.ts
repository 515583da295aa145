/** CUDA's libraries and cuDNN, which the provider is linked to: the system's, or those of a Python environment. */
import { runProgram } from "../../../install/run-program";
import type { Work } from "../../../install/work";
import { librariesFrom, type Needed, parseNeeded, pipCommand } from "./needed";
import findNvidia from "./python/find_nvidia.py";

export interface Libraries {
  /** To be loaded before the provider, in this order; none where the loader finds the system's. */
  readonly libraries: readonly string[];
  /** The environment that has them. */
  readonly environment?: string;
}

/** As find_nvidia.py prints it. */
interface Found {
  readonly environment: string;
  readonly files: readonly string[];
}

/**
 * @param pythons interpreters, the best first
 * @throws {Error} some are found nowhere; the message says which, and what brings them
 */
export async function findLibraries(
  provider: string,
  pythons: readonly string[],
  { signal }: Pick<Work, "signal">,
): Promise<Libraries> {
  const said = await runProgram(["ldd", provider], { directory: ".", signal });
  const needed = parseNeeded(said);
  if (needed.missing.length === 0) return { libraries: [] };
  for (const python of pythons) {
    const found = await ask(python, signal);
    const libraries = found && librariesFrom(found.files, needed);
    if (libraries !== undefined) return { libraries, environment: found!.environment };
  }
  throw new Error(whatIsMissing(needed));
}

async function ask(python: string, signal: AbortSignal): Promise<Found | undefined> {
  try {
    const said = await runProgram([python, "-c", findNvidia], { directory: ".", signal });
    return JSON.parse(said) as Found;
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
}

function whatIsMissing(needed: Needed): string {
  const { missing, cuda } = needed;
  const command = pipCommand(needed);
  const byPip = command === undefined ? "" : `, or ${command}, and name that Python with --python`;
  return (
    `the provider needs ${missing.join(", ")}, and neither this system nor a Python environment has all of them; ` +
    `install CUDA ${cuda} and cuDNN 9${byPip}`
  );
}
