import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { calibrate } from "../../server/calibration/calibrate";
import { enginesAtHand } from "../../server/engine/candidates";
import { resolveEngine } from "../../server/engine/choice";
import { examineEngine } from "../../server/engine/doctor";
import { vulkanDevices } from "../../server/engine/graph/vulkan-devices";
import { presets } from "../../server/model/presets";
import { distUrl } from "../support/dist";

/** Of the software Vulkan that these tests bring. */
const onSoftware = test.runIf(process.platform === "linux");

onSoftware("a Vulkan in software is known as such, and no candidate", async () => {
  const [device, ...others] = await vulkanDevices();
  expect(others).toEqual([]);
  expect(device).toMatchObject({ kind: "software" });
  expect(device!.name).toMatch(/SwiftShader/);
  expect(device!.memoryBytes).toBeGreaterThan(2 ** 28);
  const devices = (await enginesAtHand()).map(({ device: each }) => each);
  expect(devices).not.toContain("webgpu");
});

onSoftware("it is examined all the same, and said to be software", async () => {
  const report = await examineEngine({ engine: "graph", device: "webgpu" });
  expect(report).toMatchObject({
    usable: true,
    reason: "",
    caution: "not yet tested on a real device",
  });
  expect(report.device_name).toMatch(/^SwiftShader.*, in software$/);
});

test("it is used where it is asked for", async () => {
  const meant = { engine: "graph", device: "webgpu" };
  expect(await resolveEngine({ engine: "auto", device: "webgpu" })).toEqual(meant);
});

test("a trial times it on what the CPU computes, and both are kept", async () => {
  const folder = await mkdtemp(join(tmpdir(), "deep-fusion-calibration-"));
  const engines = (["cpu", "webgpu"] as const).map((device) => ({
    ...({ engine: "graph", device, identity: "graph" } as const),
  }));
  const options = {
    candidates: engines.map(({ engine, device }) => ({ engine, device, threads: 1 })),
    ...{ engines, speedsFile: join(folder, "speeds.json"), workload },
    ...{ createdBy: "deep-fusion test", now: () => new Date(), isWorth: () => true },
  };
  const measured = await calibrate({ ...options, calibrator: distUrl("calibrator.js") });
  const [cpu, webgpu] = measured.map(({ result }) => result as { readonly loss: number });
  expect(webgpu).toMatchObject({ stepMs: expect.any(Number) as number });
  expect(webgpu!.loss).toBeCloseTo(cpu!.loss, 3);
  const calibrator = new URL("file:///nowhere/calibrator.js");
  expect(await calibrate({ ...options, calibrator })).toEqual(measured);
  await rm(folder, { recursive: true });
});

const workload = {
  configuration: {
    ...presets["t5-nano"]!,
    ...{ vocab_size: 64, d_model: 16, d_kv: 8, d_ff: 32, num_heads: 2 },
    ...{ num_layers: 1, num_decoder_layers: 1, fusion_parts: [16] },
  },
  settings: {
    ...{ batch: 2, micro_batch: 2, inputs: 8, gradient_clipping: 1 },
    optimizer: { kind: "sgd", momentum: 0.9 },
  },
  targets: 8,
} as const;
