/**
 * Reverse-mode differentiation of float64 matrices, for tests that must hold to machine precision. Plain loops,
 * a few operations, tiny sizes; shares no code with the product.
 */

export interface Node {
  readonly rows: number;
  readonly columns: number;
  /** Row-major. */
  readonly values: Float64Array;
  readonly gradient: Float64Array;
  readonly inputs: readonly Node[];
  /** Adds this node's gradient, times the local derivative, to its inputs'. */
  readonly push: () => void;
}

export function leaf(rows: number, columns: number, values: ArrayLike<number>): Node {
  return node({ rows, columns }, Float64Array.from(values), [], () => undefined);
}

/** Runs backwards from a [1, 1] node; gradients add up in every node it depends on. */
export function backward(loss: Node): void {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const visit = (current: Node) => {
    if (seen.has(current)) return;
    seen.add(current);
    current.inputs.forEach(visit);
    order.push(current);
  };
  visit(loss);
  loss.gradient[0] = 1;
  for (const current of order.reverse()) current.push();
}

/** [m, k] x [n, k] -> [m, n]: a linear layer with a kernel of [out, in]. */
export function timesTransposed(a: Node, b: Node): Node {
  const [m, n, k] = [a.rows, b.rows, a.columns];
  const values = new Float64Array(m * n);
  const each = (visit: (i: number, j: number, p: number) => void) => {
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) for (let p = 0; p < k; p++) visit(i, j, p);
  };
  each((i, j, p) => (values[i * n + j]! += a.values[i * k + p]! * b.values[j * k + p]!));
  const result: Node = node({ rows: m, columns: n }, values, [a, b], () => {
    each((i, j, p) => {
      const gradient = result.gradient[i * n + j]!;
      a.gradient[i * k + p]! += gradient * b.values[j * k + p]!;
      b.gradient[j * k + p]! += gradient * a.values[i * k + p]!;
    });
  });
  return result;
}

export function transpose(a: Node): Node {
  return gather({ rows: a.columns, columns: a.rows }, a, (row, column) => column * a.columns + row);
}

export function sliceColumns(a: Node, start: number, length: number): Node {
  return gather(
    { rows: a.rows, columns: length },
    a,
    (row, column) => row * a.columns + start + column,
  );
}

export function gatherRows(table: Node, ids: ArrayLike<number>): Node {
  return gather(
    { rows: ids.length, columns: table.columns },
    table,
    (row, column) => ids[row]! * table.columns + column,
  );
}

/** result[row, column] = a.values[index(row, column)] */
export function gather(
  size: { readonly rows: number; readonly columns: number },
  a: Node,
  index: (row: number, column: number) => number,
): Node {
  const from = Int32Array.from({ length: size.rows * size.columns }, (_, i) =>
    index(Math.floor(i / size.columns), i % size.columns),
  );
  const values = Float64Array.from(from, (i) => a.values[i]!);
  const result: Node = node(size, values, [a], () => {
    from.forEach((i, j) => (a.gradient[i]! += result.gradient[j]!));
  });
  return result;
}

export function concatColumns(pieces: readonly Node[]): Node {
  const rows = pieces[0]!.rows;
  const columns = pieces.reduce((sum, piece) => sum + piece.columns, 0);
  const values = new Float64Array(rows * columns);
  const each = (visit: (piece: Node, from: number, to: number) => void) => {
    let start = 0;
    for (const piece of pieces) {
      for (let i = 0; i < piece.values.length; i++) {
        const row = Math.floor(i / piece.columns);
        visit(piece, i, row * columns + start + (i % piece.columns));
      }
      start += piece.columns;
    }
  };
  each((piece, from, to) => (values[to] = piece.values[from]!));
  const result: Node = node({ rows, columns }, values, pieces, () => {
    each((piece, from, to) => (piece.gradient[from]! += result.gradient[to]!));
  });
  return result;
}

export function add(a: Node, b: Node): Node {
  const values = a.values.map((value, i) => value + b.values[i]!);
  const result: Node = node(a, values, [a, b], () => {
    result.gradient.forEach((gradient, i) => {
      a.gradient[i]! += gradient;
      b.gradient[i]! += gradient;
    });
  });
  return result;
}

export function multiply(a: Node, b: Node): Node {
  const values = a.values.map((value, i) => value * b.values[i]!);
  const result: Node = node(a, values, [a, b], () => {
    result.gradient.forEach((gradient, i) => {
      a.gradient[i]! += gradient * b.values[i]!;
      b.gradient[i]! += gradient * a.values[i]!;
    });
  });
  return result;
}

export function apply(
  a: Node,
  evaluate: (x: number) => number,
  derivative: (x: number) => number,
): Node {
  const result: Node = node(a, a.values.map(evaluate), [a], () => {
    result.gradient.forEach((gradient, i) => {
      a.gradient[i]! += gradient * derivative(a.values[i]!);
    });
  });
  return result;
}

export function times(a: Node, factor: number): Node {
  return apply(
    a,
    (x) => factor * x,
    () => factor,
  );
}

export function softmaxRows(a: Node): Node {
  const { rows, columns } = a;
  const values = new Float64Array(a.values.length);
  for (let row = 0; row < rows; row++) {
    const slice = a.values.subarray(row * columns, (row + 1) * columns);
    const top = Math.max(...slice);
    const sum = slice.reduce((total, x) => total + Math.exp(x - top), 0);
    slice.forEach((x, i) => (values[row * columns + i] = Math.exp(x - top) / sum));
  }
  const result: Node = node(a, values, [a], () => {
    for (let row = 0; row < rows; row++) {
      const at = (i: number) => row * columns + i;
      let dot = 0;
      for (let i = 0; i < columns; i++) dot += result.gradient[at(i)]! * values[at(i)]!;
      for (let i = 0; i < columns; i++) {
        a.gradient[at(i)]! += values[at(i)]! * (result.gradient[at(i)]! - dot);
      }
    }
  });
  return result;
}

/** x / sqrt(mean(x²) + epsilon) times weight [1, columns]. */
export function rmsNorm(x: Node, weight: Node, epsilon: number): Node {
  const { rows, columns } = x;
  const inverse = Float64Array.from({ length: rows }, (_, row) => {
    const slice = x.values.subarray(row * columns, (row + 1) * columns);
    return 1 / Math.sqrt(slice.reduce((sum, value) => sum + value * value, 0) / columns + epsilon);
  });
  const values = x.values.map(
    (value, i) => value * inverse[Math.floor(i / columns)]! * weight.values[i % columns]!,
  );
  const result: Node = node(x, values, [x, weight], () => {
    for (let row = 0; row < rows; row++) {
      const r = inverse[row]!;
      let dot = 0;
      for (let i = 0; i < columns; i++) {
        const at = row * columns + i;
        dot += result.gradient[at]! * weight.values[i]! * x.values[at]!;
        weight.gradient[i]! += result.gradient[at]! * x.values[at]! * r;
      }
      for (let i = 0; i < columns; i++) {
        const at = row * columns + i;
        x.gradient[at]! +=
          r * result.gradient[at]! * weight.values[i]! - (r ** 3 * dot * x.values[at]!) / columns;
      }
    }
  });
  return result;
}

/** Sum of -log softmax(logits)[row, labels[row]] -> [1, 1]. */
export function crossEntropy(logits: Node, labels: ArrayLike<number>): Node {
  const picked = gather({ rows: 1, columns: logits.rows }, softmaxRows(logits), (_, row) => {
    return row * logits.columns + labels[row]!;
  });
  const nll = apply(
    picked,
    (p) => -Math.log(p),
    (p) => -1 / p,
  );
  return timesTransposed(nll, leaf(1, nll.columns, new Float64Array(nll.columns).fill(1)));
}

function node(
  { rows, columns }: { readonly rows: number; readonly columns: number },
  values: Float64Array,
  inputs: readonly Node[],
  push: () => void,
): Node {
  if (values.length !== rows * columns) {
    throw new TypeError(`Cannot make a node of ${rows} x ${columns} from ${values.length} values`);
  }
  return { rows, columns, values, gradient: new Float64Array(values.length), inputs, push };
}
