/**
 * The one interface between the mathematics and whatever executes it.
 *
 * Model, loss and optimizers are pure functions in tfjs-core operations. An engine either traces them once
 * (graph engine) or calls them at every step (tensorflow, reference); the callers cannot tell which.
 */
import type { Scalar, Tensor } from "@tensorflow/tfjs-core";

export interface TensorSpec {
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32";
}

/** Ordered: the order of the keys is the order in memory, and of every report. */
export type Specs = Readonly<Record<string, TensorSpec>>;
export type Tensors = Readonly<Record<string, Tensor>>;
export type Values = Float32Array | Int32Array;
export type HostTensors = Readonly<Record<string, Values>>;
export type Scalars = Readonly<Record<string, number>>;

/** In what matrix products are computed, forwards and backwards; everything else is float32, and so is every store. */
export type Precision = "float32" | "float16";

/** Pure: no state, no randomness, no reading of values; it sees only its arguments. */
export interface PureFunction {
  readonly weights: Specs;
  readonly inputs: Specs;
  evaluate(weights: Tensors, inputs: Tensors): Tensors;
}

/** `loss` is differentiated with respect to every weight; `metrics` are reported beside it. */
export interface LossFunction {
  readonly weights: Specs;
  readonly inputs: Specs;
  evaluate(
    weights: Tensors,
    inputs: Tensors,
  ): { loss: Scalar; metrics: Readonly<Record<string, Scalar>> };
}

/** Float32 tensors that live where the engine computes; used for weights, gradients and optimizer state. */
export interface TensorStore {
  readonly specs: Specs;
  /** A copy, in row-major order. @throws {RangeError} no such tensor */
  read(name: string): Promise<Float32Array>;
  /** @throws {RangeError} no such tensor, or another number of values */
  write(name: string, values: Float32Array): Promise<void>;
  dispose(): void;
}

export interface CompiledFunction {
  run(weights: TensorStore, inputs: HostTensors): Promise<HostTensors>;
  dispose(): void;
}

export interface GradientResult {
  readonly loss: number;
  readonly metrics: Scalars;
  /** Sum of squares of each gradient as it now stands in the store (accumulated), by weight name. */
  readonly squares: Scalars;
}

export interface CompiledGradients {
  /**
   * Writes the sum of the batches' gradients into `gradients`, or adds them to what is there, in the order of the
   * batches. Loss and metrics are sums over the batches too.
   */
  run(
    weights: TensorStore,
    gradients: TensorStore,
    batches: readonly HostTensors[],
    mode: "replace" | "accumulate",
  ): Promise<GradientResult>;
  dispose(): void;
}

/**
 * One pass of an update over a weight.
 *
 * `over: "rows"`: called on blocks of consecutive rows (first axis). Tensors of layout "rows" arrive as the
 * block's slice, others whole. `replace` gives new values of "rows" tensors (same name, same shape, written in
 * place); `sums` gives tensors without a row axis that are added up over all blocks, in order, and are whole
 * tensors under their names in the passes that follow.
 * `over: "whole"`: called once, after the blocks, on whole tensors only; `replace` writes state of layout
 * "whole" in place, `sums` makes further temporaries.
 * A pass must not depend on how many rows a block has.
 */
export interface UpdatePass {
  readonly over: "rows" | "whole";
  /** Names it reads: "weight", "gradient", the update's state, earlier sums, and scalars. */
  readonly reads: readonly string[];
  run(tensors: Tensors): { replace?: Tensors; sums?: Tensors };
}

export interface StateTensor {
  readonly shape: readonly number[];
  /** "rows": its first axis is the weight's, so that it is walked in blocks with it. */
  readonly layout: "rows" | "whole";
}

/** How an optimizer updates one weight: its state and its passes, in order. */
export interface WeightUpdate {
  readonly weight: string;
  /** By short name ("first_moment"); stored as `${weight}/${shortName}`. */
  readonly state: Readonly<Record<string, StateTensor>>;
  readonly passes: readonly UpdatePass[];
}

export interface UpdateProgram {
  readonly weights: Specs;
  /** Scalars fed at every step ("learning_rate", …); passes read them as tensors of shape []. */
  readonly scalars: readonly string[];
  readonly updates: readonly WeightUpdate[];
}

export interface CompiledUpdate {
  /** Specs of the optimizer state, `${weight}/${shortName}`; all zero at first. */
  readonly state: Specs;
  run(stores: {
    readonly weights: TensorStore;
    readonly gradients: TensorStore;
    readonly state: TensorStore;
    readonly scalars: Scalars;
  }): Promise<void>;
  dispose(): void;
}

export interface GradientOptions {
  /** As many as a run will mostly be given at once; 1 by default. */
  readonly batches?: number;
  /** "float32" by default. In float16 gradients of small losses vanish, and those of large ones are not finite. */
  readonly precision?: Precision;
  /**
   * Whether the backward pass computes anew what it needs of the forward pass, which then keeps little of it: the
   * same gradients in less memory and more time. False by default.
   */
  readonly recompute?: boolean;
}

export interface Engine {
  readonly name: "graph" | "tensorflow" | "reference";
  readonly device: "cpu" | "webgpu" | "cuda" | "dml" | "coreml";
  readonly threads: number;
  /** Whether a batch gains from being given in parts, which are then computed side by side. */
  readonly splitsBatches: boolean;
  /** All zero. */
  allocate(specs: Specs): TensorStore;
  compileFunction(definition: PureFunction): Promise<CompiledFunction>;
  /** @throws {RangeError} neither the engine nor its device computes so */
  compileGradients(definition: LossFunction, options?: GradientOptions): Promise<CompiledGradients>;
  compileUpdate(program: UpdateProgram): Promise<CompiledUpdate>;
  dispose(): Promise<void>;
}
