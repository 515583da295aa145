/** Products of activations with a kernel that is read piece by piece, the next piece while one is computed with. */
import type { Rows, RowSource } from "../../checkpoint/row-source";
import { Scratch } from "../../checkpoint/read-values";
import { product } from "./functions";
import { type Order, type Pass, reorder, summationOrder } from "./pass";
import type { Pieces } from "./pieces";

/** Of a kernel at a time; two are in memory. */
const pieceValues = 2 ** 20;

export class Kernels {
  private readonly scratches = [new Scratch(), new Scratch()] as const;
  private readonly moved = new Scratch();
  private readonly orders = new Map<string, Order>();

  constructor(
    private readonly pieces: Pieces,
    private readonly source: RowSource,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /**
   * For each pass its activations times the kernel.
   * Shapes: xs [tokens, columns], kernel [rows, columns] -> [tokens, rows of the range].
   */
  async times(
    name: string,
    { xs, passes, rows }: { xs: readonly Float32Array[]; passes: readonly Pass[]; rows?: Rows },
  ): Promise<Float32Array[]> {
    const [height, columns] = this.source.shapes.get(name) as readonly [number, number];
    const range = rows ?? { from: 0, to: height };
    const width = range.to - range.from;
    const tokens = xs[0]!.length / columns;
    const ordered = xs.map((x, i) => this.ordered(x, passes[i]!, columns));
    const ys: Float32Array[] = [];
    for await (const { part, values } of this.read(name, range)) {
      for (const [i, pass] of passes.entries()) {
        const kernel = this.kernelOf(pass, { name, part, values, columns });
        const y = await this.pieces.run(
          `product ${columns}`,
          () => product(tokens, part.to - part.from, columns),
          { x: ordered[i]!, kernel },
        );
        if (part.to - part.from === width) ys[i] = y;
        else {
          ys[i] ??= new Float32Array(tokens * width);
          placeColumns(y, ys[i], { width, start: part.from - range.from, tokens });
        }
      }
    }
    return ys;
  }

  /** A whole tensor that is small. */
  async small(name: string): Promise<Float32Array> {
    const shape = this.source.shapes.get(name)!;
    return this.source.rows(
      name,
      { from: 0, to: shape.length === 1 ? 1 : shape[0]! },
      new Scratch(),
    );
  }

  /** Rows of an embedding by their ids: [ids, columns]. */
  async gather(name: string, ids: Int32Array): Promise<Float32Array> {
    const columns = this.source.shapes.get(name)![1]!;
    const gathered = new Float32Array(ids.length * columns);
    for (const id of new Set(ids)) {
      const row = await this.source.rows(name, { from: id, to: id + 1 }, this.scratches[0]);
      ids.forEach((other, i) => {
        if (other === id) gathered.set(row, i * columns);
      });
    }
    return gathered;
  }

  private async *read(name: string, { from, to }: Rows) {
    const columns = this.source.shapes.get(name)![1]!;
    const height = Math.max(1, Math.floor(pieceValues / columns));
    const start = (first: number, scratch: Scratch) => {
      const part = { from: first, to: Math.min(first + height, to) };
      const values = this.source.rows(name, part, scratch);
      values.catch(() => undefined); // whoever waits for it hears of it
      return { part, values };
    };
    let next = start(from, this.scratches[0]);
    for (let i = 1; ; i++) {
      this.signal?.throwIfAborted();
      const { part, values } = next;
      const whole = await values;
      if (part.to < to) next = start(part.to, this.scratches[i % 2 === 0 ? 0 : 1]);
      yield { part, values: whole };
      if (part.to === to) return;
    }
  }

  private ordered(x: Float32Array, pass: Pass, columns: number): Float32Array {
    if (pass.kind !== "reordered") return x;
    const moved = new Float32Array(x.length);
    reorder(x, moved, { columns, order: this.order(pass.seed, columns) });
    return moved;
  }

  private kernelOf(
    pass: Pass,
    {
      name,
      part,
      values,
      columns,
    }: { name: string; part: Rows; values: Float32Array; columns: number },
  ): Float32Array {
    if (pass.kind === "changed") pass.change(name, values, part);
    if (pass.kind !== "reordered") return values;
    const moved = this.moved.floats(values.length);
    reorder(values, moved, { columns, order: this.order(pass.seed, columns) });
    return moved;
  }

  private order(seed: number, columns: number): Order {
    const key = `${seed} ${columns}`;
    const order = this.orders.get(key) ?? summationOrder(seed, columns);
    this.orders.set(key, order);
    return order;
  }
}

/** Shapes: from [tokens, any] into columns of to [tokens, width]. */
function placeColumns(
  from: Float32Array,
  to: Float32Array,
  {
    width,
    start,
    tokens,
  }: { readonly width: number; readonly start: number; readonly tokens: number },
): void {
  const columns = from.length / tokens;
  for (let token = 0; token < tokens; token++) {
    const row = from.subarray(token * columns, (token + 1) * columns);
    to.set(row, token * width + start);
  }
}
