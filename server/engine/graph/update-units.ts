/** Compiles the units of an update's plan, and binds them to the memory of stores. */
import type { Tensor } from "onnxruntime-node";
import type { UpdateProgram, WeightUpdate } from "../engine";
import { sizeOf } from "../host";
import type { SessionCache } from "./session";
import { BlockSum, bindCall, floatTensor } from "./update-call";
import type { CompiledPasses, CompiledUnit, UpdateStores } from "./update-call";
import { type Block, type Stage, type Unit, shapeOf } from "./update-plan";
import { tracePasses } from "./update-trace";

/** Whole weights, with all their passes, in one graph; sums stay inside. */
export async function compileTogether(
  program: UpdateProgram,
  updates: readonly WeightUpdate[],
  sessions: SessionCache,
): Promise<CompiledUnit> {
  const members = updates.map((update) => ({
    weight: update.weight,
    passes: update.passes,
    shapes: shapesOf(program, update, "whole"),
  }));
  const traced = tracePasses(members, { scalars: program.scalars, sums: "inside" });
  const session = await sessions.open(traced.model);
  return {
    bind: (stores, scalars) => {
      const locate = memoryOf(stores);
      return [
        bindCall(
          { traced, session },
          {
            scalars,
            locate: ({ member, name, shape }) =>
              floatTensor(locate(updates[member]!.weight, name), shape),
          },
        ),
      ];
    },
    dispose: () => {
      session.dispose();
    },
  };
}

type Blocks = Extract<Unit, { kind: "blocks" }>;
type Sums = Map<string, BlockSum>;

interface CompiledStage {
  readonly over: Stage["over"];
  /** By the number of rows of a block; of a stage over the whole, there is one. */
  readonly variants: ReadonlyMap<number, CompiledPasses>;
}

/** One big weight, stage by stage, each over all blocks. */
export async function compileBlocks(
  program: UpdateProgram,
  unit: Blocks,
  sessions: SessionCache,
): Promise<CompiledUnit> {
  const sums: Sums = new Map();
  const stages: CompiledStage[] = [];
  for (const stage of unit.stages) {
    stages.push(await compileStage(program, { unit, stage, sums }, sessions));
  }
  return {
    bind: (stores, scalars) =>
      stages.flatMap((stage) =>
        blocksOf(stage, unit).map((block, index, blocks) => {
          const passes = stage.variants.get(block.end - block.start)!;
          const place = { first: index === 0, last: index === blocks.length - 1 };
          const locate = locateIn({ stores, unit, block, sums });
          return bindCall(passes, { scalars, locate, sums: { all: sums, ...place } });
        }),
      ),
    dispose: () => {
      for (const { variants } of stages) {
        for (const { session } of variants.values()) session.dispose();
      }
    },
  };
}

async function compileStage(
  program: UpdateProgram,
  { unit, stage, sums }: { readonly unit: Blocks; readonly stage: Stage; readonly sums: Sums },
  sessions: SessionCache,
): Promise<CompiledStage> {
  const { update } = unit;
  const known = new Map([...sums].map(([name, { shape }]) => [name, shape]));
  const variants = new Map<number, CompiledPasses>();
  for (const { start, end } of blocksOf(stage, unit)) {
    const rows = end - start;
    if (variants.has(rows)) continue;
    const extent = stage.over === "rows" ? rows : "whole";
    const shapes = new Map([...shapesOf(program, update, extent), ...known]);
    const member = { weight: update.weight, passes: stage.passes, shapes };
    const traced = tracePasses([member], { scalars: program.scalars, sums: "fetched" });
    for (const { name, shape } of traced.sums) sums.set(name, new BlockSum(shape));
    variants.set(rows, { traced, session: await sessions.open(traced.model) });
  }
  return { over: stage.over, variants };
}

/** A stage over the whole is one block of all rows. */
function blocksOf(
  { over }: { readonly over: Stage["over"] },
  { blocks }: Blocks,
): readonly Block[] {
  return over === "rows" ? blocks : [{ start: 0, end: blocks.at(-1)!.end }];
}

/** Shapes of what the passes of an update may read: of so many rows, or of all. */
function shapesOf(
  program: UpdateProgram,
  update: WeightUpdate,
  rows: number | "whole",
): ReadonlyMap<string, readonly number[]> {
  const cut = (shape: readonly number[]): readonly number[] =>
    rows === "whole" ? shape : shape.with(0, rows);
  const weight = shapeOf(program.weights, update);
  return new Map([
    ["weight", cut(weight)],
    ["gradient", cut(weight)],
    ...Object.entries(update.state).map(
      ([name, { shape, layout }]) => [name, layout === "rows" ? cut(shape) : shape] as const,
    ),
  ]);
}

/** The values of a weight, its gradient or its state. */
function memoryOf(stores: UpdateStores): (weight: string, name: string) => Float32Array {
  return (weight, name) => {
    if (name === "weight") return stores.weights.values(weight);
    if (name === "gradient") return stores.gradients.values(weight);
    return stores.state.values(`${weight}/${name}`);
  };
}

interface BlockMemory {
  readonly stores: UpdateStores;
  readonly unit: Blocks;
  readonly block: Block;
  readonly sums: Sums;
}

function locateIn({ stores, unit, block, sums }: BlockMemory) {
  const { update } = unit;
  const values = memoryOf(stores);
  return ({ name, shape }: { name: string; shape: readonly number[] }): Tensor => {
    const sum = sums.get(name);
    if (sum !== undefined) return sum.whole;
    const all = values(update.weight, name);
    // Tensors of layout "whole" are as large in every block.
    const rowSize = sizeOf(shape.slice(1));
    const inBlocks = update.state[name]?.layout !== "whole";
    const from = inBlocks ? block.start * rowSize : 0;
    return floatTensor(all.subarray(from, from + sizeOf(shape)), shape);
  };
}
