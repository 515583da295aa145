/** Ways to run a model whose kernels are read once for all of them. */
import { permutation } from "../../random/draw";
import { streamKey } from "../../random/threefry";
import type { Rows } from "../../checkpoint/row-source";

export type Pass =
  /** As the kernels are. */
  | { readonly kind: "plain" }
  /** Every product's terms are summed in another order: equal but for the rounding of float32. */
  | { readonly kind: "reordered"; readonly seed: number }
  /** As `change` leaves a kernel's rows; for this pass and those behind it. */
  | {
      readonly kind: "changed";
      readonly change: (name: string, values: Float32Array, rows: Rows) => void;
    };

/** Which stretch of columns stands at each place; stretches, so that memory is moved and not numbers. */
export interface Order {
  readonly stretch: number;
  readonly stretches: Uint32Array;
}

const longestStretch = 32;
const fewestStretches = 16;

/** The columns that do not fill a stretch stay at the end. */
export function summationOrder(seed: number, columns: number): Order {
  const stretch = Math.max(1, Math.min(longestStretch, Math.floor(columns / fewestStretches)));
  const key = streamKey(seed, `summation ${columns}`);
  return { stretch, stretches: permutation(key, Math.floor(columns / stretch)) };
}

/** Shapes: from and to [any, columns]; they are different memory. */
export function reorder(
  from: Float32Array,
  to: Float32Array,
  { columns, order: { stretch, stretches } }: { readonly columns: number; readonly order: Order },
): void {
  const moved = stretch * stretches.length;
  for (let row = 0; row < from.length; row += columns) {
    for (let i = 0; i < stretches.length; i++) {
      const start = row + stretches[i]! * stretch;
      to.set(from.subarray(start, start + stretch), row + i * stretch);
    }
    if (moved < columns) to.set(from.subarray(row + moved, row + columns), row + moved);
  }
}
