/** Which heat maps a stage has: in the order of the file, and by kernel. */
import type { HeatMapPlace } from "../../server/protocol/heat-map-places";

export class HeatMapList {
  readonly #all: HeatMapPlace[] = [];
  #byKernel = new Map<string, HeatMapPlace[]>();

  get length(): number {
    return this.#all.length;
  }

  /** In the order of their steps. */
  get byKernel(): ReadonlyMap<string, readonly HeatMapPlace[]> {
    return this.#byKernel;
  }

  /** From the `first` on. */
  from(first: number): readonly HeatMapPlace[] {
    return this.#all.slice(first);
  }

  /** These in place of all from the `first` on. */
  replaceFrom(first: number, places: readonly HeatMapPlace[]): void {
    if (first < this.#all.length) {
      this.#all.length = first;
      this.#byKernel = new Map();
      for (const place of this.#all) this.#sortIn(place);
    }
    for (const place of places) {
      this.#all.push(place);
      this.#sortIn(place);
    }
  }

  #sortIn(place: HeatMapPlace): void {
    const same = this.#byKernel.get(place.kernel);
    if (same === undefined) this.#byKernel.set(place.kernel, [place]);
    else same.push(place);
  }
}
