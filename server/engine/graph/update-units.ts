/** The units of an update's plan as graphs, opened on a thread and bound to the memory of stores. */
import type { Tensor } from "onnxruntime-node";
import type { UpdateProgram, WeightUpdate } from "../engine";
import { sizeOf } from "../host";
import type { OrtTensors, Session, SessionCache } from "./session";
import { BlockSum, type Call, type UpdateStores, bindCall, floatTensor } from "./update-call";
import { type Block, type Stage, type Unit, shapeOf } from "./update-plan";
import { type TracedPasses, tracePasses } from "./update-trace";

/** A unit of the plan with its graphs: plain values, which another thread can be sent. */
export type TracedUnit =
  | {
      readonly kind: "together";
      readonly weights: readonly string[];
      readonly passes: TracedPasses;
    }
  | {
      readonly kind: "blocks";
      readonly weight: string;
      /** State that is as large in every block. */
      readonly whole: readonly string[];
      readonly blocks: readonly Block[];
      readonly stages: readonly TracedStage[];
      /** Shapes of the sums over blocks. */
      readonly sums: Readonly<Record<string, readonly number[]>>;
    };

interface TracedStage {
  readonly over: Stage["over"];
  /** By the number of rows of a block; of a stage over the whole, there is one. */
  readonly variants: ReadonlyMap<number, TracedPasses>;
}

/** A unit whose sessions are open on this thread. */
export interface OpenUnit {
  /** Names of the scalars that it reads. */
  readonly scalars: readonly string[];
  bind(stores: UpdateStores, scalars: OrtTensors): readonly Call[];
  dispose(): void;
}

/** Units that have been traced: many are of the same passes over the same shapes. */
export type KnownUnits = { readonly unit: Unit; readonly traced: TracedUnit }[];

export function traceUnit(program: UpdateProgram, unit: Unit, known: KnownUnits): TracedUnit {
  const like = known.find((each) => areAlike(program, each.unit, unit))?.traced;
  if (like?.kind === "together") return { ...like, weights: weightsOf(unit) };
  if (like?.kind === "blocks") return { ...like, weight: weightsOf(unit)[0]! };
  const traced =
    unit.kind === "together" ? traceTogether(program, unit) : traceBlocks(program, unit);
  known.push({ unit, traced });
  return traced;
}

function areAlike({ weights }: UpdateProgram, one: Unit, other: Unit): boolean {
  const [ones, others] = [updatesOf(one), updatesOf(other)];
  return (
    one.kind === other.kind &&
    ones.length === others.length &&
    ones.every((update, index) => {
      const like = others[index]!;
      const isSameShape = shapeOf(weights, update).join() === shapeOf(weights, like).join();
      return update.passes === like.passes && isSameShape;
    })
  );
}

function updatesOf(unit: Unit): readonly WeightUpdate[] {
  return unit.kind === "together" ? unit.updates : [unit.update];
}

function weightsOf(unit: Unit): readonly string[] {
  return updatesOf(unit).map(({ weight }) => weight);
}

type Together = Extract<Unit, { kind: "together" }>;
type Blocks = Extract<Unit, { kind: "blocks" }>;
type TracedBlocks = Extract<TracedUnit, { kind: "blocks" }>;
export type TracedTogether = Extract<TracedUnit, { kind: "together" }>;

/** Whole weights, with all their passes, in one graph; sums stay inside. */
export function traceTogether(program: UpdateProgram, { updates }: Together): TracedTogether {
  const members = updates.map((update) => ({
    weight: update.weight,
    passes: update.passes,
    shapes: shapesOf(program, update, "whole"),
  }));
  return {
    kind: "together",
    weights: updates.map(({ weight }) => weight),
    passes: tracePasses(members, { scalars: program.scalars, sums: "inside" }),
  };
}

/** One big weight, stage by stage, each over all blocks. */
function traceBlocks(program: UpdateProgram, unit: Blocks): TracedBlocks {
  const { update, blocks } = unit;
  const sums = new Map<string, readonly number[]>();
  const stages = unit.stages.map((stage) => traceStage(program, { unit, stage, sums }));
  const whole = Object.entries(update.state).filter(([, { layout }]) => layout === "whole");
  return {
    kind: "blocks",
    weight: update.weight,
    whole: whole.map(([name]) => name),
    blocks,
    stages,
    sums: Object.fromEntries(sums),
  };
}

interface StageToTrace {
  readonly unit: Blocks;
  readonly stage: Stage;
  /** Those of earlier stages; the stage's own are added. */
  readonly sums: Map<string, readonly number[]>;
}

function traceStage(program: UpdateProgram, { unit, stage, sums }: StageToTrace): TracedStage {
  const { update } = unit;
  const known = new Map(sums);
  const variants = new Map<number, TracedPasses>();
  for (const { start, end } of blocksOf(stage.over, unit.blocks)) {
    const rows = end - start;
    if (variants.has(rows)) continue;
    const extent = stage.over === "rows" ? rows : "whole";
    const shapes = new Map([...shapesOf(program, update, extent), ...known]);
    const member = { weight: update.weight, passes: stage.passes, shapes };
    const traced = tracePasses([member], { scalars: program.scalars, sums: "fetched" });
    for (const { name, shape } of traced.sums) sums.set(name, shape);
    variants.set(rows, traced);
  }
  return { over: stage.over, variants };
}

/** Sessions by what they run. */
type Opened = Map<TracedPasses, Session>;

/** Opens the units' sessions, each for one thread; units that are traced alike share them. */
export async function openUnits(
  units: readonly TracedUnit[],
  sessions: SessionCache,
): Promise<OpenUnit[]> {
  const open: Opened = new Map();
  for (const passes of units.flatMap(passesOf)) {
    if (!open.has(passes)) open.set(passes, await sessions.open(passes.model, 1));
  }
  return units.map((unit) => openUnit(unit, open));
}

function passesOf(unit: TracedUnit): readonly TracedPasses[] {
  return unit.kind === "together"
    ? [unit.passes]
    : unit.stages.flatMap(({ variants }) => [...variants.values()]);
}

function openUnit(unit: TracedUnit, open: Opened): OpenUnit {
  const all = passesOf(unit);
  return {
    scalars: all.flatMap(({ scalars }) => scalars),
    bind: (stores, scalars) =>
      unit.kind === "together"
        ? [bindTogether(unit, { open, stores, scalars })]
        : bindBlocks(unit, { open, stores, scalars }),
    dispose: () => {
      for (const passes of all) open.get(passes)!.dispose();
    },
  };
}

interface Bound {
  readonly open: Opened;
  readonly stores: UpdateStores;
  readonly scalars: OrtTensors;
}

function bindTogether(
  { passes, weights }: Extract<TracedUnit, { kind: "together" }>,
  { open, stores, scalars }: Bound,
): Call {
  const values = memoryOf(stores);
  return bindCall(passes, open.get(passes)!, {
    scalars,
    locate: ({ member, name, shape }) => floatTensor(values(weights[member]!, name), shape),
  });
}

function bindBlocks(unit: TracedBlocks, { open, stores, scalars }: Bound): Call[] {
  const sums = new Map(
    Object.entries(unit.sums).map(([name, shape]) => [name, new BlockSum(shape)] as const),
  );
  return unit.stages.flatMap(({ over, variants }) =>
    blocksOf(over, unit.blocks).map((block, index, blocks) => {
      const passes = variants.get(block.end - block.start)!;
      const place = { first: index === 0, last: index === blocks.length - 1 };
      const locate = locateIn({ stores, unit, block, sums });
      return bindCall(passes, open.get(passes)!, {
        scalars,
        locate,
        sums: { all: sums, ...place },
      });
    }),
  );
}

/** A stage over the whole is one block of all rows. */
function blocksOf(over: Stage["over"], blocks: readonly Block[]): readonly Block[] {
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
  readonly unit: TracedBlocks;
  readonly block: Block;
  readonly sums: ReadonlyMap<string, BlockSum>;
}

function locateIn({ stores, unit, block, sums }: BlockMemory) {
  const values = memoryOf(stores);
  return ({ name, shape }: { name: string; shape: readonly number[] }): Tensor => {
    const sum = sums.get(name);
    if (sum !== undefined) return sum.whole;
    const all = values(unit.weight, name);
    const from = unit.whole.includes(name) ? 0 : block.start * sizeOf(shape.slice(1));
    return floatTensor(all.subarray(from, from + sizeOf(shape)), shape);
  };
}
