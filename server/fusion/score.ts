/** What is kept of logits that come a stretch of the vocabulary at a time: their loss, and how far two models are apart. */

/** One model's logits of the tokens from `from` on: [targets, width]. */
export interface LogitsSlice {
  readonly from: number;
  readonly width: number;
  readonly logits: ArrayLike<number>;
}

/** Cross entropy in float64; exp is taken of differences to the largest logit so far. */
export class Loss {
  private readonly tops: Float64Array;
  private readonly totals: Float64Array;
  private readonly chosen: Float64Array;

  constructor(private readonly labels: Int32Array) {
    this.tops = new Float64Array(labels.length).fill(-Infinity);
    this.totals = new Float64Array(labels.length);
    this.chosen = new Float64Array(labels.length);
  }

  add({ from, width, logits }: LogitsSlice): void {
    this.labels.forEach((label, row) => {
      const start = row * width;
      let top = this.tops[row]!;
      for (let i = start; i < start + width; i++) top = Math.max(top, logits[i]!);
      let total = this.totals[row]! * Math.exp(this.tops[row]! - top);
      for (let i = start; i < start + width; i++) total += Math.exp(logits[i]! - top);
      this.tops[row] = top;
      this.totals[row] = total;
      if (label >= from && label < from + width) this.chosen[row] = logits[start + label - from]!;
    });
  }

  /** Nats, over all targets. */
  sum(): number {
    return this.labels.reduce(
      (sum, _, row) => sum + Math.log(this.totals[row]!) + this.tops[row]! - this.chosen[row]!,
      0,
    );
  }
}

/** max |one - reference| / max |reference|; NaN where one is. */
export class Distance {
  private difference = 0;
  private largest = 0;

  add(one: ArrayLike<number>, reference: ArrayLike<number>): void {
    let { difference, largest } = this;
    for (let i = 0; i < one.length; i++) {
      difference = Math.max(difference, Math.abs(one[i]! - reference[i]!));
      largest = Math.max(largest, Math.abs(reference[i]!));
    }
    this.difference = difference;
    this.largest = largest;
  }

  get relative(): number {
    return this.difference === 0 ? 0 : this.difference / this.largest;
  }
}
