/**
 * The lemmas of Deep Fusion (Mazzawi et al. 2024, Lemmas 1-3) in float64, with the conventions under which they hold to
 * machine precision:
 *
 * - Self-fusion of n copies, no fill: hidden kernels block-diagonal, inputs shared, the head folded, [W/n ... W/n].
 * - The loss gradient of a diagonal block is 1/n of the small model's; of the folded head it is the small model's
 *   own. Every off-diagonal block's gradient equals that of the diagonal block in its row and its column.
 * - The small nets' field is minus the gradient of the *sum* of the parts' losses *in the child's coordinates*: the
 *   part's head is n times what the child stores, so the chain rule gives its gradient a factor n. Its bracket with
 *   the child's own field is zero but for the off-diagonal blocks. With the small models' own coordinates it is not.
 */
import { describe, expect, test } from "vitest";
import { type Field, lieBracket, scaleField } from "../../server/analysis/lie-bracket";
import { layerStarts, lossGradient, mlpOutputs, mlpSize } from "../../server/analysis/mlp";
import { planFusion } from "../../server/fusion/plan";
import { uniform } from "../../server/random/draw";
import { streamKey } from "../../server/random/threefry";
import {
  childInFloat64,
  configured,
  inFloat64,
  parentOf,
  randomWeights,
} from "../fusion/support/parents";
import { gradients64 } from "../fusion/support/t5-float64";

const widths = [3, 4, 5, 2];
const samples = {
  inputs: random("inputs", 7 * 3),
  targets: random("targets", 7 * 2),
};

function random(name: string, length: number): Float64Array {
  const key = streamKey(1, name);
  return Float64Array.from({ length }, (_, i) => 2 * uniform(key, i) - 1);
}

/** Where each value of part p's net lies in the child's vector, and by what it is divided there. */
function placesOf(n: number, part: number): { index: number; divisor: number }[] {
  const child = childWidths(n);
  const starts = layerStarts(child);
  const places: { index: number; divisor: number }[] = [];
  for (let layer = 1; layer < widths.length; layer++) {
    const [out, into] = [widths[layer]!, widths[layer - 1]!];
    const isHead = layer === widths.length - 1;
    const row = isHead ? 0 : part * out;
    const column = layer === 1 ? 0 : part * into;
    const start = starts[layer - 1]!;
    const stride = child[layer - 1]!;
    const divisor = isHead ? n : 1;
    for (let r = 0; r < out; r++)
      for (let c = 0; c < into; c++)
        places.push({ index: start + (row + r) * stride + column + c, divisor });
    const bias = start + child[layer]! * stride;
    // The head's bias is shared by all parts, which agree on it: it is stored as it is.
    for (let r = 0; r < out; r++) places.push({ index: bias + row + r, divisor: 1 });
  }
  return places;
}

/** Hidden widths n times as large. */
function childWidths(n: number): number[] {
  return widths.map((width, i) => (i === 0 || i === widths.length - 1 ? width : n * width));
}

/** Without a bias in the head, whose n copies would meet in one. */
function smallNet(): Float64Array {
  const net = random("net", mlpSize(widths));
  net.fill(0, net.length - widths.at(-1)!);
  return net;
}

function selfFused(n: number, small: Float64Array): Float64Array {
  const child = new Float64Array(mlpSize(childWidths(n)));
  for (let part = 0; part < n; part++) {
    placesOf(n, part).forEach(({ index, divisor }, i) => (child[index] = small[i]! / divisor));
  }
  return child;
}

/** Values outside the parts. */
function offDiagonal(n: number): number[] {
  const inside = new Set(
    Array.from({ length: n }, (_, part) => placesOf(n, part).map(({ index }) => index)).flat(),
  );
  const all = Array.from({ length: mlpSize(childWidths(n)) }, (_, i) => i);
  return all.filter((i) => !inside.has(i));
}

/** Minus the gradient of the sum of the parts' losses; `headFactor` is n in the child's coordinates. */
function partsField(n: number, headFactor: number): Field {
  const small = lossGradient(widths, samples);
  const headBias = new Set(
    Array.from({ length: widths.at(-1)! }, (_, i) => mlpSize(widths) - 1 - i),
  );
  const part = (point: Float64Array, p: number, scale: (divisor: number) => number) =>
    Float64Array.from(placesOf(n, p), ({ index, divisor }, i) =>
      headBias.has(i) ? 0 : point[index]! * scale(divisor),
    );
  const spread = (n: number, each: (p: number) => Float64Array) => {
    const total = new Float64Array(mlpSize(childWidths(n)));
    for (let p = 0; p < n; p++) {
      const gradient = each(p);
      placesOf(n, p).forEach(({ index, divisor }, i) => {
        if (!headBias.has(i)) total[index]! -= gradient[i]! * (divisor === 1 ? 1 : headFactor);
      });
    }
    return total;
  };
  const own = (divisor: number) => divisor;
  return {
    at: (point) => spread(n, (p) => small.at(part(point, p, own))),
    along: (point, direction) =>
      spread(n, (p) => small.along(part(point, p, own), part(direction, p, own))),
  };
}

/** The child's field; its head's bias stands still, since the parts' field does not move it. */
function childField(n: number): Field {
  const field = scaleField(lossGradient(childWidths(n), samples), -1);
  const still = (values: Float64Array) => values.fill(0, values.length - widths.at(-1)!);
  return {
    at: (point) => still(field.at(point)),
    along: (point, direction) => still(field.along(point, direction)),
  };
}

const largest = (values: Iterable<number>) =>
  [...values].reduce((max, value) => Math.max(max, Math.abs(value)), 0);

describe.each([2, 3])("a net fused with itself, %i copies", (n) => {
  const small = smallNet();
  const child = selfFused(n, small);

  test("computes what the net computes", () => {
    const [one, fused] = [
      mlpOutputs(widths, small, samples.inputs),
      mlpOutputs(childWidths(n), child, samples.inputs),
    ];
    expect(largest(fused.map((value, i) => value - one[i]!))).toBeLessThan(1e-15 * 10);
  });

  test("has 1/n of the net's gradient on the diagonal, and the net's own in the folded head", () => {
    const own = lossGradient(widths, samples).at(small);
    const fused = lossGradient(childWidths(n), samples).at(child);
    const headBias = mlpSize(widths) - widths.at(-1)!;
    for (let part = 0; part < n; part++) {
      placesOf(n, part).forEach(({ index, divisor }, i) => {
        const factor = i >= headBias ? 1 : divisor / n;
        expect(Math.abs(fused[index]! - factor * own[i]!)).toBeLessThan(1e-15);
      });
    }
  });

  test("has the diagonal's gradient in every off-diagonal block", () => {
    const fused = lossGradient(childWidths(n), samples).at(child);
    const start = layerStarts(childWidths(n))[1]!;
    const [out, into] = [widths[2]!, widths[1]!];
    for (let row = 0; row < n * out; row++) {
      for (let column = 0; column < n * into; column++) {
        const first = fused[start + (row % out) * n * into + (column % into)]!;
        expect(Math.abs(fused[start + row * n * into + column]! - first)).toBeLessThan(1e-15);
      }
    }
  });

  test("commutes with training its parts, but for the off-diagonal blocks", () => {
    const bracket = lieBracket(partsField(n, n), childField(n), child);
    const outside = new Set(offDiagonal(n));
    expect(largest(bracket.filter((_, i) => !outside.has(i)))).toBeLessThan(1e-14);
    expect(largest(bracket.filter((_, i) => outside.has(i)))).toBeGreaterThan(1e-4);
  });

  test("does not in the small models' own coordinates", () => {
    const bracket = lieBracket(partsField(n, 1 / n), childField(n), child);
    const outside = new Set(offDiagonal(n));
    expect(largest(bracket.filter((_, i) => !outside.has(i)))).toBeGreaterThan(1e-4);
  });
});

test("lossGradient() and its Hessian agree with each other along every direction", () => {
  const net = random("net", mlpSize(widths));
  const field = lossGradient(widths, samples);
  const [u, v] = [random("u", net.length), random("v", net.length)];
  const dot = (a: Float64Array, b: Float64Array) =>
    a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  // Symmetric, and the limit of differences of the gradient.
  expect(dot(u, field.along(net, v))).toBeCloseTo(dot(v, field.along(net, u)), 13);
  const step = 1e-5;
  const moved = (sign: number) => field.at(net.map((value, i) => value + sign * step * u[i]!));
  const [ahead, behind] = [moved(1), moved(-1)];
  field.along(net, u).forEach((value, i) => {
    expect(value).toBeCloseTo((ahead[i]! - behind[i]!) / (2 * step), 8);
  });
});

test("the bracket of linear fields is the commutator of their matrices", () => {
  const linear = ([a, b, c, d]: readonly [number, number, number, number]): Field => ({
    at: ([x, y]) => Float64Array.of(a * x! + b * y!, c * x! + d * y!),
    along: (_, [x, y]) => Float64Array.of(a * x! + b * y!, c * x! + d * y!),
  });
  // [f, g] = (BA - AB) x with A = (0 1; 0 0), B = (0 0; 1 0): (-1 0; 0 1) x.
  const bracket = lieBracket(linear([0, 1, 0, 0]), linear([0, 0, 1, 0]), Float64Array.of(2, 3));
  expect([...bracket]).toEqual([-2, 3]);
});

test.each([2, 3])(
  "a T5 fused with itself, %i copies: every block's gradient is the small model's",
  async (n) => {
    const examples = [{ inputs: [3, 7, 2, 9, 4], targets: [5, 8, 10, 1] }];
    for (const method of ["property", "rule"] as const) {
      // As stock code has them: the others' children for it have another head.
      for (const tied of [false, true]) {
        const head = { tie_word_embeddings: tied, scale_decoder_outputs: tied };
        const configuration = configured(head);
        const plan = planFusion([parentOf(configuration, "a")], { method, copies: n });
        const weights = await inFloat64(randomWeights(configuration, 0));
        const child = childInFloat64(
          plan,
          plan.parents.map(() => weights),
          0,
        );
        const own = gradients64(configuration, weights, examples);
        const fused = gradients64(plan.configuration, child, examples);
        for (const [name, tensor] of plan.tensors) {
          const [small, large] = [own.get(name)!, fused.get(name)!];
          const columns = tensor.columns / n;
          const scale = largest(small);
          large.forEach((value, i) => {
            const row = Math.floor(i / tensor.columns) % (small.length / columns);
            const twin = small[row * columns + (i % columns)]!;
            const expected = twin / (n * tensor.blocks[0]!.scale);
            expect(Math.abs(value - expected), name).toBeLessThan(1e-12 * scale);
          });
        }
      }
    }
  },
);
