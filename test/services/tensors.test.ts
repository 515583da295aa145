import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TensorInspection } from "../../server/protocol/tensor-requests";
import { describeTensorFile } from "../../server/services/tensors/describe-file";
import { inspect } from "../../server/services/tensors/inspect";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tensors-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

type Values = Exclude<NodeJS.ArrayBufferView<ArrayBuffer>, DataView>;

interface Tensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes of the file; those after `values` are a hole. */
  readonly sizeBytes?: number;
  readonly values: Values;
}

async function write(name: string, tensors: Readonly<Record<string, Tensor>>): Promise<string> {
  const path = join(folder, name);
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let end = 0;
  for (const [key, { dtype, shape, values, sizeBytes = values.byteLength }] of Object.entries(
    tensors,
  )) {
    header[key] = { dtype, shape, data_offsets: [end, (end += sizeBytes)] };
  }
  const text = JSON.stringify(header);
  const json = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(json.length));
  const file = await open(path, "w");
  await file.write(Buffer.concat([start, json]));
  let position = 8 + json.length;
  for (const { values, sizeBytes = values.byteLength } of Object.values(tensors)) {
    await file.write(values, 0, values.byteLength, position);
    position += sizeBytes;
  }
  await file.truncate(position);
  await file.close();
  return path;
}

function look(path: string, name: string): Promise<TensorInspection> {
  return inspect(path, name, new AbortController().signal);
}

function cells({ picture }: TensorInspection): number[] {
  const bytes = Uint8Array.from(Buffer.from(picture!.base64, "base64"));
  return [...new Float32Array(bytes.buffer)];
}

describe("a tensor's statistics", () => {
  test("count what is not finite apart, and all other values in the bins", async () => {
    const values = Float32Array.of(1, 2, 3, 0, NaN, Infinity);
    const path = await write("m", { k: { dtype: "F32", shape: [6], values } });
    const { histogram, ...rest } = (await look(path, "k")).statistics;
    expect(rest).toEqual({
      ...{ count: 4, min: 0, max: 3, mean: 1.5, zeros: 1, notFinite: 2 },
      ...{ std: Math.sqrt(1.25), norm: Math.sqrt(14) },
    });
    expect(histogram.reduce((sum, bin) => sum + bin, 0)).toBe(4);
  });

  test("of nothing finite have no bins, of a scalar and of nothing no picture", async () => {
    const path = await write("m", {
      nan: { dtype: "F32", shape: [1], values: Float32Array.of(NaN) },
      scalar: { dtype: "F32", shape: [], values: Float32Array.of(7) },
      nothing: { dtype: "F32", shape: [0, 4], values: new Float32Array() },
    });
    const [nan, scalar, nothing] = await Promise.all(
      ["nan", "scalar", "nothing"].map((name) => look(path, name)),
    );
    expect(nan!.statistics).toMatchObject({ count: 0, notFinite: 1, histogram: [] });
    expect(scalar!.statistics).toMatchObject({ count: 1, min: 7, max: 7 });
    expect(scalar!.picture).toBeUndefined();
    expect(nothing!.picture).toBeUndefined();
  });

  test("are the same whether a tensor takes one piece or several", async () => {
    const [rows, columns] = [1500, 1001];
    const values = Float32Array.from({ length: rows * columns }, (_, index) => index % columns);
    const path = await write("m", { k: { dtype: "F32", shape: [rows, columns], values } });
    const inspection = await look(path, "k");
    expect(inspection.statistics).toMatchObject({ count: rows * columns, mean: 500, max: 1000 });
    expect(inspection.picture).toMatchObject({ rows, columns, shape: [rows, columns] });
    expect(inspection.picture!.base64).toBe(Buffer.from(values.buffer).toString("base64"));
  });

  test("end when they are no longer asked for", async () => {
    const values = new Float32Array(4);
    const path = await write("m", { k: { dtype: "F32", shape: [4], values } });
    await expect(inspect(path, "k", AbortSignal.abort())).rejects.toThrow(/abort/i);
  });
});

describe("every number format of a file", () => {
  const cases: readonly (readonly [string, Values, readonly number[]])[] = [
    ["F64", Float64Array.of(1.5, -2), [1.5, -2]],
    ["F16", Uint16Array.of(0x3c00, 0xc000), [1, -2]],
    ["BF16", Uint16Array.of(0x3f80, 0xc000), [1, -2]],
    ["I64", BigInt64Array.of(32_128n, -5n), [32_128, -5]],
    ["U64", BigUint64Array.of(2n ** 40n, 0n), [2 ** 40, 0]],
    ["I32", Int32Array.of(-7, 2 ** 24), [-7, 2 ** 24]],
    ["U32", Uint32Array.of(2 ** 31, 1), [2 ** 31, 1]],
    ["I16", Int16Array.of(-300, 300), [-300, 300]],
    ["U16", Uint16Array.of(65_535, 1), [65_535, 1]],
    ["I8", Int8Array.of(-128, 127), [-128, 127]],
    ["U8", Uint8Array.of(200, 0), [200, 0]],
    ["BOOL", Uint8Array.of(1, 0), [1, 0]],
    // 1, the largest, the smallest, and -0.5 of each.
    ["F8_E4M3", Uint8Array.of(0x38, 0x7e, 0x01, 0xb0), [1, 448, 2 ** -9, -0.5]],
    ["F8_E5M2", Uint8Array.of(0x3c, 0x7b, 0x01, 0xb8), [1, 57_344, 2 ** -16, -0.5]],
  ];
  test.each(cases)("%s can be looked at", async (dtype, values, expected) => {
    const path = await write("m", { k: { dtype, shape: [expected.length], values } });
    expect(cells(await look(path, "k"))).toEqual(expected);
  });

  test("of eight bits has its NaNs and infinities", async () => {
    const path = await write("m", {
      four: { dtype: "F8_E4M3", shape: [2], values: Uint8Array.of(0x7f, 0xff) },
      five: { dtype: "F8_E5M2", shape: [2], values: Uint8Array.of(0x7c, 0x7d) },
    });
    expect(cells(await look(path, "four"))).toEqual([NaN, NaN]);
    expect(cells(await look(path, "five"))).toEqual([Infinity, NaN]);
  });
});

describe("a large file", () => {
  test("is opened and looked at by its header and what is shown: 10 GB of it are a hole", async () => {
    const huge = { dtype: "F32", shape: [50_000, 50_000], sizeBytes: 10e9 };
    const path = await write("m", {
      huge: { ...huge, values: new Float32Array() },
      last: { dtype: "F32", shape: [1, 4096], values: new Float32Array(4096).fill(2) },
    });
    const file = await describeTensorFile(path);
    expect(file.sizeBytes).toBeGreaterThan(10e9);
    expect(file.tensors.map(({ name }) => name)).toEqual(["huge", "last"]);
    const { statistics, picture } = await look(path, "last");
    expect(statistics.mean).toBe(2);
    expect([picture!.rows, picture!.columns]).toEqual([1, 2048]);
  });

  test("says which shards it belongs to, and that it is none where the index does not name it", async () => {
    const one = { dtype: "F32", shape: [1], values: Float32Array.of(1) };
    const names = [1, 2].map((index) => `model-0000${index}-of-00002.safetensors`);
    for (const name of names) await write(name, { [name]: one });
    const weight_map = Object.fromEntries(names.map((name) => [name, name]));
    await writeFile(join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map }));
    expect((await describeTensorFile(join(folder, names[1]!))).shards).toEqual(names);
    const path = await write("optimizer.safetensors", { one });
    expect((await describeTensorFile(path)).shards).toEqual([]);
  });
});
