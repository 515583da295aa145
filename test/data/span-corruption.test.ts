import { fc } from "../support/properties";
import { describe, expect, it } from "vitest";
import {
  corrupt,
  drawSpans,
  type ExampleShape,
  exampleShape,
} from "../../server/data/span-corruption";
import { streamKey } from "../../server/random/threefry";
import { restore } from "./support/restore";

const t5 = { noise_density: 0.15, mean_span_length: 3 };
const half = { noise_density: 0.5, mean_span_length: 16 };
const key = streamKey(1, "test");
const tokenizer = { eosId: 1, sentinel: (index: number) => 1000 - index };

describe("exampleShape()", () => {
  it("makes 512 inputs and 114 targets of 568 tokens, as T5 does", () => {
    expect(exampleShape(512, t5)).toEqual({
      raw: 568,
      noise: 85,
      spans: 28,
      inputs: 512,
      targets: 114,
    });
  });

  // Figures of random_spans_helper in T5's released code.
  it.each([
    [128, t5, 141, 29],
    [69, half, 128, 69],
    [1024, { noise_density: 0.15, mean_span_length: 20 }, 1193, 189],
    [256, { noise_density: 0.5, mean_span_length: 3 }, 382, 256],
    [255, { noise_density: 0.5, mean_span_length: 3 }, 381, 254],
    [100, { noise_density: 0.5, mean_span_length: 3 }, 148, 100],
  ])("makes %i inputs with %j of %i tokens", (inputs, objective, raw, targets) => {
    expect(exampleShape(inputs, objective)).toMatchObject({ raw, inputs, targets });
  });

  it.each([
    [
      128,
      { noise_density: 0, mean_span_length: 3 },
      "noise_density must lie between 0 and 1, got 0",
    ],
    [
      128,
      { noise_density: 1, mean_span_length: 3 },
      "noise_density must lie between 0 and 1, got 1",
    ],
    [128, { noise_density: 0.15, mean_span_length: 0.5 }, "must be at least 1, got 0.5"],
    [3, t5, "inputs must be a whole number from 4, got 3"],
    [128, { noise_density: 0.9, mean_span_length: 3 }, "leaves too few tokens between the spans"],
  ])("refuses %i inputs with %j", (inputs, objective, message) => {
    expect(() => exampleShape(inputs, objective)).toThrow(message);
  });

  it("gives every number of inputs exactly, or refuses it", () => {
    fc.assert(
      fc.property(anyObjective, fc.integer({ min: 4, max: 600 }), (objective, inputs) => {
        const shape = shapeOrUndefined(inputs, objective);
        fc.pre(shape !== undefined);
        expect(shape.inputs).toBe(inputs);
        expect(shape.targets).toBe(shape.noise + shape.spans + 1);
      }),
    );
  });
});

describe("corrupt()", () => {
  it("replaces each span by its sentinel and lists the spans behind theirs", () => {
    const window = Int32Array.of(10, 11, 12, 13, 14, 15, 16, 17, 18);
    const into = { inputs: new Int32Array(8), targets: new Int32Array(7) };
    // Thank you [for inviting] me to your [party] last [week]: here 2 kept, 2 cut, 3 kept, 2 cut.
    corrupt(window, Int32Array.of(2, 2, 3, 2), into, tokenizer);
    expect([...into.inputs]).toEqual([10, 11, 1000, 14, 15, 16, 999, 1]);
    expect([...into.targets]).toEqual([1000, 12, 13, 999, 17, 18, 1]);
  });

  it("loses no token: sentinels in the inputs expand to the targets' spans", () => {
    fc.assert(
      fc.property(anyShape, fc.nat(1000), (shape, example) => {
        const window = Int32Array.from({ length: shape.raw }, (_, i) => 2000 + i);
        const { inputs, targets } = corrupted(window, shape, example);
        expect(restore(inputs, targets, isSentinel)).toEqual([...window]);
        expect(inputs.filter(isSentinel)).toEqual(targets.filter(isSentinel));
        expect([...inputs.filter(isSentinel)]).toEqual(
          Array.from({ length: shape.spans }, (_, i) => 1000 - i),
        );
        expect(targets.length - shape.spans - 1).toBe(shape.noise);
        expect([inputs.at(-1), targets.at(-1)]).toEqual([1, 1]);
      }),
    );
  });
});

describe("drawSpans()", () => {
  it("alternates kept and cut spans, none of them empty, that fill the window", () => {
    fc.assert(
      fc.property(anyShape, fc.nat(1000), (shape, example) => {
        const spans = [...drawSpans(shape, key, example)];
        const cut = spans.filter((_, i) => i % 2 === 1);
        expect(Math.min(...spans)).toBeGreaterThan(0);
        expect(sum(cut)).toBe(shape.noise);
        expect(sum(spans)).toBe(shape.raw);
      }),
    );
  });

  it("draws an example's spans from its number alone", () => {
    const shape = exampleShape(128, t5);
    const alone = drawSpans(shape, key, 7);
    for (let example = 0; example < 7; example++) drawSpans(shape, key, example);
    expect(drawSpans(shape, key, 7)).toEqual(alone);
    expect(drawSpans(shape, key, 8)).not.toEqual(alone);
  });

  it("draws every cut equally often", () => {
    // 4 tokens kept in 2 spans and 3 cut in 2: 3 x 2 ways.
    const shape = { raw: 7, noise: 3, spans: 2, inputs: 7, targets: 6 };
    const seen = new Map<string, number>();
    const draws = 6000;
    for (let example = 0; example < draws; example++) {
      const spans = drawSpans(shape, key, example).join();
      seen.set(spans, (seen.get(spans) ?? 0) + 1);
    }
    expect(seen.size).toBe(6);
    const chiSquared = sum([...seen.values()].map((n) => (n - 1000) ** 2 / 1000));
    expect(chiSquared).toBeLessThan(20.5); // 99.9 % quantile with 5 degrees of freedom
  });
});

const anyObjective = fc.record({
  noise_density: fc.double({ min: 0.05, max: 0.6, noNaN: true }),
  mean_span_length: fc.double({ min: 1.5, max: 20, noNaN: true }),
});

const anyShape = fc
  .tuple(fc.integer({ min: 8, max: 200 }), anyObjective)
  .map(([inputs, objective]) => shapeOrUndefined(inputs, objective))
  .filter((shape) => shape !== undefined);

function shapeOrUndefined(inputs: number, objective: typeof t5): ExampleShape | undefined {
  try {
    return exampleShape(inputs, objective);
  } catch {
    return undefined;
  }
}

function corrupted(window: Int32Array, shape: ExampleShape, example: number) {
  const into = { inputs: new Int32Array(shape.inputs), targets: new Int32Array(shape.targets) };
  corrupt(window, drawSpans(shape, key, example), into, tokenizer);
  return into;
}

function isSentinel(token: number): boolean {
  return token > 500 && token <= 1000;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
