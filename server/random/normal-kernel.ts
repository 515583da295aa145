/**
 * Standard normals from a counter-based stream, four counters at a time in WebAssembly.
 *
 * Block c of the stream is threefry(key, c) = (a, b), two words of 32 bits, and gives two normals (Box-Muller):
 *   r = sqrt(-2 ln((a + 1) / 2^32)),  angle = 2 pi b / 2^32,  z_2c = r cos(angle),  z_2c+1 = r sin(angle).
 * ln, sin and cos are polynomials in float32 (those of Cephes, errors below 2e-7), on arguments that are
 * reduced exactly: ln in the bits of the float, the angle in the bits of b.
 */
import { assemble, type Code, get, i32, instantiate, lanes, repeatWhile, set, types } from "./wasm";
import { type Key, rotations } from "./threefry";

/** How many normals a call makes at most; divides 2^33, so that a counter's lower word does not overflow in a call. */
export const pieceValues = 8192;

export interface NormalKernel {
  /**
   * Normals number `first` and on, `first` a multiple of 8, and none beyond the next multiple of `pieceValues`.
   * The next call overwrites them.
   */
  draw(
    key: Key,
    std: number,
    place: { readonly first: number; readonly count: number },
  ): Float32Array;
}

const lanesPerStep = 4;
const valuesPerStep = 8;
const bytesPerStep = 32;

export function normalKernel(): NormalKernel {
  const pages = Math.ceil((pieceValues * 4) / 65536);
  const { memory, run } = instantiate(assemble(routine(), pages));
  const values = new Float32Array(memory.buffer);
  return {
    draw({ low, high }, std, { first, count }) {
      const counter = first / 2;
      const steps = Math.ceil(count / valuesPerStep);
      run(steps * bytesPerStep, counter >>> 0, Math.floor(counter / 2 ** 32), low, high, std);
      return values.subarray(0, count);
    },
  };
}

const { iAdd, iSub, iShiftLeft, iShiftRight, iShiftSigned, iEqual } = lanes;
const { fAdd, fSub, fMul, fSqrt, and, or, xor, select, floats, ints } = lanes;

/** Locals, parameters first. `low` counts on in `counter`; its steps never cross 2^32 within a piece. */
const local = { end: 0, low: 1, high: 2, key0: 3, key1: 4, std: 5, at: 6, counter: 7 } as const;
const vectors = {
  x: 8,
  y: 9,
  k0: 10,
  k1: 11,
  k2: 12,
  high: 13,
  scale: 14,
  u: 15,
  v: 16,
  w: 17,
  square: 18,
} as const;

function routine() {
  const { end, low, high, key0, key1, std, at, counter } = local;
  const body = [
    ...set(vectors.k0, lanes.ofInt(get(key0))),
    ...set(vectors.k1, lanes.ofInt(get(key1))),
    ...set(vectors.k2, xor(every(0x1bd11bda), xor(get(vectors.k0), get(vectors.k1)))),
    ...set(vectors.high, iAdd(lanes.ofInt(get(high)), get(vectors.k1))),
    ...set(vectors.scale, lanes.ofFloat(get(std))),
    ...set(counter, iAdd(lanes.ofInt(get(low)), ints([0, 1, 2, 3]))),
    ...repeatWhile(step(), i32.lessThan(get(at), get(end))),
  ];
  return {
    parameters: [types.i32, types.i32, types.i32, types.i32, types.i32, types.f32],
    locals: [types.i32, ...Array<number>(12).fill(types.v128)],
    body,
  };
}

const logarithmCoefficients = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1,
  -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
];
const sineCoefficients = [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1];
const cosineCoefficients = [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2];

function step(): Code {
  const { x, y, k0, high, scale, u, v, w } = vectors;
  const { at, counter } = local;
  return [
    ...set(x, iAdd(get(counter), get(k0))),
    ...set(y, get(high)),
    ...rounds(),
    ...set(counter, iAdd(get(counter), every(lanesPerStep))),
    ...radius(), // u
    ...set(u, fMul(get(u), get(scale))),
    ...sineAndCosine(), // v = cos, w = sin
    ...set(v, fMul(get(u), get(v))),
    ...set(w, fMul(get(u), get(w))),
    ...lanes.store(get(at), lanes.shuffle(get(v), get(w), alternate(0)), 0),
    ...lanes.store(get(at), lanes.shuffle(get(v), get(w), alternate(2)), 16),
    ...set(at, i32.add(get(at), i32.const(bytesPerStep))),
  ];
}

/** Bytes of lanes a_i b_i a_i+1 b_i+1 of two vectors. */
function alternate(first: number): Code {
  return [first, first + 4, first + 1, first + 5].flatMap((lane) =>
    [0, 1, 2, 3].map((byte) => 4 * lane + byte),
  );
}

/** As threefry(), on four counters. */
function rounds(): Code {
  const { x, y, k0, k1, k2 } = vectors;
  const keys = [k0, k1, k2];
  const code: number[] = [];
  for (let round = 0; round < 20; round++) {
    const rotation = rotations[round % 8]!;
    code.push(...set(x, iAdd(get(x), get(y))));
    const rotated = or(iShiftLeft(get(y), rotation), iShiftRight(get(y), 32 - rotation));
    code.push(...set(y, xor(rotated, get(x))));
    if (round % 4 !== 3) continue;
    const injection = (round + 1) / 4;
    code.push(...set(x, iAdd(get(x), get(keys[injection % 3]!))));
    const next = iAdd(get(keys[(injection + 1) % 3]!), every(injection));
    code.push(...set(y, iAdd(get(y), next)));
  }
  return code;
}

/**
 * u = sqrt(-2 ln((x + 1) / 2^32)). With x + 1 = 2^e m and m in [sqrt(1/2), sqrt(2)):
 * ln = (e - 32) ln 2 + f + f^2 (f p(f) - 1/2), f = m - 1.
 */
function radius(): Code {
  const { x, u, v, w } = vectors;
  const halfRoot = 0x3f3504f3; // bits of sqrt(1/2)
  return [
    ...set(u, fAdd(lanes.unsignedToFloat(get(x)), floats(1))),
    ...set(v, iShiftSigned(iSub(get(u), every(halfRoot)), 23)), // e
    ...set(w, fSub(iSub(get(u), iShiftLeft(get(v), 23)), floats(1))), // f
    ...set(v, fMul(lanes.toFloat(iSub(get(v), every(32))), floats(Math.LN2))),
    ...set(u, fSub(fMul(polynomial(w, logarithmCoefficients), get(w)), floats(0.5))),
    ...set(u, fAdd(get(w), fMul(fMul(get(w), get(w)), get(u)))),
    ...set(u, fSqrt(fMul(fAdd(get(u), get(v)), floats(-2)))),
  ];
}

/**
 * v = cos(2 pi y / 2^32), w = sin(the same). With y = q 2^30 + t and |t| <= 2^29, the angle is q quarter turns and
 * 2 pi t / 2^32, at most an eighth; each quarter turn swaps the two and turns a sign.
 */
function sineAndCosine(): Code {
  const { x, y, v, w } = vectors;
  const [z, q] = [vectors.square, y];
  return [
    ...set(x, iShiftRight(iAdd(get(y), every(2 ** 29)), 30)),
    ...set(
      w,
      fMul(lanes.toFloat(iSub(get(y), iShiftLeft(get(x), 30))), floats((2 * Math.PI) / 2 ** 32)),
    ),
    ...set(q, get(x)),
    ...set(z, fMul(get(w), get(w))),
    ...set(x, fMul(fMul(get(z), get(w)), polynomial(z, sineCoefficients))),
    ...set(x, fAdd(get(w), get(x))), // sin of the rest
    ...set(v, fMul(fMul(get(z), get(z)), polynomial(z, cosineCoefficients))),
    ...set(v, fAdd(fSub(floats(1), fMul(get(z), floats(0.5))), get(v))), // cos of the rest
    ...set(z, iEqual(and(get(q), every(1)), every(1))),
    ...set(w, select(get(v), get(x), get(z))),
    ...set(v, select(get(x), get(v), get(z))),
    ...set(w, xor(get(w), signOf(get(q)))),
    ...set(v, xor(get(v), signOf(iAdd(get(q), every(1))))),
  ];
}

/** The sign bit where the quarter turns are 2 or 3. */
function signOf(quarters: Code): Code {
  return iShiftLeft(and(quarters, every(2)), 30);
}

/** Horner's scheme, highest power first. */
function polynomial(argument: number, [highest, ...rest]: readonly number[]): Code {
  return rest.reduce<Code>(
    (code, coefficient) => fAdd(fMul(code, get(argument)), floats(coefficient)),
    floats(highest!),
  );
}

function every(value: number): Code {
  return ints(Array<number>(4).fill(value));
}
