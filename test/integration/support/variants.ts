import type { T5Configuration } from "../../../server/checkpoint/configuration";
import type { TensorSource } from "../../../server/checkpoint/tensor-source";
import { tiny } from "../../checkpoint/support/configurations";
import { sequenceSource } from "../../checkpoint/support/sources";

/** Large enough that a kill often falls into the writing. */
const configuration: T5Configuration = {
  ...tiny,
  vocab_size: 2000,
  d_model: 64,
  fusion_parts: [64],
};

/** Two checkpoints of one model that differ in every value. */
export function variant(index: number): { configuration: T5Configuration; weights: TensorSource } {
  return { configuration, weights: sequenceSource(configuration, 0.5 * index) };
}
