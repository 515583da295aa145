import { describe, expect, test } from "vitest";
import type { T5Configuration } from "../../server/checkpoint/configuration";
import { isFactored, type OptimizerKind } from "../../server/checkpoint/optimizer-state";
import type { TensorSource } from "../../server/checkpoint/tensor-source";
import { findStateFaults, growState, type ParentState } from "../../server/fusion/grow";
import type { TensorPlan } from "../../server/fusion/layout";
import { columnMeans, rowMeans } from "../../server/fusion/moments";
import { type FusionPlan, planFusion } from "../../server/fusion/plan";
import type { FusionMethod } from "../../server/protocol/checkpoint";
import {
  childInFloat64,
  configured,
  heads,
  inFloat64,
  parentOf,
  randomWeights,
} from "./support/parents";
import { type Slope, type Weights64, gradients64 } from "./support/t5-float64";

const examples = [
  { inputs: [3, 7, 2, 9, 4], targets: [5, 8, 10, 1] },
  { inputs: [6, 2, 10], targets: [9, 4] },
];

type Gradients = ReadonlyMap<string, Float64Array>;
type Shapes = ReadonlyMap<string, readonly number[]>;

/** The state after one update of an optimizer whose newest gradient counts alone. */
function stateOf(kind: OptimizerKind, shapes: Shapes, gradients: Gradients): TensorSource {
  const tensors = new Map<string, Float32Array>();
  for (const [name, gradient] of gradients) {
    const squares = Float32Array.from(gradient, (value) => value ** 2);
    const shape = shapes.get(name)!;
    if (kind === "sgd") tensors.set(`${name}/momentum`, Float32Array.from(gradient));
    if (kind === "adamw") tensors.set(`${name}/first_moment`, Float32Array.from(gradient));
    if (kind === "adafactor" && isFactored(shape)) {
      tensors.set(`${name}/second_moment_row`, rowMeans(squares, shape[1]!));
      tensors.set(`${name}/second_moment_column`, columnMeans(squares, shape[1]!));
    } else if (kind !== "sgd") {
      tensors.set(`${name}/second_moment`, squares);
    }
  }
  return {
    shapes: new Map([...tensors].map(([name, { length }]) => [name, [length]])),
    read: (name) => Promise.resolve(tensors.get(name)!),
  };
}

interface Family {
  readonly plan: FusionPlan;
  readonly weights: readonly Weights64[];
  readonly child: Weights64;
}

async function family(
  configurations: readonly T5Configuration[],
  method: FusionMethod,
  copies = 1,
): Promise<Family> {
  const given = configurations.map((configuration, i) => parentOf(configuration, `parent ${i}`));
  const plan = planFusion(given, { method, copies });
  const weights: Weights64[] = [];
  for (const [i, { configuration }] of plan.parents.entries()) {
    weights.push(await inFloat64(randomWeights(configuration, copies > 1 ? 0 : i)));
  }
  return { plan, weights, child: childInFloat64(plan, weights, 0) };
}

function statesOf({ plan, weights }: Family, kind: OptimizerKind, slope: Slope): ParentState[] {
  return plan.parents.map(({ name, configuration, shapes }, i) => ({
    name,
    directory: name,
    optimizer: stateOf(kind, shapes, gradients64(configuration, weights[i]!, examples, slope)),
    trainerState: { optimizer: { kind, updates: 7 + i } },
  }));
}

/** Largest difference relative to the tensor's largest value. */
function distance(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let difference = 0;
  let largest = 1e-30;
  for (let i = 0; i < other.length; i++) {
    difference = Math.max(difference, Math.abs(one[i]! - other[i]!));
    largest = Math.max(largest, Math.abs(other[i]!));
  }
  return difference / largest;
}

describe("the grown state of a self-fused model is what its own gradients give", () => {
  test.each(["adamw", "adafactor", "sgd"] as const)("%s, every head and method", async (kind) => {
    for (const head of heads) {
      for (const [method, copies] of [
        ["property", 2],
        ["rule", 3],
      ] as const) {
        const whole = await family([configured(head)], method, copies);
        const { state } = growState(whole.plan, statesOf(whole, kind, { loss: "cross-entropy" }));
        const { configuration, tensors } = whole.plan;
        const gradients = gradients64(configuration, whole.child, examples);
        const shapes = new Map([...tensors].map(([name, { shape }]) => [name, shape]));
        const expected = stateOf(kind, shapes, gradients);
        expect([...state.shapes.keys()].sort()).toEqual([...expected.shapes.keys()].sort());
        // Where a tied head comes apart, the parent's state is of both of its uses together.
        const comesApart = head.tie_word_embeddings && !configuration.tie_word_embeddings;
        for (const name of expected.shapes.keys()) {
          if (comesApart && /^(shared|lm_head)\.weight/.test(name)) continue;
          const [own, grown] = [await expected.read(name), await state.read(name)];
          expect(grown.length, name).toBe(own.length);
          expect(distance(grown, own), name).toBeLessThan(1e-6);
        }
      }
    }
  });

  test("Adafactor's, where the parent is whole and the child factored, or both are factored", async () => {
    for (const sizes of [
      { d_model: 64, d_ff: 66 },
      { d_model: 128, d_ff: 130 },
    ]) {
      const whole = await family([configured({ ...sizes, num_layers: 1 })], "property", 2);
      const states = statesOf(whole, "adafactor", { loss: "cross-entropy" });
      const { state } = growState(whole.plan, states);
      const name = "encoder.block.0.layer.1.DenseReluDense.wi_0.weight";
      const own = gradients64(whole.plan.configuration, whole.child, examples).get(name)!;
      const squares = Float32Array.from(own, (value) => value ** 2);
      const columns = 2 * sizes.d_model;
      const row = await state.read(`${name}/second_moment_row`);
      const column = await state.read(`${name}/second_moment_column`);
      expect(distance(row, rowMeans(squares, columns))).toBeLessThan(1e-5);
      expect(distance(column, columnMeans(squares, columns))).toBeLessThan(1e-5);
    }
  });
});

describe("the grown state of unlike parents", () => {
  const unequal: readonly Partial<T5Configuration>[] = [
    {},
    { d_model: 4, d_kv: 5, d_ff: 3, num_heads: 1, num_layers: 1, num_decoder_layers: 2 },
  ];

  /** Under a loss of one slope the gradient of every copied value is exactly 1/(n c) of the parent's. */
  test.each(heads)("is exact on copied values, tied $tie_word_embeddings", async (head) => {
    const pair = await family(
      unequal.map((sizes) => configured({ ...sizes, ...head })),
      "property",
    );
    const { state } = growState(pair.plan, statesOf(pair, "adamw", { loss: "linear" }));
    const gradients = gradients64(pair.plan.configuration, pair.child, examples, {
      loss: "linear",
    });
    for (const [name, tensor] of pair.plan.tensors) {
      const first = await state.read(`${name}/first_moment`);
      const second = await state.read(`${name}/second_moment`);
      const own = gradients.get(name)!;
      const copied = copiedPositions(tensor);
      const at = (values: ArrayLike<number>) => copied.map((i) => values[i]!);
      expect(distance(at(first), at(own)), name).toBeLessThan(1e-6);
      expect(
        distance(
          at(second),
          at(own).map((value) => value ** 2),
        ),
        name,
      ).toBeLessThan(1e-6);
    }
  });

  test("has second moments wherever the child can learn, and no first ones off the diagonal", async () => {
    const pair = await family(unequal.map(configured), "property");
    const { state } = growState(pair.plan, statesOf(pair, "adamw", { loss: "cross-entropy" }));
    for (const [name, tensor] of pair.plan.tensors) {
      if (!tensor.blockDiagonal) continue;
      const copied = new Set(copiedPositions(tensor));
      const first = await state.read(`${name}/first_moment`);
      expect(
        first.every((value, i) => value === 0 || copied.has(i)),
        name,
      ).toBe(true);
      expect((await state.read(`${name}/second_moment`)).every((value) => value >= 0)).toBe(true);
    }
    const q = "encoder.block.0.layer.0.SelfAttention.q.weight";
    const second = await state.read(`${q}/second_moment`);
    expect(second.filter((value) => value === 0).length).toBe(0);
  });

  test("goes on from the parent that has seen most updates", async () => {
    const pair = await family(unequal.map(configured), "property");
    const states = statesOf(pair, "adamw", { loss: "linear" });
    expect(growState(pair.plan, states).record).toEqual({ kind: "adamw", updates: 8 });
  });
});

test("states of different optimizers, or none, cannot grow", () => {
  const state = (name: string, kind: string): ParentState => ({
    name,
    directory: name,
    optimizer: { shapes: new Map(), read: () => Promise.reject(new Error("not read")) },
    trainerState: { optimizer: { kind, updates: 1 } },
  });
  expect(findStateFaults([state("a", "sgd"), state("b", "sgd")])).toEqual([]);
  const none = { ...state("c", "sgd"), optimizer: undefined };
  const [fault] = findStateFaults([state("a", "sgd"), state("b", "adamw"), none]);
  expect(fault!.values.map(({ value }) => value)).toEqual(["sgd", "adamw", "none"]);
  expect(fault!.remedy).toContain("reset");
});

/** Positions in the child that hold a value of a parent. */
function copiedPositions(tensor: TensorPlan): number[] {
  const positions: number[] = [];
  for (const { rows, columns, source } of tensor.blocks) {
    if (source === undefined) continue;
    for (let row = 0; row < rows.groups * rows.childSize; row++) {
      if (row % rows.childSize >= rows.parentSize) continue;
      for (let column = 0; column < columns.groups * columns.childSize; column++) {
        if (column % columns.childSize >= columns.parentSize) continue;
        positions.push((rows.childStart + row) * tensor.columns + columns.childStart + column);
      }
    }
  }
  return positions;
}
