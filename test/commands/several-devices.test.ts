import { expect, test } from "vitest";
import type { Measured } from "../../server/calibration/calibrate";
import { fastestFirst, onCards } from "../../server/commands/several-devices";
import type { AskedSettings } from "../../server/commands/asked-settings";
import type { Candidate } from "../../server/engine/candidates";
import { parsePlaces, placesText } from "../../server/protocol/place";

const candidates: readonly Candidate[] = parsePlaces("cpu,cuda:0,cuda:1").map((place) => ({
  ...{ engine: "graph", threads: 1 },
  ...place,
}));

/** What a trial found of each, in their order. */
function order(...results: readonly (Measured["result"] | undefined)[]): string {
  const measured = results.flatMap((result, index) =>
    result === undefined ? [] : [{ candidate: candidates[index]!, result }],
  );
  return placesText(fastestFirst(candidates, measured));
}

/** Of a machine with two equal cards and eight cores: where a run goes, with how many threads for how many at once. */
function onTwoCards(width: number, said: Omit<AskedSettings, "device"> & { device?: string }) {
  const device = said.device === undefined ? undefined : parsePlaces(said.device);
  const cuda = {
    engine: "graph",
    device: "cuda",
    identity: "graph, NVIDIA H100",
    cards: 2,
  } as const;
  const way = onCards(cuda, { asked: { ...said, device }, width, cores: 8 });
  return [placesText(way.places), way.parallel, way.threads];
}

test("onCards() gives stages side by side a card each, and half of the cores", () => {
  expect(onTwoCards(1, {})).toEqual(["cuda", 1, 8]);
  expect(onTwoCards(2, {})).toEqual(["cuda:0,cuda:1", 2, 4]);
  expect(onTwoCards(4, {})).toEqual(["cuda:0,cuda:1", 2, 4]);
});

test("onCards() does what is said", () => {
  expect(onTwoCards(4, { parallel: 1 })).toEqual(["cuda", 1, 8]);
  expect(onTwoCards(4, { parallel: 3, threads: 7 })).toEqual(["cuda:0,cuda:1", 3, 7]);
  expect(onTwoCards(4, { device: "cuda:1" })).toEqual(["cuda:1", 1, 8]);
  expect(onTwoCards(4, { device: "cuda:1", parallel: 2 })).toEqual(["cuda:1", 2, 8]);
});

test("onCards() has one stage at a time on a device of which there is one", () => {
  const webgpu = { engine: "graph", device: "webgpu", identity: "graph" } as const;
  const way = onCards(webgpu, { asked: {}, width: 4, cores: 8 });
  expect(way).toEqual({
    ...{ engine: "graph", device: "webgpu", threads: 8, parallel: 1 },
    places: [{ device: "webgpu" }],
  });
});

const took = (stepMs: number) => ({ stepMs, steps: 3, loss: 1, gradientNorm: 1 });
const failed = { failed: "it computes a loss of 3, and the CPU one of 2", at: 0 };

test("fastestFirst() has the fastest device first, and what was not waited for after it", () => {
  expect(order(took(100), took(9), took(8))).toBe("cuda:1,cuda:0,cpu");
  expect(order({ longerThanMs: 2000 }, took(9), took(8))).toBe("cuda:1,cuda:0,cpu");
});

test("fastestFirst() keeps the order given where nothing is known", () => {
  expect(order()).toBe("cpu,cuda:0,cuda:1");
  expect(order(undefined, undefined, took(8))).toBe("cuda:1,cpu,cuda:0");
});

test("fastestFirst() leaves out a device that failed its trial, unless there is no other", () => {
  expect(order(took(100), failed, took(8))).toBe("cuda:1,cpu");
  expect(order(failed, failed, failed)).toBe("cpu,cuda:0,cuda:1");
});
