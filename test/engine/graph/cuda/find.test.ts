import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Surroundings } from "../../../../server/engine/engines-folder";
import { type CudaRecord, findCuda, parseRecord } from "../../../../server/engine/graph/cuda/find";
import { cudaFiles, cudaFolder } from "../../../../server/engine/graph/cuda/place";
import { bindingPath, libraryVersion } from "../../../../server/engine/graph/library";

let surroundings: Surroundings;
let engines: string;

beforeAll(async () => {
  engines = await mkdtemp(join(tmpdir(), "deep-fusion-cuda-"));
  const environment = { DEEP_FUSION_ENGINES: engines };
  surroundings = { environment, platform: process.platform, home: engines };
});
afterAll(() => rm(engines, { recursive: true }));

const record = (changes: Partial<CudaRecord> = {}): string =>
  JSON.stringify({
    ...{ format: 1, flavour: "cuda", origin: "wheel", onnxruntime: libraryVersion() },
    ...{ libraries: [], created_at: "2026-01-01T00:00:00.000Z", ...changes },
  });

async function written(text: string): Promise<string> {
  const files = cudaFiles(cudaFolder(surroundings));
  await mkdir(files.libraries, { recursive: true });
  await writeFile(files.binding, "");
  await writeFile(files.record, text);
  return files.binding;
}

const isLinux = process.platform === "linux" && process.arch === "x64";

describe.runIf(isLinux)("findCuda()", () => {
  test("says how to set it up, where it is not", async () => {
    await expect(findCuda(surroundings)).rejects.toThrow(
      /^it is not set up; npx deep-fusion doctor --install cuda does that$/,
    );
  });

  test("finds what is loaded in place of onnxruntime's own native part", async () => {
    const other = await written(record());
    const { provider } = cudaFiles(cudaFolder(surroundings));
    expect(await findCuda(surroundings)).toEqual({
      ...{ own: bindingPath(), other, provider, libraries: [] },
    });
  });

  test("refuses what another version of onnxruntime would load", async () => {
    await written(record({ onnxruntime: "1.2.3" }));
    await expect(findCuda(surroundings)).rejects.toThrow(
      `it was set up for onnxruntime 1.2.3, and this program has ${libraryVersion()}; ` +
        "npx deep-fusion doctor --install cuda sets it up again",
    );
  });

  test("names the library that has gone with its Python environment", async () => {
    await written(record({ libraries: [join(engines, "gone.so")] }));
    await expect(findCuda(surroundings)).rejects.toThrow(
      `${join(engines, "gone.so")}, which it uses, has gone; `,
    );
  });
});

test("findCuda() knows where onnxruntime has no CUDA", async () => {
  if (isLinux) return;
  await expect(findCuda(surroundings)).rejects.toThrow("by CUDA on linux-x64 alone");
});

test.each([
  ["{", "it is not JSON"],
  ["[]", "its format is undefined, not 1"],
  ['{"format":2}', "its format is 2, not 1"],
  ['{"format":1}', "the version of onnxruntime is missing"],
  ['{"format":1,"onnxruntime":"1"}', "its libraries are no list of paths"],
  ['{"format":1,"onnxruntime":"1","libraries":[3]}', "its libraries are no list of paths"],
])("parseRecord() refuses %s", (text, reason) => {
  expect(() => parseRecord(text, "engine.json")).toThrow(
    `Cannot read engine.json: ${reason}; npx deep-fusion doctor --install cuda sets the engine up again`,
  );
});
