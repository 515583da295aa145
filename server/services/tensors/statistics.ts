/** Statistics of a tensor's finite values, gathered piece by piece, in two passes: bins need the range. */
import type { TensorStatistics } from "../../protocol/tensors";

const bins = 64;

/** Of the first pass. */
export interface Range {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly norm: number;
  readonly zeros: number;
  readonly notFinite: number;
}

export class RangeSums {
  #min = Infinity;
  #max = -Infinity;
  #sum = 0;
  #squares = 0;
  #zeros = 0;
  #notFinite = 0;
  #count = 0;

  add(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) this.#addOne(values[i]!);
  }

  #addOne(value: number): void {
    if (!Number.isFinite(value)) {
      this.#notFinite++;
      return;
    }
    this.#count++;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    if (value === 0) this.#zeros++;
    this.#sum += value;
    this.#squares += value * value;
  }

  get range(): Range {
    const [count, zeros, notFinite] = [this.#count, this.#zeros, this.#notFinite];
    if (count === 0) return { count, min: 0, max: 0, mean: 0, norm: 0, zeros, notFinite };
    return {
      ...{ count, zeros, notFinite, min: this.#min, max: this.#max },
      ...{ mean: this.#sum / count, norm: Math.sqrt(this.#squares) },
    };
  }
}

/** The second pass. */
export class SpreadSums {
  readonly #range: Range;
  readonly #histogram = new Array<number>(bins).fill(0);
  #apart = 0;

  constructor(range: Range) {
    this.#range = range;
  }

  add(values: ArrayLike<number>): void {
    const { min, max, mean } = this.#range;
    const width = (max - min) / bins;
    const histogram = this.#histogram;
    let apart = 0;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) continue;
      apart += (value - mean) ** 2;
      const bin = width === 0 ? 0 : Math.min(bins - 1, Math.floor((value - min) / width));
      histogram[bin]!++;
    }
    this.#apart += apart;
  }

  get statistics(): TensorStatistics {
    const { count } = this.#range;
    if (count === 0) return { ...this.#range, std: 0, histogram: [] };
    return { ...this.#range, std: Math.sqrt(this.#apart / count), histogram: this.#histogram };
  }
}
