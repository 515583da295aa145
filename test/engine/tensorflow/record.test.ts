import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findForDevice } from "../../../server/engine/tensorflow/find";
import type { Surroundings } from "../../../server/engine/engines-folder";
import type { Flavour } from "../../../server/engine/tensorflow/place";
import {
  type EngineRecord,
  findEngine,
  parseRecord,
} from "../../../server/engine/tensorflow/record";

const record = (flavour: Flavour): EngineRecord => ({
  format: 1,
  flavour,
  origin: "wheel",
  tensorflow: "2.21.0",
  package_version: "4.22.0",
  created_at: "2026-01-02T03:04:05.000Z",
});

let engines: string;
let surroundings: Surroundings;

beforeAll(async () => {
  engines = await mkdtemp(join(tmpdir(), "deep-fusion-engines-"));
  const environment = { DEEP_FUSION_ENGINES: engines };
  surroundings = { environment, platform: process.platform, home: engines };
});

afterAll(() => rm(engines, { recursive: true, force: true }));

test("an engine without its record, which is written last, is not there", async () => {
  await mkdir(join(engines, "tensorflow", "node_modules"), { recursive: true });
  expect(await findEngine("tensorflow", surroundings)).toBeUndefined();
  await expect(findForDevice("cpu", surroundings)).rejects.toThrow("doctor --install tensorflow ");
  await expect(findForDevice("cuda", surroundings)).rejects.toThrow(
    "it is not set up; npx deep-fusion doctor --install tensorflow-gpu does that",
  );
});

test("CUDA's engine computes on the CPU where the CPU's own is not set up", async () => {
  for (const flavour of ["tensorflow-gpu", "tensorflow"] as const) {
    await mkdir(join(engines, flavour), { recursive: true });
    const text = JSON.stringify(record(flavour));
    await writeFile(join(engines, flavour, "engine.json"), text);
    expect((await findForDevice("cpu", surroundings)).record).toEqual(record(flavour));
    expect((await findForDevice("cuda", surroundings)).record.flavour).toBe("tensorflow-gpu");
  }
});

test("a record that cannot be understood is refused, with what to do", () => {
  const refused = (value: unknown): unknown => {
    try {
      return parseRecord(typeof value === "string" ? value : JSON.stringify(value), "engine.json");
    } catch (error) {
      return error instanceof SyntaxError ? error.message : error;
    }
  };
  const whole = record("tensorflow");
  const after = "; set the engine up again";
  expect(refused("{")).toBe(`Cannot read engine.json: it is not JSON${after}`);
  expect(refused(null)).toBe(`Cannot read engine.json: its format is undefined, not 1${after}`);
  expect(refused({ ...whole, format: 2 })).toContain("its format is 2, not 1");
  expect(refused({ ...whole, flavour: "torch" })).toContain("it names no engine known here");
  expect(refused({ ...whole, tensorflow: 2 })).toContain("a version is missing");
  expect(refused(whole)).toEqual(whole);
});
