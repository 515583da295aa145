/**
 * How alike the parts of a fused kernel still are: max over pairs of parts ||W_ii - W_jj|| / ||W||, Frobenius.
 *
 * A self-fused child starts at 0 and, in exact arithmetic, without fill and dropout, stays there: it is the small
 * model again with other step sizes. Rounding breaks that, and the break grows exponentially.
 */
import { type Block, type Kernel, diagonalBlocks } from "./blocks";

/** @returns undefined where the kernel has one part, or parts of unequal sizes */
export function symmetryIndex(kernel: Kernel): number | undefined {
  const blocks = diagonalBlocks(kernel);
  if (blocks.length < 2 || blocks.some((block) => !sameSize(block, blocks[0]!))) return undefined;
  let largest = 0;
  blocks.forEach((one, i) => {
    for (const other of blocks.slice(i + 1)) {
      largest = Math.max(largest, squaredDistance(kernel, one, other));
    }
  });
  let squares = 0;
  for (let i = 0; i < kernel.values.length; i++) squares += kernel.values[i]! ** 2;
  return squares === 0 ? 0 : Math.sqrt(largest / squares);
}

function sameSize(one: Block, other: Block): boolean {
  return height(one) === height(other) && width(one) === width(other);
}

function height({ rows }: Block): number {
  return rows[1] - rows[0];
}

function width({ columns }: Block): number {
  return columns[1] - columns[0];
}

function squaredDistance({ values, shape }: Kernel, one: Block, other: Block): number {
  const stride = shape.at(-1)!;
  let sum = 0;
  for (let row = 0; row < height(one); row++) {
    const a = (one.rows[0] + row) * stride + one.columns[0];
    const b = (other.rows[0] + row) * stride + other.columns[0];
    for (let column = 0; column < width(one); column++) {
      sum += (values[a + column]! - values[b + column]!) ** 2;
    }
  }
  return sum;
}
