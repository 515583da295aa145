/** The pieces of work that a fusion's threads do: plain data, sent to whichever is free. */
import type { WrittenDtype } from "../../checkpoint/safetensors-writer";
import type { TensorPlace } from "../../checkpoint/tensor-source";
import type { TensorPlan } from "../layout";
import type { RowRange } from "../operator";

export interface PlacedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly place: TensorPlace;
}

/** Of a whole checkpoint, its tensors in the order of weightsSha256(). Gives the hash. */
export interface HashTask {
  readonly kind: "hash";
  readonly tensors: readonly PlacedTensor[];
}

/** Gives the standard deviation of the values of all tensors together. */
export interface DeviationTask {
  readonly kind: "deviation";
  readonly tensors: readonly PlacedTensor[];
}

/** Makes rows of a tensor of the child and writes them to their place. Gives how many bytes those are. */
export interface RowsTask {
  readonly kind: "rows";
  readonly tensor: TensorPlan;
  /** For each block the parent's tensor; undefined where the parent does not have the layer. */
  readonly sources: readonly (TensorPlace | undefined)[];
  readonly rows: RowRange;
  /** Of the fill; 0: zeros. */
  readonly std: number;
  readonly seed: number;
  readonly target: {
    readonly descriptor: number;
    /** Of the tensor's first value. */
    readonly position: number;
    readonly dtype: WrittenDtype;
  };
}

export type Task = HashTask | DeviationTask | RowsTask;
export type ResultOf<T extends Task> = T extends HashTask ? string : number;
