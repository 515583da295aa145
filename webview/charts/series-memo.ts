/** What is worked out from a stage's records, kept for as long as they are the same: a long log is a million of them. */
import type { Series } from "./series";

export class SeriesMemo {
  readonly #kept = new WeakMap<Series, Map<string, ArrayLike<number>>>();

  /** @param what names the outcome with all that it depends on, besides the series */
  get(series: Series, what: string, make: () => ArrayLike<number>): ArrayLike<number> {
    const kept = this.#kept.get(series) ?? new Map<string, ArrayLike<number>>();
    this.#kept.set(series, kept);
    const values = kept.get(what) ?? make();
    kept.set(what, values);
    return values;
  }
}
