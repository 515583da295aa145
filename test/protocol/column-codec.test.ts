import { fc } from "../support/properties";
import { describe, expect, it } from "vitest";
import { decodeColumn, encodeColumn } from "../../server/protocol/column-codec";

function decoded(bytes: Uint8Array, length: number): Float64Array {
  const values = new Float64Array(length);
  expect(decodeColumn(bytes.buffer as ArrayBuffer, 0, values)).toBe(bytes.length);
  return values;
}

describe("a column of numbers", () => {
  it("comes back as it was, whatever the numbers", () => {
    const numbers = fc.oneof(
      fc.double(),
      fc.float(),
      fc.constantFrom(0, -0, NaN, Infinity, 5e-324),
    );
    fc.assert(
      fc.property(fc.array(numbers), (list) => {
        const values = Float64Array.from(list);
        const bytes = encodeColumn(values);
        expect(bytes.length % 8).toBe(0);
        expect([...decoded(bytes, values.length)]).toEqual([...values]);
      }),
    );
  });

  it("that is a straight line takes 24 bytes", () => {
    const line = Float64Array.from({ length: 1000 }, (_, at) => 1.5e9 * (at + 1));
    expect(encodeColumn(line).length).toBe(24);
    expect(encodeColumn(new Float64Array(1000).fill(0.02)).length).toBe(24);
    expect([...decoded(encodeColumn(line), 1000)]).toEqual([...line]);
  });

  it("of float32 values takes 4 bytes each, of others 8", () => {
    const noise = Float64Array.from({ length: 1000 }, (_, at) => Math.sin(at * at));
    expect(encodeColumn(noise).length).toBe(8 + 8000);
    expect(encodeColumn(Float64Array.from(noise, Math.fround)).length).toBe(8 + 4000);
  });

  it("is refused where it is cut off or says something else", () => {
    const bytes = encodeColumn(Float64Array.of(1, 2, 4));
    const cut = bytes.slice(0, 16).buffer;
    expect(() => decodeColumn(cut, 0, new Float64Array(3))).toThrow("it is cut off");
    expect(() => decodeColumn(new ArrayBuffer(4), 0, new Float64Array(3))).toThrow("it is cut off");
    expect(() => decoded(bytes, 4)).toThrow("12 bytes for 4 values");
    const other = bytes.slice();
    other[0] = 9;
    expect(() => decoded(other, 3)).toThrow("its kind is 9");
  });
});
