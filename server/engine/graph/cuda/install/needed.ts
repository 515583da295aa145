/** What the loader finds, and does not find, of the libraries that the CUDA provider is linked to. */

export interface Needed {
  /** Names that the loader does not find: "libcublasLt.so.12". The driver's is not among them. */
  readonly missing: readonly string[];
  /** CUDA's major version. */
  readonly cuda: string;
}

/** It comes with the driver, and so with a card, which may be in another machine than this one. */
const driver = "libcuda.so.1";

/** Of ldd's lines: "libcublas.so.12 => not found", "libm.so.6 => /lib/libm.so.6 (0x…)". */
export function parseNeeded(said: string): Needed {
  const missing = [...said.matchAll(/(\S+) => not found/g)].map(([, name]) => name!);
  const cuda = /\blibcu(?:blas|blasLt|dart)\.so\.(\d+)/.exec(said)?.[1] ?? "12";
  return { missing: [...new Set(missing)].filter((name) => name !== driver), cuda };
}

/** NVIDIA's own packages of them, by the beginning of a library's name; each needs only those before it. */
const packages = {
  "libcudart.": "nvidia-cuda-runtime",
  "libnvrtc.": "nvidia-cuda-nvrtc",
  "libcublasLt.": "nvidia-cublas",
  "libcublas.": "nvidia-cublas",
  "libcurand.": "nvidia-curand",
  "libnvJitLink.": "nvidia-nvjitlink",
  "libcufft.": "nvidia-cufft",
  "libcudnn.": "nvidia-cudnn",
} as const;

/** What the provider opens when it first needs it. */
const later = (cuda: string): string[] => [`libnvrtc.so.${cuda}`, "libcudnn.so.9"];

/**
 * The files to load before the provider, in their order.
 * @param files of an environment
 * @returns undefined where one is missing there too
 */
export function librariesFrom(
  files: readonly string[],
  { missing, cuda }: Needed,
): readonly string[] | undefined {
  const nameOf = (file: string): string => file.slice(file.lastIndexOf("/") + 1);
  const wanted = [...missing, ...later(cuda)];
  const chosen = wanted.flatMap((name) => files.find((file) => nameOf(file) === name) ?? []);
  const names = chosen.map(nameOf);
  if (!missing.every((name) => names.includes(name))) return undefined;
  const rank = (file: string): number =>
    Object.keys(packages).findIndex((prefix) => nameOf(file).startsWith(prefix));
  return [...new Set(chosen)].sort((a, b) => rank(a) - rank(b));
}

/** What brings them, as a command; undefined where no package of NVIDIA's does. */
export function pipCommand({ missing, cuda }: Needed): string | undefined {
  const wanted = Object.entries(packages)
    .filter(([prefix]) => [...missing, ...later(cuda)].some((name) => name.startsWith(prefix)))
    .map(([, name]) => nameFor(name, cuda));
  return wanted.length === 0 ? undefined : `pip install ${[...new Set(wanted)].join(" ")}`;
}

/** From CUDA 13 on, those that belong to it have no version in their names; cuDNN's always has. */
function nameFor(name: string, cuda: string): string {
  return cuda === "12" || name === "nvidia-cudnn" ? `${name}-cu${cuda}` : name;
}
