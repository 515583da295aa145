/** What `deep-fusion doctor --json` says of this machine. */

/** An engine on a device, usable or not. */
export interface ReportedEngine {
  readonly engine: string;
  readonly device: string;
  readonly usable: boolean;
  /** Why it cannot be used; empty where it can. */
  readonly reason: string;
  /** Of the library that computes; absent where there is none. */
  readonly version?: string | undefined;
  /** Where it computes, as its maker names it; absent for the CPU. */
  readonly device_name?: string;
  /** That the device has in all; absent where it is not known. */
  readonly memory_bytes?: number;
  /** "float32", "float16": what matrix products are computed in; absent for what cannot be used. */
  readonly precisions?: readonly string[];
  /** ONNX operators of a training step that the device leaves to the CPU; absent where that cannot be. */
  readonly cpu_operators?: readonly string[];
  /** What is not known of it, though it is usable: "not yet tested on a real device". */
  readonly caution?: string;
  /** Measured: training steps of a small standard model; absent for what cannot be used. */
  readonly steps_per_second?: number;
  /** In matrix products, at that speed. */
  readonly flops_per_second?: number;
}

export interface DoctorAnswer {
  /** "deep-fusion 0.1.0". */
  readonly version: string;
  readonly node: string;
  readonly platform: string;
  readonly cores: number;
  readonly memory_bytes: number;
  readonly engines: readonly ReportedEngine[];
  /** Whether any engine is. */
  readonly usable: boolean;
}
