/**
 * A lane is one thread that runs sessions: the caller's, or another one of the process. Lanes work side by side on
 * stores in common memory. What a lane is asked crosses a thread's border, so it is plain values.
 */
import type { HostTensors, Scalars, Specs } from "../../engine";
import type { Model } from "../onnx";
import type { TracedUnit } from "../update-units";

export interface Lane<Store> {
  /** The session's number. @throws {Error} onnxruntime refuses the graph */
  openSession(model: Model, threads: number): Promise<number>;
  /** The vector that the graph calls `numbers`. */
  runSession(call: SessionCall<Store>): Promise<Float32Array>;
  /** The number under which these parts of an update are known. */
  openUpdate(units: readonly TracedUnit[]): Promise<number>;
  runUpdate(call: UpdateCall<Store>): Promise<void>;
  /** A session, or parts of an update. */
  close(opened: number): void;
  dispose(): Promise<void>;
}

export interface SessionCall<Store> {
  readonly session: number;
  readonly reads: readonly Bundle<Store>[];
  readonly writes: readonly Bundle<Store>[];
  readonly inputs: HostTensors;
  readonly inputSpecs: Specs;
  /** How many there are. */
  readonly numbers: number;
}

/** Tensors of a store that the graph knows as `prefix:name`. */
export interface Bundle<Store> {
  readonly prefix: string;
  readonly store: Store;
  readonly names: readonly string[];
}

export interface UpdateCall<Store> {
  readonly update: number;
  readonly stores: {
    readonly weights: Store;
    readonly gradients: Store;
    readonly state: Store;
  };
  readonly scalars: Scalars;
}
