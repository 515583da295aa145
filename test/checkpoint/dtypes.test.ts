import { expect, test } from "vitest";
import { fc } from "../support/properties";
import { encodeValues, findDtype } from "../../server/checkpoint/dtypes";

function read(dtype: string, values: Uint16Array<ArrayBuffer> | Float64Array<ArrayBuffer>) {
  return [...findDtype(dtype)!.toFloat32!(new Uint8Array(values.buffer))];
}

test("F16 has the values of IEEE 754's table of half precision", () => {
  const cases: [number, number][] = [
    [0x0000, 0],
    [0x8000, -0],
    [0x0001, 2 ** -24],
    [0x03ff, 2 ** -14 - 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x7e00, NaN],
  ];
  const bits = Uint16Array.from(cases, ([half]) => half);
  expect(read("F16", bits)).toEqual(cases.map(([, value]) => value));
});

test("a long F16 tensor is read as short ones are", () => {
  const all = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
  const pieces = [all.slice(0, 40_000), all.slice(40_000)].flatMap((piece) => read("F16", piece));
  expect(read("F16", all)).toEqual(pieces);
});

test("BF16 is the upper half of a float32", () => {
  const float = fc.float({ noNaN: true }).map((value) => {
    const bits = new Uint32Array(Float32Array.of(value).buffer)[0]! & 0xffff_0000;
    return [bits >>> 16, new Float32Array(Uint32Array.of(bits).buffer)[0]!] as const;
  });
  fc.assert(
    fc.property(fc.array(float), (drawn) => {
      const bits = Uint16Array.from(drawn, ([upper]) => upper);
      expect(read("BF16", bits)).toEqual(drawn.map(([, value]) => value));
    }),
  );
});

test("F64 is rounded to the nearest float32", () => {
  expect(read("F64", Float64Array.of(0.1, -1 / 3, 1e300))).toEqual([
    Math.fround(0.1),
    Math.fround(-1 / 3),
    Infinity,
  ]);
});

test.each(["F16", "BF16"] as const)("%s is written as it was read, bit for bit", (dtype) => {
  const all = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
  const values = findDtype(dtype)!.toFloat32!(new Uint8Array(all.buffer));
  const again = encodeValues(values, dtype);
  all.forEach((bits, i) => {
    if (Number.isNaN(values[i])) expect(read(dtype, again.slice(i, i + 1))).toEqual([NaN]);
    else expect(again[i]).toBe(bits);
  });
});

test.each(["F16", "BF16"] as const)(
  "%s takes the nearest value, and the even one of two",
  (dtype) => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0x7bfe }), (bits) => {
        const [low, high] = read(dtype, Uint16Array.of(bits, bits + 1)) as [number, number];
        const middle = (low + high) / 2;
        const even = bits % 2 === 0 ? bits : bits + 1;
        const encode = (value: number) => encodeValues(Float32Array.of(value), dtype)[0];
        expect(encode(middle)).toBe(even);
        expect(encode(low + (middle - low) * 0.99)).toBe(bits);
        expect(encode(high - (high - middle) * 0.99)).toBe(bits + 1);
        expect(encode(-middle)).toBe(even | 0x8000);
      }),
    );
  },
);

test("what float16 cannot hold becomes infinite", () => {
  expect([...encodeValues(Float32Array.of(65519, 65520, -1e9, Infinity), "F16")]).toEqual([
    0x7bff, 0x7c00, 0xfc00, 0x7c00,
  ]);
});
