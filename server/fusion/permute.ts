/**
 * The same model with its hidden features, heads and inner units in another order: equal in exact arithmetic, so
 * that what differs between the two is the rounding of float32, measured without another engine.
 */
import type { T5Configuration } from "../checkpoint/configuration";
import { type AxisKind, axesOf } from "../checkpoint/tensor-axes";
import type { TensorSource } from "../checkpoint/tensor-source";
import { permutation } from "../random/draw";
import { streamKey } from "../random/threefry";

/** `fusion_parts` stay where they are; each is reordered within itself. */
export function permuteWeights(
  configuration: T5Configuration,
  weights: TensorSource,
  seed: number,
): TensorSource {
  const orders = ordersOf(configuration, seed);
  return {
    shapes: weights.shapes,
    async read(name) {
      const values = await weights.read(name);
      const [rowKind, columnKind] = axesOf(name);
      const columns = weights.shapes.get(name)!.at(-1)!;
      const rows = values.length / columns;
      const rowOrder = orders[rowKind] ?? identity(rows);
      const columnOrder = orders[columnKind] ?? identity(columns);
      return Float32Array.from(values, (_, i) => {
        const row = rowOrder[Math.floor(i / columns)]!;
        return values[row * columns + columnOrder[i % columns]!]!;
      });
    },
  };
}

/** For each kind of axis that may be reordered: which old index stands at each new one. */
function ordersOf(
  { fusion_parts, num_heads, d_kv, d_ff }: T5Configuration,
  seed: number,
): Partial<Record<AxisKind, Uint32Array>> {
  const order = (name: string, size: number) => permutation(streamKey(seed, name), size);
  const heads = order("heads", num_heads);
  const within = order("within", d_kv);
  let start = 0;
  const model = fusion_parts.flatMap((width, part) => {
    const moved = Array.from(order(`model ${part}`, width), (i) => start + i);
    start += width;
    return moved;
  });
  return {
    model: Uint32Array.from(model),
    heads,
    inner: Uint32Array.from({ length: num_heads * d_kv }, (_, i) => {
      return heads[Math.floor(i / d_kv)]! * d_kv + within[i % d_kv]!;
    }),
    ff: order("ff", d_ff),
  };
}

function identity(size: number): Uint32Array {
  return Uint32Array.from({ length: size }, (_, i) => i);
}
