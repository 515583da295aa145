/** Records as columns that grow at their end: amortised, so that a point costs a point. */
import { type Columns, mapColumns } from "../../server/protocol/columns";

export class GrowingColumns<Name extends string> {
  readonly #names: readonly [Name, ...Name[]];
  #columns: Columns<Name>;
  #length = 0;
  #values: Columns<Name> | undefined;

  constructor(names: readonly [Name, ...Name[]]) {
    this.#names = names;
    this.#columns = mapColumns(names, () => new Float64Array(0));
  }

  get length(): number {
    return this.#length;
  }

  /** Views of what is there now, the same until that changes; they do not grow. */
  get values(): Columns<Name> {
    this.#values ??= mapColumns(this.#names, (name) =>
      this.#columns[name].subarray(0, this.#length),
    );
    return this.#values;
  }

  /** The first ones are taken as they are, without a copy. */
  append(added: Columns<Name>): void {
    const count = added[this.#names[0]].length;
    if (count === 0) return;
    if (this.#length === 0) {
      this.#columns = { ...added };
    } else {
      this.#reserve(this.#length + count);
      for (const name of this.#names) this.#columns[name].set(added[name], this.#length);
    }
    this.#length += count;
    this.#values = undefined;
  }

  cutTo(length: number): void {
    if (length >= this.#length) return;
    this.#length = length;
    this.#values = undefined;
  }

  #reserve(length: number): void {
    const capacity = this.#columns[this.#names[0]].length;
    if (length <= capacity) return;
    const next = Math.max(length, 2 * capacity, 1024);
    this.#columns = mapColumns(this.#names, (name) => {
      const column = new Float64Array(next);
      column.set(this.#columns[name].subarray(0, this.#length));
      return column;
    });
  }
}
