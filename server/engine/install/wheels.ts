/** Wheels of PyPI, fetched by pip for no Python in particular. */
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { watchGrowth } from "./growth";
import { runProgram } from "./run-program";
import type { Work } from "./work";

export interface WheelOptions {
  /** An interpreter that has pip. */
  readonly python: string;
  /** As in "tensorflow==2.21.0". */
  readonly requirements: readonly string[];
  /** A version of Python that they have wheels for: libraries in them are the same in all. */
  readonly pythonVersion: string;
  /** Linux's name of it. */
  readonly architecture: string;
}

/** @throws {Error} none of the interpreters has pip */
export async function findPip(pythons: readonly string[], signal: AbortSignal): Promise<string> {
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

/** @returns the wheels' paths in `wheels/` of the folder; whoever unpacks them removes them */
export async function fetchWheels(
  folder: string,
  { python, requirements, pythonVersion, architecture }: WheelOptions,
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
