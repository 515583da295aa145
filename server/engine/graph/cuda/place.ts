/**
 * Where onnxruntime's CUDA provider lies once it is set up. It is looked for beside onnxruntime's own library, so
 * that a copy of that one, and of the native part of onnxruntime-node that loads it, lies there too.
 */
import { join } from "node:path";
import { enginesFolder, recordName, type Surroundings } from "../../engines-folder";

/** As the user names it. */
export const cudaName = "cuda";

export const installCommand = `npx deep-fusion doctor --install ${cudaName}`;

/** Undefined where onnxruntime-node computes by CUDA. */
export function whyNotHere(): string | undefined {
  const { platform, arch } = process;
  if (platform === "linux" && arch === "x64") return undefined;
  return `onnxruntime-node computes by CUDA on linux-x64 alone, and this is ${platform}-${arch}`;
}

/** An absolute path; nothing need be there. */
export function cudaFolder(surroundings: Surroundings): string {
  return join(enginesFolder(surroundings), "onnxruntime-cuda");
}

/** What onnxruntime-node's own library looks for beside itself. */
export const providerNames = [
  "libonnxruntime_providers_shared.so",
  "libonnxruntime_providers_cuda.so",
] as const;

export function cudaFiles(folder: string) {
  const libraries = join(folder, "lib");
  return {
    record: join(folder, recordName),
    libraries,
    binding: join(libraries, "onnxruntime_binding.node"),
    provider: join(libraries, providerNames[1]),
  };
}

/** What CUDA's libraries read when they are loaded; what the user has set stays. */
export function cudaEnvironment(): Record<string, string> {
  // Products of float32 would be taken of factors of 10 bits otherwise.
  return { NVIDIA_TF32_OVERRIDE: process.env.NVIDIA_TF32_OVERRIDE ?? "0" };
}
