/** A fused checkpoint as it would be without the fill: what was written, with zeros outside the diagonal blocks. */
import type { TensorSource } from "../checkpoint/tensor-source";
import { clearOffDiagonal } from "./operator";
import type { FusionPlan } from "./plan";

export function unfilled(plan: FusionPlan, written: TensorSource): TensorSource {
  return {
    shapes: written.shapes,
    read: async (name) => {
      const tensor = plan.tensors.get(name)!;
      const values = await written.read(name);
      clearOffDiagonal(tensor, values, { from: 0, to: tensor.rows });
      return values;
    },
  };
}
