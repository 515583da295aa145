/** What a fusion must know of its parents before it reads a weight. */
import type { CarriedTensor } from "../checkpoint/carried-tensors";
import type { T5Configuration } from "../checkpoint/configuration";
import type { FusionMethod } from "../protocol/checkpoint";

export interface FusionParent {
  readonly name: string;
  readonly configuration: T5Configuration;
  /** Stored tensors, as the header of the weights gives them. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Beside the weights. */
  readonly carried?: readonly CarriedTensor[];
  /** Absent where the checkpoint has no tokenizer files. */
  readonly tokenizer?: { readonly sha256: string; readonly vocabSize: number };
  /** The same for two parents with the same weights; without it only the same object is the same model. */
  readonly identity?: string;
}

export interface FusionOptions {
  readonly method: FusionMethod;
  /** How often a single parent is taken; 1 with several parents. */
  readonly copies: number;
}
