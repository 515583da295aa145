/**
 * Float64 matrices that carry a tangent: each operation gives its value and its derivative along one direction of
 * the inputs. A gradient computed with them has the Hessian times that direction as its tangent
 * (forward over reverse; Pearlmutter 1994), exactly and without differences.
 */
export interface Dual {
  readonly rows: number;
  readonly columns: number;
  /** Row-major, as `tangent` is. */
  readonly value: Float64Array;
  readonly tangent: Float64Array;
}

/** @throws {TypeError} the arrays are not of rows x columns values */
export function dual(
  rows: number,
  columns: number,
  value: Float64Array,
  tangent = new Float64Array(value.length),
): Dual {
  if (value.length !== rows * columns || tangent.length !== value.length) {
    throw new TypeError(
      `Cannot make a matrix of ${rows} x ${columns}: got ${value.length} values, ${tangent.length} tangents`,
    );
  }
  return { rows, columns, value, tangent };
}

/** Shapes: [m, k] x [k, n] -> [m, n]. @throws {TypeError} the inner sizes differ */
export function multiply(a: Dual, b: Dual): Dual {
  if (a.columns !== b.rows) {
    throw new TypeError(
      `Cannot multiply ${a.rows} x ${a.columns} by ${b.rows} x ${b.columns}: inner sizes differ`,
    );
  }
  const value = new Float64Array(a.rows * b.columns);
  const tangent = new Float64Array(a.rows * b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      const [x, dx] = [a.value[i * a.columns + k]!, a.tangent[i * a.columns + k]!];
      for (let j = 0; j < b.columns; j++) {
        const [y, dy] = [b.value[k * b.columns + j]!, b.tangent[k * b.columns + j]!];
        value[i * b.columns + j]! += x * y;
        tangent[i * b.columns + j]! += dx * y + x * dy;
      }
    }
  }
  return dual(a.rows, b.columns, value, tangent);
}

export function transpose({ rows, columns, value, tangent }: Dual): Dual {
  const turned = (values: Float64Array) =>
    values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
  return dual(columns, rows, turned(value), turned(tangent));
}

/** a + factor b; b may be one row that is added to each. */
export function addScaled(a: Dual, b: Dual, factor: number): Dual {
  const at = (values: Float64Array, i: number) => values[i % values.length]!;
  return dual(
    a.rows,
    a.columns,
    a.value.map((x, i) => x + factor * at(b.value, i)),
    a.tangent.map((x, i) => x + factor * at(b.tangent, i)),
  );
}

export function tanh({ rows, columns, value, tangent }: Dual): Dual {
  const result = value.map(Math.tanh);
  return dual(
    rows,
    columns,
    result,
    tangent.map((dx, i) => (1 - result[i]! ** 2) * dx),
  );
}

/** dy (1 - y²), element by element: what flows back through y = tanh(x). */
export function tanhGradient(dy: Dual, y: Dual): Dual {
  return dual(
    y.rows,
    y.columns,
    dy.value.map((g, i) => g * (1 - y.value[i]! ** 2)),
    dy.tangent.map((dg, i) => {
      return dg * (1 - y.value[i]! ** 2) - 2 * dy.value[i]! * y.value[i]! * y.tangent[i]!;
    }),
  );
}

/** Shapes: [rows, columns] -> [1, columns]. */
export function sumRows({ columns, value, tangent }: Dual): Dual {
  const sums = (values: Float64Array) => {
    const sum = new Float64Array(columns);
    values.forEach((x, i) => (sum[i % columns]! += x));
    return sum;
  };
  return dual(1, columns, sums(value), sums(tangent));
}
