import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { fc } from "../support/properties";
import { describe, expect, test } from "vitest";
import { openSafetensors } from "../../server/checkpoint/safetensors";
import { safetensorsBytes, writeSafetensors } from "../../server/checkpoint/safetensors-writer";
import type { TensorSource } from "../../server/checkpoint/tensor-source";
import { temporaryFolders } from "./support/folder";
import { fuzzHeaders } from "./support/fuzz-headers";
import { memorySource } from "./support/sources";

const newFolder = temporaryFolders();

async function write(file: string, source: TensorSource, signal?: AbortSignal): Promise<void> {
  const handle = await open(file, "w");
  try {
    await writeSafetensors(handle, source, { signal });
  } finally {
    await handle.close();
  }
}

/** A file with this header and this many bytes of data. */
function fileWith(header: string | Uint8Array, dataBytes: number): string {
  const file = join(newFolder(), "x.safetensors");
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(file, Buffer.concat([length, json, Buffer.alloc(dataBytes)]));
  return file;
}

const two = memorySource({
  "b.weight": { shape: [2, 2], values: [1, 2, 3, 4] },
  a: { shape: [], values: [-0.5] },
});

describe("writeSafetensors()", () => {
  test("gives the bytes that the format prescribes", async () => {
    const file = join(newFolder(), "two.safetensors");
    await write(file, two);
    const json =
      '{"__metadata__":{"format":"pt"},' +
      '"b.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},' +
      '"a":{"dtype":"F32","shape":[],"data_offsets":[16,20]}}';
    const padded = json.padEnd(Math.ceil(json.length / 8) * 8);
    const bytes = readFileSync(file);
    expect(bytes.readBigUInt64LE()).toBe(BigInt(padded.length));
    expect(bytes.subarray(8, 8 + padded.length).toString()).toBe(padded);
    expect(bytes.subarray(8 + padded.length).toString("hex")).toBe(
      "0000803f" + "00000040" + "00004040" + "00008040" + "000000bf",
    );
    expect(bytes).toHaveLength(safetensorsBytes(two.shapes));
  });

  test("and openSafetensors() give back what went in, name by name", async () => {
    const tensors = fc.dictionary(
      fc.string({ unit: "grapheme", minLength: 1 }),
      fc.array(fc.array(fc.float({ noNaN: true }), { minLength: 3, maxLength: 3 })),
      { noNullPrototype: true },
    );
    await fc.assert(
      fc.asyncProperty(tensors, async (drawn) => {
        const source = memorySource(
          Object.fromEntries(
            Object.entries(drawn).map(([name, rows]) => [
              name,
              { shape: [rows.length, 3], values: rows.flat() },
            ]),
          ),
        );
        const file = join(newFolder(), "drawn.safetensors");
        await write(file, source);
        const opened = await openSafetensors(file);
        try {
          expect([...opened.shapes].sort()).toEqual([...source.shapes].sort());
          for (const name of source.shapes.keys()) {
            expect(await opened.read(name)).toEqual(await source.read(name));
          }
        } finally {
          await opened.close();
        }
      }),
      { numRuns: 50 },
    );
  });

  test("refuses a source whose values do not fill the shape", async () => {
    const wrong = memorySource({ w: { shape: [2, 2], values: [1, 2, 3] } });
    await expect(write(join(newFolder(), "w"), wrong)).rejects.toThrow(
      new TypeError('Cannot write tensor "w": it has 3 values, and its shape is [2, 2]'),
    );
  });

  test("refuses the name that the format keeps for itself", async () => {
    const wrong = memorySource({ __metadata__: { shape: [], values: [1] } });
    await expect(write(join(newFolder(), "w"), wrong)).rejects.toThrow(/keeps that name/);
  });

  test("stops when it is told to", async () => {
    await expect(write(join(newFolder(), "w"), two, AbortSignal.abort())).rejects.toThrow(/abort/i);
  });
});

describe("openSafetensors()", () => {
  const entry = (name: string, begin: number, end: number): string =>
    `"${name}":{"dtype":"F32","shape":[${(end - begin) / 4}],"data_offsets":[${begin},${end}]}`;

  test("reads escapes, white space, metadata and tensors in any order of the bytes", async () => {
    const file = fileWith(
      ` {\n"__metadata__" : { "format":"pt" },${entry("\\u00e9\\n", 8, 12)} ,${entry("b", 0, 8)}} \n`.trimStart(),
      12,
    );
    const opened = await openSafetensors(file);
    expect([...opened.header.metadata]).toEqual([["format", "pt"]]);
    expect([...opened.shapes]).toEqual([
      ["b", [2]],
      ["é\n", [1]],
    ]);
    await opened.close();
  });

  test("names a tensor that is not there", async () => {
    const opened = await openSafetensors(fileWith(`{${entry("a", 0, 4)}}`, 4));
    await expect(opened.read("b")).rejects.toThrow(/"b": .*x\.safetensors has none of that name/);
    await opened.close();
  });

  test("opens dtypes that weights do not have, and says so when asked for their values", async () => {
    const bytes = '{"h":{"dtype":"I8","shape":[3],"data_offsets":[0,3]}}';
    const opened = await openSafetensors(fileWith(bytes, 3));
    await expect(opened.read("h")).rejects.toThrow(
      /"h" .* dtype is I8, and only F32, F64, F16, BF16 are read as numbers/,
    );
    await opened.close();
  });

  const shaped = (shape: string, offsets: string, dtype = "F32"): string =>
    `{"w":{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}}`;

  test.each([
    ["something else than an object", "[]", 0, /expected "\{" as the first byte/],
    ["a header that does not end", '{"w":{"dtype":"F32"', 0, /expected "\}" in tensor "w"/],
    ["a second document", "{}{}", 0, /something follows/],
    ["the same name twice", `{${entry("w", 0, 4)},${entry("w", 4, 8)}}`, 8, /has "w" twice/],
    [
      "the same name twice, once escaped",
      `{${entry("w", 0, 4)},${entry("\\u0077", 4, 8)}}`,
      8,
      /has "w" twice/,
    ],
    ["a key that means nothing", '{"w":{"color":"red"}}', 0, /"w" has the key "color"/],
    ["a nested value", '{"w":{"shape":[[1]]}}', 0, /shape of tensor "w" has something else/],
    ["a missing shape", '{"w":{"dtype":"F32","data_offsets":[0,0]}}', 0, /"w" has no shape/],
    ["a negative dimension", shaped("[-1]", "[0,4]"), 4, /something else than a whole number/],
    ["a fraction", shaped("[1.5]", "[0,4]"), 4, /expected "\]" in shape of tensor "w"/],
    ["a leading zero", shaped("[01]", "[0,4]"), 4, /leading zero/],
    ["a dimension beyond 2^53", shaped("[9007199254740993]", "[0,4]"), 4, /beyond 2\^53/],
    ["sizes that overflow", shaped("[4294967296,4294967296]", "[0,4]"), 4, /"w" .* needs \d/],
    [
      "a shape of a hundred dimensions",
      shaped(`[${"1,".repeat(99)}1]`, "[0,4]"),
      4,
      /more than 32/,
    ],
    ["three offsets", shaped("[1]", "[0,4,8]"), 4, /data_offsets of tensor "w" has more than 2/],
    ["offsets that go back", shaped("[1]", "[4,0]"), 4, /"w" has the data_offsets \[4, 0\]/],
    ["an unknown dtype", shaped("[1]", "[0,4]", "F33"), 4, /"w" has the unknown dtype "F33"/],
    ["a size that does not fit", shaped("[2]", "[0,4]"), 4, /"w" of F32 \[2\] needs 8 .* has 4/],
    [
      "a name that would steer a terminal",
      '{"\\u001b[2J":{}}',
      0,
      /tensor "\\u001b\[2J" has no dtype/,
    ],
    ["a hole", `{${entry("a", 0, 4)},${entry("b", 8, 12)}}`, 12, /"b" leaves 4 bytes unused after/],
    ["an overlap", `{${entry("a", 0, 8)},${entry("b", 4, 12)}}`, 12, /"b" overlaps tensor "a"/],
    [
      "a file that ends early",
      `{${entry("a", 0, 8)}}`,
      4,
      /"a" ends at byte \d+, but the file ends/,
    ],
    ["a file that goes on", `{${entry("a", 0, 8)}}`, 12, /"a" ends at byte \d+, but .* goes on/],
    ["text that is not UTF-8", Buffer.from('{"\xff":1}', "latin1"), 0, /not JSON in UTF-8/],
    ["half of a surrogate pair", '{"\\ud800":1}', 0, /half of a surrogate pair/],
    ["a control character", '{"a\nb":1}', 0, /not JSON in UTF-8/],
    ["a metadata value that is no text", '{"__metadata__":{"a":1}}', 0, /expected "\\"" in a text/],
  ])("refuses %s", async (_, header, dataBytes, message) => {
    const file = fileWith(header, dataBytes);
    await expect(openSafetensors(file)).rejects.toThrow(message);
    await expect(openSafetensors(file)).rejects.toThrow(SyntaxError);
    await expect(openSafetensors(file)).rejects.toThrow(`Cannot read ${file}`);
  });

  test.each([
    ["an empty file", 0, /has 0 bytes, and a safetensors file has at least 8/],
    ["a file cut within the header", 20, /claims \d+ bytes, but the file ends after 20/],
    ["a file cut within a tensor", 177, /"a" ends at byte 180, but the file ends at 177/],
  ])("refuses %s", async (_, sizeBytes, message) => {
    const file = join(newFolder(), "cut.safetensors");
    await write(file, two);
    truncateSync(file, sizeBytes);
    await expect(openSafetensors(file)).rejects.toThrow(message);
  });

  test("refuses a header of more than 100 MB before it reads it", async () => {
    const file = join(newFolder(), "long.safetensors");
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(100_000_001n);
    writeFileSync(file, length);
    truncateSync(file, 200_000_000);
    await expect(openSafetensors(file)).rejects.toThrow(/claims 100000001 bytes, and at most/);
  });

  test("refuses more than 100,000 tensors", async () => {
    const many = Array.from({ length: 100_001 }, (_, index) => entry(`t${index}`, 0, 0));
    await expect(openSafetensors(fileWith(`{${many.join(",")}}`, 0))).rejects.toThrow(
      /more than 100000 tensors/,
    );
  });

  test("refuses a folder", async () => {
    await expect(openSafetensors(newFolder())).rejects.toThrow(/not a regular file/);
  });

  test("answers or refuses 5,000 mutated headers, each at once", () => {
    const { accepted, refused, slowestMs } = fuzzHeaders(5000, 1);
    expect(accepted).toBeGreaterThan(10);
    expect(refused).toBeGreaterThan(1000);
    expect(slowestMs).toBeLessThan(1000);
  });
});
