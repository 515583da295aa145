import { expect, test } from "vitest";
import { openEngine, resolveEngine } from "../../server/engine/choice";
import { examineEngines } from "../../server/engine/doctor";

test("openEngine() opens the graph engine on the CPU", async () => {
  const engine = await openEngine({ engine: "auto", device: "cpu", threads: 1 });
  expect([engine.name, engine.device, engine.threads]).toEqual(["graph", "cpu", 1]);
  await engine.dispose();
});

test("openEngine() says why a device cannot be used, and which can", async () => {
  await expect(openEngine({ engine: "graph", device: "webgpu", threads: 1 })).rejects.toThrow(
    "Cannot compute with graph on webgpu: this version of Deep Fusion computes on the CPU only; " +
      "use graph on cpu",
  );
  await expect(openEngine({ engine: "auto", device: "cpu", threads: 0 })).rejects.toThrow(
    "Cannot compute with 0 threads",
  );
});

test("resolveEngine() says what is meant, and opens nothing", async () => {
  const meant = { engine: "graph", device: "cpu" };
  expect(await resolveEngine({ engine: "auto", device: "cpu" })).toEqual(meant);
  await expect(resolveEngine({ engine: "tensorflow", device: "cpu" })).rejects.toThrow(
    "Cannot compute with tensorflow on cpu",
  );
});

test("examineEngines() finds onnxruntime, with its version", async () => {
  const [graph] = await examineEngines();
  expect(graph).toMatchObject({ engine: "graph", device: "cpu", usable: true, reason: "" });
  expect(graph!.version).toMatch(/^onnxruntime \d+\.\d+\.\d+$/);
});
