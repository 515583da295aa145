import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openEngine, resolveEngine } from "../../server/engine/choice";
import { examineEngines } from "../../server/engine/doctor";

/** Whatever this user has set up is none of the tests' business. */
const engines = mkdtempSync(join(tmpdir(), "deep-fusion-engines-"));

beforeAll(() => {
  vi.stubEnv("DEEP_FUSION_ENGINES", engines);
});

afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(engines, { recursive: true, force: true });
});

test("openEngine() opens the graph engine on the CPU", async () => {
  const engine = await openEngine({ engine: "auto", device: "cpu", threads: 1 });
  expect([engine.name, engine.device, engine.threads]).toEqual(["graph", "cpu", 1]);
  await engine.dispose();
});

test("openEngine() says why a device cannot be used, and which can", async () => {
  await expect(openEngine({ engine: "graph", device: "dml", threads: 1 })).rejects.toThrow(
    /^Cannot compute with graph on dml: onnxruntime has nothing for it on \S+; use graph on cpu/,
  );
  await expect(openEngine({ engine: "auto", device: "cpu", threads: 0 })).rejects.toThrow(
    "Cannot compute with 0 threads",
  );
});

test("resolveEngine() says what is meant, and opens nothing", async () => {
  const meant = { engine: "graph", device: "cpu" };
  expect(await resolveEngine({ engine: "auto", device: "cpu" })).toEqual(meant);
  await expect(resolveEngine({ engine: "tensorflow", device: "cpu" })).rejects.toThrow(
    "Cannot compute with tensorflow on cpu: it is not set up; " +
      "npx deep-fusion doctor --install tensorflow does that; use graph on cpu",
  );
});

test("examineEngines() finds onnxruntime, with its version", async () => {
  const [graph] = await examineEngines();
  expect(graph).toMatchObject({ engine: "graph", device: "cpu", usable: true, reason: "" });
  expect(graph!.version).toMatch(/^onnxruntime \d+\.\d+\.\d+$/);
});
