/** Step records as columns that grow at their end: amortised, so that a point costs a point. */
import { mapColumns, stepColumns, type StepColumns } from "../../server/protocol/step-columns";

export class GrowingColumns {
  #columns: StepColumns = emptyColumns();
  #length = 0;
  #values: StepColumns | undefined;

  get length(): number {
    return this.#length;
  }

  /** Views of what is there now, the same until that changes; they do not grow. */
  get values(): StepColumns {
    this.#values ??= mapColumns((name) => this.#columns[name].subarray(0, this.#length));
    return this.#values;
  }

  /** The first ones are taken as they are, without a copy. */
  append(added: StepColumns): void {
    const count = added.step.length;
    if (count === 0) return;
    if (this.#length === 0) {
      this.#columns = { ...added };
    } else {
      this.#reserve(this.#length + count);
      for (const name of stepColumns) this.#columns[name].set(added[name], this.#length);
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
    const capacity = this.#columns.step.length;
    if (length <= capacity) return;
    const next = Math.max(length, 2 * capacity, 1024);
    this.#columns = mapColumns((name) => {
      const column = new Float64Array(next);
      column.set(this.#columns[name].subarray(0, this.#length));
      return column;
    });
  }
}

function emptyColumns(): StepColumns {
  return mapColumns(() => new Float64Array(0));
}
