/** What the axes of a T5's stored tensors stand for: linear weights are [out, in], as in torch. */

/** "inner" is num_heads x d_kv, head by head; "one" is the missing first axis of a vector. */
export type AxisKind = "vocabulary" | "buckets" | "model" | "heads" | "inner" | "ff" | "one";

/** Rows and columns of a stored tensor. @throws {RangeError} not a tensor of a T5 */
export function axesOf(name: string): readonly [rows: AxisKind, columns: AxisKind] {
  switch (roleOf(name)) {
    case "shared":
    case "lm_head":
      return ["vocabulary", "model"];
    case "relative_attention_bias":
      return ["buckets", "heads"];
    case "q":
    case "k":
    case "v":
      return ["inner", "model"];
    case "o":
      return ["model", "inner"];
    case "wi":
    case "wi_0":
    case "wi_1":
      return ["ff", "model"];
    case "wo":
      return ["model", "ff"];
    case "layer_norm":
    case "final_layer_norm":
      return ["one", "model"];
    default:
      throw new RangeError(`Cannot tell the axes of tensor ${name}: a T5 has no such tensor`);
  }
}

/** "q" of "encoder.block.0.layer.0.SelfAttention.q.weight". */
function roleOf(name: string): string {
  return name.split(".").at(-2) ?? "";
}
