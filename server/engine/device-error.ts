/** A device that computes no further: its memory is used up, or it has gone. What was on it is lost. */
import type { Engine } from "./engine";

export type DeviceFault =
  { readonly kind: "memory"; readonly buffer?: RefusedBuffer } | { readonly kind: "lost" };

/** One tensor that is larger than any that the device takes. */
export interface RefusedBuffer {
  readonly neededBytes: number;
  readonly limitBytes: number;
}

export class DeviceError extends Error {
  override readonly name = "DeviceError";

  constructor(
    readonly device: Engine["device"],
    readonly fault: DeviceFault,
    options: { readonly cause: unknown; readonly message?: string },
  ) {
    super(options.message ?? `Cannot compute on ${device}: ${wordsFor(fault)}`, options);
  }
}

/** The error itself, where it says nothing of the device. Of the CPU it never does: there the program ends. */
export function asDeviceError(error: unknown, device: Engine["device"]): unknown {
  if (device === "cpu" || !(error instanceof Error)) return error;
  const fault = faultIn(error.message);
  return fault === undefined ? error : new DeviceError(device, fault, { cause: error });
}

/** What went wrong, in one line: of a failure of CUDA its own words, and not where onnxruntime heard them. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /CUDA failure \d+: [^;]+(?= ;)/.exec(message)?.[0] ?? message;
}

/**
 * The words of Dawn (WebGPU), CUDA and Direct3D. A buffer that could not be made Dawn calls invalid where it is used.
 * onnxruntime (1.30) cuts a tensor that is too large to bind into segments, and not all of its programs know of that.
 */
const usedUp =
  /\[Invalid (Buffer|ShaderModule)|OUT_OF_(DEVICE|HOST)_MEMORY|out of memory|Allocation size too large|Failed to allocate memory|E_OUTOFMEMORY|8007000E/i;
const gone =
  /device (is|was) lost|DEVICE_LOST|DEVICE_REMOVED|DEVICE_HUNG|887A000[567]|Failed to download data from buffer|CUDA failure (4|46|700|719):/i;
const tooLarge = /Buffer size \((\d+)\) exceeds the max buffer size limit \((\d+)\)/;

function faultIn(message: string): DeviceFault | undefined {
  const [, needed, limit] = tooLarge.exec(message) ?? [];
  if (needed !== undefined) {
    const buffer = { neededBytes: Number(needed), limitBytes: Number(limit) };
    return { kind: "memory", buffer };
  }
  if (usedUp.test(message)) return { kind: "memory" };
  return gone.test(message) ? { kind: "lost" } : undefined;
}

function wordsFor(fault: DeviceFault): string {
  if (fault.kind === "lost") return "it has gone, or its driver has begun anew";
  if (fault.buffer === undefined)
    return "its memory is used up, or a tensor is larger than it takes";
  const { neededBytes, limitBytes } = fault.buffer;
  return `one tensor takes ${mebibytes(neededBytes)}, and the device takes ${mebibytes(limitBytes)} at most`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
