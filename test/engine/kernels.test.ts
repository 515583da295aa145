import * as tf from "@tensorflow/tfjs-core";
import { fc } from "../support/properties";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../server/engine/engine";
import { engineUnderTest, runsUnderTest } from "../support/engine-under-test";
import { broadcastable, expectSame, floats, integers, shapes } from "../support/same-on-both";

let engine: Engine;
beforeAll(async () => {
  engine = await engineUnderTest();
});
afterAll(() => engine.dispose());

/** Every run compiles graphs of its own; a dozen of each family is a few hundred kernels. */
async function check<T>(drawn: fc.Arbitrary<T>, same: (value: T) => Promise<void>): Promise<void> {
  await fc.assert(fc.asyncProperty(drawn, same), { numRuns: runsUnderTest(12) });
}

const two = <T, U>(a: fc.Arbitrary<T>, b: fc.Arbitrary<U>): fc.Arbitrary<[T, U]> => fc.tuple(a, b);

test("unary kernels do as tfjs's cpu backend does", async () => {
  const drawn = shapes().chain((shape) => two(floats(shape), integers(shape)));
  await check(drawn, ([x, i]) =>
    expectSame(engine, { x, i }, ({ x, i }) => {
      const positive = tf.add(tf.abs(x!), 0.5);
      return {
        abs: tf.abs(x!),
        ceil: tf.ceil(x!),
        cos: tf.cos(x!),
        erf: tf.erf(x!),
        exp: tf.exp(x!),
        floor: tf.floor(x!),
        log: tf.log(positive),
        neg: tf.neg(x!),
        reciprocal: tf.reciprocal(positive),
        relu: tf.relu(x!),
        sigmoid: tf.sigmoid(x!),
        sign: tf.sign(x!),
        sin: tf.sin(x!),
        softplus: tf.softplus(x!),
        sqrt: tf.sqrt(positive),
        rsqrt: tf.rsqrt(positive),
        square: tf.square(x!),
        step: tf.step(x!),
        leakyStep: tf.step(x!, 0.25),
        tanh: tf.tanh(x!),
        clip: tf.clipByValue(x!, -0.5, 0.75),
        absInteger: tf.abs(i!),
        negInteger: tf.neg(i!),
        squareInteger: tf.square(i!),
        reluInteger: tf.relu(i!),
        toInteger: tf.cast(x!, "int32"),
        toFloat: tf.cast(i!, "float32"),
        toBoolean: tf.cast(i!, "bool"),
        not: tf.logicalNot(tf.cast(i!, "bool")),
        itself: tf.clone(x!),
      };
    }),
  );
});

test("binary kernels broadcast as tfjs's cpu backend does", async () => {
  const pair = shapes().chain((shape) => two(fc.constant(shape), broadcastable(shape)));
  const drawn = pair.chain(([a, b]) => fc.tuple(floats(a), floats(b), integers(a), integers(b)));
  await check(drawn, ([a, b, i, j]) =>
    expectSame(engine, { a, b, i, j }, ({ a, b, i, j }) => {
      const divisor = tf.add(tf.abs(b!), 0.5);
      const nonzero = tf.add(tf.mul(tf.abs(j!), tf.scalar(2, "int32")), tf.scalar(1, "int32"));
      return {
        add: tf.add(b!, a!),
        addN: tf.addN([a!, a!, a!]),
        addIntegers: tf.add(i!, j!),
        sub: tf.sub(b!, a!),
        subIntegers: tf.sub(j!, i!),
        mul: tf.mul(a!, b!),
        mulIntegers: tf.mul(i!, j!),
        div: tf.div(a!, divisor),
        floorDiv: tf.floorDiv(i!, nonzero),
        floorDivNegative: tf.floorDiv(i!, tf.neg(nonzero)),
        maximum: tf.maximum(a!, b!),
        maximumIntegers: tf.maximum(i!, j!),
        minimum: tf.minimum(a!, b!),
        pow: tf.pow(tf.add(tf.abs(a!), 0.1), b!),
        squaredDifference: tf.squaredDifference(a!, b!),
        equal: tf.equal(i!, j!),
        notEqual: tf.notEqual(i!, j!),
        greater: tf.greater(a!, b!),
        greaterEqual: tf.greaterEqual(i!, j!),
        less: tf.less(a!, b!),
        lessEqual: tf.lessEqual(i!, j!),
        and: tf.logicalAnd(tf.greater(a!, 0), tf.greater(b!, 0)),
        or: tf.logicalOr(tf.greater(a!, 0), tf.greater(b!, 0)),
        where: tf.where(tf.greater(a!, b!), a!, b!),
        whereIntegers: tf.where(tf.greater(i!, j!), i!, j!),
      };
    }),
  );
});

test("reductions take any axes, counted from either end, as tfjs's cpu backend does", async () => {
  const drawn = shapes(1).chain((shape) =>
    fc.tuple(
      floats(shape),
      integers(shape),
      fc.subarray(shape.map((_, axis) => axis)),
      fc.boolean(),
      fc.integer({ min: -shape.length, max: shape.length - 1 }),
    ),
  );
  await check(drawn, ([x, i, some, fromEnd, axis]) =>
    expectSame(engine, { x, i }, ({ x, i }) => {
      const axes = some.map((each) => (fromEnd ? each - x!.rank : each));
      const along = axis < 0 ? axis + x!.rank : axis;
      const positive = tf.greater(i!, tf.scalar(0, "int32"));
      return {
        sum: tf.sum(x!, axes),
        sumAll: tf.sum(x!),
        sumIntegers: tf.sum(i!, axes, true),
        sumBooleans: tf.sum(positive, axes),
        mean: tf.mean(x!, axes, true),
        meanIntegers: tf.mean(i!, axes),
        prod: tf.prod(x!, axes),
        max: tf.max(x!, axes, true),
        maxIntegers: tf.max(i!, axes),
        min: tf.min(x!, axes),
        all: tf.all(positive, axes),
        any: tf.any(positive, axes, true),
        argMax: tf.argMax(x!, axis),
        argMin: tf.argMin(i!, axis),
        softmax: tf.softmax(x!, x!.rank - 1),
        logSoftmax: tf.logSoftmax(x!, x!.rank - 1),
        cumsum: tf.cumsum(x!, along, true, false),
        cumsumBack: tf.cumsum(i!, along, false, true),
        logSumExp: tf.logSumExp(x!, axes),
      };
    }),
  );
});

test("kernels that move values do as tfjs's cpu backend does", async () => {
  const drawn = shapes(1).chain((shape) =>
    fc.tuple(
      floats(shape),
      integers(shape),
      fc.shuffledSubarray(
        shape.map((_, axis) => axis),
        { minLength: shape.length },
      ),
      fc.nat(shape.length - 1),
      fc.array(fc.nat(2), { minLength: 4, maxLength: 4 }),
    ),
  );
  await check(drawn, ([x, i, perm, axis, counts]) =>
    expectSame(engine, { x, i }, ({ x, i }) => {
      const { shape } = x!;
      const begin = shape.map((size, each) => Math.min(counts[each]!, size - 1));
      const pads = shape.map((_, each): [number, number] => [counts[each]!, counts[3 - each]!]);
      const halves = [Math.floor(shape[axis]! / 2), Math.ceil(shape[axis]! / 2)];
      return {
        transpose: tf.transpose(x!, perm),
        transposeIntegers: tf.transpose(i!, perm),
        reshape: tf.reshape(x!, [-1, shape[0]]),
        flat: tf.reshape(i!, [-1]),
        expand: tf.expandDims(x!, -1),
        squeeze: tf.squeeze(x!),
        slice: tf.slice(x!, begin, [-1, ...shape.slice(1).map(() => -1)]),
        sliceIntegers: tf.slice(i!, begin[0]!, 1),
        concat: tf.concat([x!, tf.neg(x!), x!], axis),
        concatIntegers: tf.concat([i!, i!], axis - shape.length),
        stack: tf.stack([x!, x!], axis - shape.length),
        pad: tf.pad(x!, pads, 0.5),
        padIntegers: tf.pad(i!, pads, 7),
        tile: tf.tile(
          x!,
          counts.slice(0, shape.length).map((count) => count + 1),
        ),
        broadcast: tf.broadcastTo(x!, [2, ...shape]),
        ...Object.fromEntries(tf.unstack(x!, axis).map((part, index) => [`part${index}`, part])),
        ...(halves[0]! > 0 && { half: tf.split(x!, halves, axis)[1]! }),
      };
    }),
  );
});

test("kernels that make values, or look them up, do as tfjs's cpu backend does", async () => {
  const drawn = shapes(1).chain((shape) =>
    fc.nat(shape.length - 1).chain((axis) =>
      fc.tuple(
        floats(shape),
        shapes().chain((other) => integers(other, { min: 0, max: shape[axis]! - 1 })),
        integers([shape[0]!], { min: 0, max: 2 }),
        fc.constant(axis),
      ),
    ),
  );
  await check(drawn, ([x, ids, segments, axis]) =>
    expectSame(engine, { x, ids, segments }, ({ x, ids, segments }) => ({
      fill: tf.fill([2, 3], 4),
      zerosLike: tf.zerosLike(x!),
      onesLike: tf.onesLike(ids!),
      range: tf.range(7, 1, -2),
      constant: tf.tensor([1, 2, 3, 4], [2, 2]),
      zeros: tf.add(tf.zeros(x!.shape), tf.scalar(1)),
      oneHot: tf.oneHot(ids!, 5),
      oneHotValues: tf.oneHot(ids!, 3, 2.5, -1, "float32"),
      gather: tf.gather(x!, ids!, axis),
      segmentSum: tf.unsortedSegmentSum(x!, tf.reshape<tf.Rank.R1>(segments!, [-1]), 4),
      twoSums: tf.add(
        tf.unsortedSegmentSum(x!, tf.reshape<tf.Rank.R1>(segments!, [-1]), 4),
        tf.unsortedSegmentSum(tf.neg(x!), tf.zerosLike(segments!) as tf.Tensor1D, 4),
      ),
    })),
  );
});

test("products multiply as tfjs's cpu backend does, transposed or not", async () => {
  const size = fc.integer({ min: 1, max: 4 });
  const batches = fc.array(size, { maxLength: 2 });
  const drawn = fc.tuple(batches, size, size, size).chain(([batch, m, n, k]) =>
    broadcastable(batch).chain((other) => {
      const shape = repeatsWhole(other, batch) ? other : batch;
      return fc.tuple(floats([...batch, m, k]), floats([...shape, k, n]));
    }),
  );
  await check(drawn, ([a, b]) =>
    expectSame(engine, { a, b }, ({ a, b }) => {
      const swapped = (x: tf.Tensor): tf.Tensor =>
        tf.transpose(x, [...x.shape.slice(0, -2).map((_, axis) => axis), x.rank - 1, x.rank - 2]);
      return {
        plain: tf.matMul(a!, b!),
        first: tf.matMul(swapped(a!), b!, true),
        second: tf.matMul(a!, swapped(b!), false, true),
        both: tf.matMul(swapped(a!), swapped(b!), true, true),
      };
    }),
  );
});

/** tfjs's cpu backend repeats the smaller batch as a whole: broadcasting, if axes of size 1 come first. */
function repeatsWhole(other: readonly number[], batch: readonly number[]): boolean {
  const first = other.findIndex((axis) => axis !== 1);
  const rest = first === -1 ? other.length : first;
  return other.length === batch.length && other.slice(rest).join() === batch.slice(rest).join();
}

test("products broadcast inner axes of a batch too", async () => {
  const specs = {
    a: { shape: [2, 2, 1, 1], dtype: "float32" },
    b: { shape: [2, 1, 1, 1], dtype: "float32" },
  } as const;
  const compiled = await engine.compileFunction({
    weights: {},
    inputs: specs,
    evaluate: (_, { a, b }) => ({ product: tf.matMul(a!, b!) }),
  });
  const weights = engine.allocate({});
  const inputs = { a: Float32Array.of(1, 2, 3, 4), b: Float32Array.of(10, 100) };
  expect((await compiled.run(weights, inputs)).product).toEqual(Float32Array.of(10, 20, 300, 400));
  compiled.dispose();
  weights.dispose();
});

test("tensors without values are as empty as in tfjs", async () => {
  const x = { shape: [0, 3], values: new Float32Array(0) };
  await expectSame(engine, { x }, ({ x }) => ({
    sum: tf.sum(x!, 0),
    doubled: tf.mul(x!, 2),
    joined: tf.concat([x!, tf.ones([1, 3])], 0),
    product: tf.matMul(x!, tf.ones([3, 2])),
  }));
});
