import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../../server/engine/engine";
import { graphEngine } from "../../../server/engine/graph/engine";
import { presets } from "../../../server/model/presets";
import { engineUnderTest } from "../../support/engine-under-test";
import { referenceEngine } from "../../support/reference-engine";
import { trainingLosses } from "../../support/training-losses";

const configuration = { ...presets["t5-nano"]!, vocab_size: 64 };
const steps = 50;

let engines: readonly Engine[];
beforeAll(async () => {
  engines = [
    await engineUnderTest(),
    await graphEngine({ device: "cpu", threads: 1 }),
    referenceEngine(),
  ];
});
afterAll(async () => {
  for (const engine of engines) await engine.dispose();
});

test("fifty steps of training have the losses of the graph engine, and of tfjs's cpu backend", async () => {
  const [actual, graph, reference] = await Promise.all(
    engines.map((engine) => trainingLosses(engine, { configuration, steps })),
  );
  expect(actual).toHaveLength(steps);
  // It learns: otherwise equal losses would say little.
  expect(actual!.at(-1)).toBeLessThan(actual![0]! - 1);
  for (const other of [graph!, reference!]) {
    const worst = Math.max(...actual!.map((loss, step) => Math.abs(loss - other[step]!)));
    expect(worst).toBeLessThan(1e-4);
  }
});
