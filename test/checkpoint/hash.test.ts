import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { weightsSha256 } from "../../server/checkpoint/hash";
import { memorySource } from "./support/sources";

const a = { shape: [2, 1], values: [1, -2] };
const b = { shape: [], values: [0.5] };

describe("weightsSha256()", () => {
  test("is SHA-256 over name, dtype, shape and bytes, by name", async () => {
    const expected = createHash("sha256")
      .update("a\0F32\0" + "2,1\0")
      .update(Buffer.from("0000803f000000c0", "hex"))
      .update("b\0F32\0\0")
      .update(Buffer.from("0000003f", "hex"))
      .digest("hex");
    expect(await weightsSha256(memorySource({ b, a }))).toBe(expected);
  });

  test("does not depend on the order in the file", async () => {
    expect(await weightsSha256(memorySource({ a, b }))).toBe(
      await weightsSha256(memorySource({ b, a })),
    );
  });

  test.each([
    ["a value", { a: { ...a, values: [1, 2] }, b }],
    ["a shape", { a: { ...a, shape: [1, 2] }, b }],
    ["a name", { aa: a, b }],
  ])("changes with %s", async (_, tensors) => {
    expect(await weightsSha256(memorySource(tensors))).not.toBe(
      await weightsSha256(memorySource({ a, b })),
    );
  });

  test("stops when it is told to", async () => {
    await expect(weightsSha256(memorySource({ a }), AbortSignal.abort())).rejects.toThrow(/abort/i);
  });
});
