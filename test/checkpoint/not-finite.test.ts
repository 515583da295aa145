import { expect, test } from "vitest";
import { firstNotFinite, whyNotFinite } from "../../server/checkpoint/not-finite";

function source(tensors: Readonly<Record<string, readonly number[]>>) {
  return {
    shapes: new Map(Object.entries(tensors).map(([name, values]) => [name, [values.length]])),
    read: (name: string) => Promise.resolve(Float32Array.from(tensors[name]!)),
  };
}

test("firstNotFinite() names the first tensor that has a NaN or an infinity", async () => {
  expect(await firstNotFinite(source({ a: [1, 2], b: [0, Infinity], c: [NaN] }))).toBe("b");
  expect(await firstNotFinite(source({ a: [1], b: [-0] }))).toBeUndefined();
});

test("whyNotFinite() tells a broken weight from weights that are too large", async () => {
  expect(await whyNotFinite(NaN, source({ a: [NaN] }))).toContain("not finite is a");
  expect(await whyNotFinite(NaN, source({ a: [1e38] }))).toContain("too large");
});
