/** Step records as columns that grow at their end: amortised, so that a point costs a point. */
import { stepColumns, type StepColumns } from "../../server/protocol/hub";

type Columns = Record<(typeof stepColumns)[number], Float64Array>;

export class GrowingColumns {
  #columns: Columns = emptyColumns();
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Views of what is there now; they do not grow. */
  get values(): StepColumns {
    return mapColumns((name) => this.#columns[name].subarray(0, this.#length));
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
  }

  cutTo(length: number): void {
    this.#length = Math.min(this.#length, length);
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

function emptyColumns(): Columns {
  return mapColumns(() => new Float64Array(0));
}

function mapColumns(make: (name: (typeof stepColumns)[number]) => Float64Array): Columns {
  return Object.fromEntries(stepColumns.map((name) => [name, make(name)])) as Columns;
}
