/**
 * How an update is cut up. A big weight is walked in blocks of rows that stay in cache while all operations of a
 * pass run over them; small weights go together, all their passes in one graph. The cuts depend on the shapes
 * alone, never on the number of threads, so that neither do the sums.
 */
import type { Specs, UpdatePass, UpdateProgram, WeightUpdate } from "../engine";
import { sizeOf } from "../host";

export type Unit =
  | { readonly kind: "together"; readonly updates: readonly WeightUpdate[] }
  | {
      readonly kind: "blocks";
      readonly update: WeightUpdate;
      readonly blocks: readonly Block[];
      readonly stages: readonly Stage[];
    };

/** Rows `start` to `end`, the latter not included. */
export interface Block {
  readonly start: number;
  readonly end: number;
}

/** Passes that can run one after the other on the same block. */
export interface Stage {
  readonly over: "rows" | "whole";
  readonly passes: readonly UpdatePass[];
}

export interface UnitSizes {
  /** Most elements of a block (a single row may have more), and of a weight that is not cut. */
  readonly block: number;
  /** Most elements of the weights that go together. */
  readonly together: number;
  /** Most elements of an update that is not worth a further thread. */
  readonly alone: number;
}

export function planUpdate(program: UpdateProgram, sizes: UnitSizes): Unit[] {
  const units: Unit[] = [];
  const small = new Map<string, WeightUpdate[]>();
  for (const update of program.updates) {
    const shape = shapeOf(program.weights, update);
    if (sizeOf(shape) > sizes.block && shape.length > 0) {
      const blocks = blocksOf(shape, sizes.block);
      units.push({ kind: "blocks", update, blocks, stages: stagesOf(update, program.scalars) });
    } else {
      const alike = small.get(shape.join()) ?? [];
      small.set(shape.join(), [...alike, update]);
    }
  }
  // Side by side with their like, so that many units are of the same shapes, and have a graph in common.
  return [...units, ...packed([...small.values()].flat(), program, sizes.together)];
}

function packed(
  updates: readonly WeightUpdate[],
  { weights }: UpdateProgram,
  most: number,
): readonly Unit[] {
  const units: { kind: "together"; updates: WeightUpdate[] }[] = [];
  let room = 0;
  for (const update of updates) {
    const size = sizeOf(shapeOf(weights, update));
    if (size > room || units.length === 0) {
      units.push({ kind: "together", updates: [] });
      room = most;
    }
    units.at(-1)!.updates.push(update);
    room -= size;
  }
  return units;
}

export function shapeOf(weights: Specs, { weight }: WeightUpdate): readonly number[] {
  const spec = weights[weight];
  if (spec === undefined) {
    throw new RangeError(`Cannot compile the update: it updates '${weight}', which is no weight`);
  }
  return spec.shape;
}

/** Blocks of equal size but for the last, so that all weights of a shape need two graphs at most. */
function blocksOf(shape: readonly number[], most: number): Block[] {
  const rows = shape[0]!;
  const mostRows = Math.max(1, Math.floor(most / sizeOf(shape.slice(1))));
  const step = Math.ceil(rows / Math.ceil(rows / mostRows));
  return Array.from({ length: Math.ceil(rows / step) }, (_, index) => ({
    start: index * step,
    end: Math.min(rows, (index + 1) * step),
  }));
}

/** A pass over rows joins the one before it unless it reads a sum, which is whole only after all blocks. */
function stagesOf({ passes, state }: WeightUpdate, scalars: readonly string[]): Stage[] {
  const known = new Set(["weight", "gradient", ...Object.keys(state), ...scalars]);
  const stages: { over: Stage["over"]; passes: UpdatePass[] }[] = [];
  for (const pass of passes) {
    const last = stages.at(-1);
    const readsSums = pass.over === "rows" && pass.reads.some((name) => !known.has(name));
    if (last?.over === pass.over && !readsSums) last.passes.push(pass);
    else stages.push({ over: pass.over, passes: [pass] });
  }
  return stages;
}
