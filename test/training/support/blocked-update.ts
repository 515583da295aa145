/** Walks an update's passes over blocks of a chosen number of rows, as engines do over blocks of their own choice. */
import { add, tensor, type Tensor, tidy } from "@tensorflow/tfjs-core";
import type { Scalars, UpdatePass, WeightUpdate } from "../../../server/engine/engine";
import "../../support/reference-engine";

interface Whole {
  readonly shape: readonly number[];
  readonly rows: boolean;
  values: Float32Array;
}
export type Held = Record<string, Whole>;

/** What a weight, its gradient and its state hold before the first update. */
export function held(update: WeightUpdate, shape: readonly number[], weight: Float32Array): Held {
  const size = (of: readonly number[]) => of.reduce((product, axis) => product * axis, 1);
  return {
    weight: { shape, rows: true, values: weight },
    gradient: { shape, rows: true, values: new Float32Array(size(shape)) },
    ...Object.fromEntries(
      Object.entries(update.state).map(([name, { shape: of, layout }]) => [
        name,
        { shape: of, rows: layout === "rows", values: new Float32Array(size(of)) },
      ]),
    ),
  };
}

/** One update in blocks of `blockRows` rows; changes `tensors` in place. */
export function updateInBlocks(
  update: WeightUpdate,
  tensors: Held,
  { scalars, blockRows }: { readonly scalars: Scalars; readonly blockRows: number },
): void {
  const all: Held = { ...tensors };
  for (const [name, value] of Object.entries(scalars)) {
    all[name] = { shape: [], rows: false, values: Float32Array.of(value) };
  }
  const rows = tensors.weight!.shape[0]!;
  for (const pass of update.passes) {
    const sums: Held = {};
    const size = pass.over === "rows" ? blockRows : rows;
    for (let start = 0; start < rows; start += size) {
      runBlock(pass, { all, sums, start, end: Math.min(rows, start + size) });
    }
    Object.assign(all, sums);
  }
}

interface Block {
  readonly all: Held;
  readonly sums: Held;
  readonly start: number;
  readonly end: number;
}

function runBlock(pass: UpdatePass, { all, sums, start, end }: Block): void {
  tidy(() => {
    const range = (whole: Whole) => {
      const perRow = whole.shape.slice(1).reduce((product, axis) => product * axis, 1);
      return [start * perRow, end * perRow] as const;
    };
    const given = pass.reads.map((name): [string, Tensor] => {
      const whole = all[name]!;
      if (!whole.rows) return [name, tensor(whole.values.slice(), [...whole.shape])];
      const part = whole.values.slice(...range(whole));
      return [name, tensor(part, [end - start, ...whole.shape.slice(1)])];
    });
    const results = pass.run(Object.fromEntries(given));
    for (const [name, value] of Object.entries(results.replace ?? {})) {
      const whole = all[name]!;
      whole.values.set(value.dataSync<"float32">(), whole.rows ? range(whole)[0] : 0);
    }
    for (const [name, value] of Object.entries(results.sums ?? {})) {
      const before = sums[name];
      const total = before === undefined ? value : add(value, tensor(before.values, value.shape));
      const values = total.dataSync<"float32">().slice();
      sums[name] = { shape: value.shape, rows: false, values };
    }
  });
}
