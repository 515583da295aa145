import { add, exp, mul, sub, sum, transpose } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import type { Tensors, UpdateProgram } from "../../../server/engine/engine";
import { GraphBuilder } from "../../../server/engine/graph/builder";
import { graphEngine } from "../../../server/engine/graph/engine";
import { GraphUses } from "../../../server/engine/graph/in-place";
import { Lanes } from "../../../server/engine/graph/lanes/lanes";
import { SessionCache } from "../../../server/engine/graph/session";
import { compileUpdate } from "../../../server/engine/graph/update";
import { type UnitSizes, planUpdate } from "../../../server/engine/graph/update-plan";
import { distUrl } from "../../support/dist";
import type { OptimizerSettings } from "../../../server/training/settings";
import { updateProgram, updateScalars } from "../../../server/training/update-program";

const float = (...shape: number[]) => ({ shape, dtype: "float32" as const });
const adafactor: OptimizerSettings = {
  kind: "adafactor",
  decay: 0.8,
  clipping: 1,
  multiply_by_parameter_scale: true,
};
const weights = {
  ...{ big: float(130, 128), alike: float(130, 128) },
  ...{ small: float(7), scalar: float(), other: float(3, 5), second: float(3, 5) },
};

async function updated(
  sizes: UnitSizes,
  threads: number,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const program = updateProgram(adafactor, weights);
  const worker = distUrl("engine-worker.js");
  const lanes = new Lanes({ threads, worker, settings: { spinning: false } });
  const update = await compileUpdate(program, lanes, sizes);
  const stores = {
    weights: lanes.allocate(weights),
    gradients: lanes.allocate(weights),
    state: lanes.allocate(update.state),
  };
  for (const name of Object.keys(weights)) {
    const own = name.length;
    stores.weights.values(name).forEach((_, index, all) => (all[index] = Math.sin(own + index)));
    stores.gradients.values(name).forEach((_, index, all) => {
      all[index] = Math.cos(3 * index + own);
    });
  }
  for (const step of [1, 2]) {
    const numbers = { learningRate: 0.1, gradientScale: 1, update: step };
    await update.run({ ...stores, scalars: updateScalars(adafactor, numbers) });
  }
  update.dispose();
  expect(lanes.sessions.size).toBe(0);
  const results = new Map(
    Object.values(stores).flatMap((store) =>
      Object.keys(store.specs).map((name) => [name, [...store.values(name)]] as const),
    ),
  );
  await lanes.dispose();
  return results;
}

test("an update in blocks of rows is the update of the whole", async () => {
  const whole = await updated({ block: 1e6, together: 1e6, alone: 1e6 }, 1);
  const blocks = await updated({ block: 128 * 9, together: 10, alone: 1e6 }, 1);
  for (const [name, values] of whole) {
    values.forEach((value, index) => {
      expect(blocks.get(name)![index]!, `${name}[${index}]`).toBeCloseTo(value, 5);
    });
  }
});

test("what weights of one shape have in common is traced once", async () => {
  let traced = 0;
  const like = {
    state: {},
    passes: [
      {
        over: "rows" as const,
        reads: ["weight", "gradient"],
        run: ({ weight, gradient }: Tensors) => {
          traced++;
          return { replace: { weight: sub(weight!, gradient!) } };
        },
      },
    ],
  };
  const shapes = { a: float(2, 3), b: float(2, 3), c: float(2, 3), d: float(3, 2) };
  const program: UpdateProgram = {
    weights: shapes,
    scalars: [],
    updates: Object.keys(shapes).map((weight) => ({ ...like, weight })),
  };
  const engine = await graphEngine({ device: "cpu", threads: 1 });
  const update = await engine.compileUpdate(program);
  expect(traced).toBe(2);
  const stores = {
    weights: engine.allocate(shapes),
    gradients: engine.allocate(shapes),
    state: engine.allocate(update.state),
  };
  for (const [index, name] of Object.keys(shapes).entries()) {
    await stores.weights.write(name, new Float32Array(6).fill(10));
    await stores.gradients.write(name, new Float32Array(6).fill(index));
  }
  await update.run({ ...stores, scalars: {} });
  const firsts = Object.keys(shapes).map(async (name) => (await stores.weights.read(name))[0]);
  expect(await Promise.all(firsts)).toEqual([10, 9, 8, 7]);
  await engine.dispose();
});

test("an update does not depend on the number of threads", async () => {
  const sizes = { block: 128 * 32, together: 64, alone: 0 };
  expect(await updated(sizes, 2)).toEqual(await updated(sizes, 1));
});

test("big weights are cut into blocks of nearly equal size, small ones go together", () => {
  const units = planUpdate(updateProgram(adafactor, weights), {
    block: 128 * 50,
    together: 20,
    alone: 0,
  });
  const kinds = ["blocks", "blocks", "together", "together", "together"];
  expect(units.map((unit) => unit.kind)).toEqual(kinds);
  const big = units[0]!;
  expect(big.kind === "blocks" && big.blocks).toEqual([
    { start: 0, end: 44 },
    { start: 44, end: 88 },
    { start: 88, end: 130 },
  ]);
  expect(big.kind === "blocks" && big.stages.map(({ over }) => over)).toEqual([
    "rows",
    "whole",
    "rows",
    "rows",
  ]);
});

/** b takes a's old value although a is replaced in the same pass, and c its own transpose. */
const entangled: UpdateProgram = {
  weights: { a: float(2, 2) },
  scalars: [],
  updates: [
    {
      weight: "a",
      state: {
        b: { shape: [2, 2], layout: "rows" },
        c: { shape: [2, 2], layout: "whole" },
      },
      passes: [
        {
          over: "rows",
          reads: ["weight", "b"],
          run: ({ weight, b }) => ({
            replace: { weight: add(weight!, 1), b: exp(sub(b!, mul(weight!, 2))) },
            sums: { total: sum(weight!) },
          }),
        },
        {
          over: "whole",
          reads: ["c", "total"],
          run: ({ c, total }) => ({ replace: { c: transpose(add(c!, total!)) } }),
        },
      ],
    },
  ],
};

test("new values never disturb what still reads the old ones", async () => {
  const engine = await graphEngine({ device: "cpu", threads: 1 });
  const update = await engine.compileUpdate(entangled);
  const [stores, gradients] = [
    engine.allocate(entangled.weights),
    engine.allocate(entangled.weights),
  ];
  const state = engine.allocate(update.state);
  await stores.write("a", Float32Array.of(1, 2, 3, 4));
  await state.write("a/c", Float32Array.of(1, 2, 3, 4));
  await update.run({ weights: stores, gradients, state, scalars: {} });
  expect([...(await stores.read("a"))]).toEqual([2, 3, 4, 5]);
  expect([...(await state.read("a/c"))]).toEqual([11, 13, 12, 14]);
  (await state.read("a/b")).forEach((value, index) => {
    expect(value).toBeCloseTo(Math.exp(-2 * (index + 1)), 6);
  });
  await engine.dispose();
});

test("an output overwrites an input only where every other reader comes first", () => {
  const graph = new GraphBuilder();
  const x = graph.input({ name: "x", type: "float32", shape: [2] });
  const doubled = graph.node("Mul", [x, x]);
  const before = graph.node("Add", [x, doubled]);
  const beside = graph.node("Sub", [before, graph.number(1)]);
  const info = { type: "float32", shape: [2] } as const;
  const uses = new GraphUses(
    graph.model([
      { ...info, from: before, name: "before" },
      { ...info, from: beside, name: "beside" },
      { ...info, from: doubled, name: "doubled" },
    ]),
  );
  expect(uses.mayOverwrite("x", "before")).toBe(true);
  expect(uses.mayOverwrite("x", "beside")).toBe(true);
  // The sum still reads x when the product is written.
  expect(uses.mayOverwrite("x", "doubled")).toBe(false);
});

test("a pass that reads or replaces what is not there is named", async () => {
  const engine = await graphEngine({ device: "cpu", threads: 1 });
  const program = (reads: string[]): UpdateProgram => ({
    weights: { w: float(2) },
    scalars: [],
    updates: [
      {
        weight: "w",
        state: {},
        passes: [
          { over: "rows", reads, run: ({ weight }) => ({ replace: { weight: sum(weight!) } }) },
        ],
      },
    ],
  });
  await expect(engine.compileUpdate(program(["momentum"]))).rejects.toThrow(
    "Cannot compile the update of 'w': a pass uses 'momentum'",
  );
  await expect(engine.compileUpdate(program(["weight"]))).rejects.toThrow(
    "a pass replaces 'weight' of shape [2] by one of shape []",
  );
  await engine.dispose();
});

test("sessions are shared by equal graphs, released with the last, and not kept when they fail", async () => {
  const sessions = new SessionCache({ spinning: false });
  const graph = new GraphBuilder();
  const x = graph.input({ name: "x", type: "float32", shape: [2] });
  const output = { type: "float32", shape: [2], name: "y" } as const;
  const model = graph.model([{ ...output, from: graph.node("Neg", [x]) }]);
  const [first, second] = [await sessions.open(model, 1), await sessions.open(model, 1)];
  expect(sessions.size).toBe(1);
  first.dispose();
  first.dispose();
  expect(sessions.size).toBe(1);
  second.dispose();
  expect(sessions.size).toBe(0);

  const unknown = graph.model([{ ...output, from: graph.node("NoSuchOperation", [x]) }]);
  await expect(sessions.open(unknown, 1)).rejects.toThrow("Cannot compile a graph: ");
  expect(sessions.size).toBe(0);
});
