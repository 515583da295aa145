/**
 * How far two lots of values are apart: relative difference ||a - b|| / ||a|| and cosine <a, b> / (||a|| ||b||), both
 * accumulated in float64.
 */
import type { TensorDifference } from "../protocol/fusion";

export type Figures = Pick<TensorDifference, "relativeDifference" | "cosine">;

/** Both of one length. */
export function difference(a: Float32Array, b: Float32Array): Figures {
  const sums = new DifferenceSums();
  for (let i = 0; i < a.length; i++) sums.add(a[i]!, b[i]!);
  return sums.figures;
}

export class DifferenceSums {
  #aa = 0;
  #bb = 0;
  #ab = 0;
  #apart = 0;

  add(a: number, b: number): void {
    this.#aa += a * a;
    this.#bb += b * b;
    this.#ab += a * b;
    this.#apart += (a - b) * (a - b);
  }

  /** What a is best multiplied by to be b, in the least-squares sense; 1 where a is zero. */
  get factor(): number {
    return this.#aa === 0 ? 1 : this.#ab / this.#aa;
  }

  get figures(): Figures {
    const isZero = this.#aa === 0 || this.#bb === 0;
    return {
      relativeDifference: this.#apart === 0 ? 0 : Math.sqrt(this.#apart / this.#aa),
      cosine: isZero ? 0 : this.#ab / Math.sqrt(this.#aa * this.#bb),
    };
  }
}
