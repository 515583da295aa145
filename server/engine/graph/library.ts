/** onnxruntime's files here, and which of its native parts a process loads. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Where a native part lies, and the one that is loaded in its place: see cuda/place.ts. */
export interface OtherBinding {
  readonly own: string;
  readonly other: string;
  /** What the other one needs, and the loader would not find; each is loaded before it, in this order. */
  readonly libraries: readonly string[];
  /** What onnxruntime then loads by itself, from beside the other one. */
  readonly provider: string;
}

/**
 * What onnxruntime is to find in its environment before its first session: from 1.29 on it tells Microsoft what it runs,
 * and keeps an id of the machine and a database of what it has yet to tell, whose writing waits for a busy disk.
 */
export const withoutTelemetry = { ORT_DISABLE_TELEMETRY: "1" } as const;

export function libraryPath(): string {
  return createRequire(import.meta.url).resolve("onnxruntime-node");
}

export function bindingPath(): string {
  const { platform, arch } = process;
  const folder = join(dirname(libraryPath()), "..", "bin", "napi-v6", platform, arch);
  return join(folder, "onnxruntime_binding.node");
}

/** Of the package; nothing is loaded. */
export function libraryVersion(): string {
  const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as {
    readonly version: string;
  };
  return version;
}

export function loadingFailure(cause: unknown): Error {
  const [reason] = String(cause instanceof Error ? cause.message : cause).split("\n");
  return new Error(
    `Cannot load onnxruntime, which computes: ${reason}; install Deep Fusion for this machine ` +
      `(${process.platform}-${process.arch}) again`,
    { cause },
  );
}
