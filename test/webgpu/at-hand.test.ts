import { expect, test } from "vitest";
import { comparedWith } from "../../server/calibration/compared-with";
import type { StepTiming } from "../../server/calibration/time-steps";
import { runTrial } from "../../server/calibration/trial";
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

test("a trial times it on what the CPU computes, and says what it leaves to that", async () => {
  const trial = {
    ...{ workload, calibrator: distUrl("calibrator.js"), budgetMs: 1, listsOperators: true },
    now: () => new Date(),
  };
  const on = (device: "cpu" | "webgpu") =>
    runTrial({ ...trial, candidate: { engine: "graph", device, threads: 1 } });
  const [cpu, webgpu] = [await on("cpu"), await on("webgpu")];
  expect(webgpu).toMatchObject({ stepMs: expect.any(Number) as number, cpuOperators: [] });
  expect(comparedWith(cpu as StepTiming, webgpu, new Date())).toBe(webgpu);
});

const workload = {
  configuration: {
    ...presets["t5-nano"]!,
    ...{ vocab_size: 64, d_model: 16, d_kv: 8, d_ff: 32, num_heads: 2 },
    ...{ num_layers: 1, num_decoder_layers: 1, fusion_parts: [16] },
  },
  settings: {
    ...{ batch: 2, micro_batch: 2, inputs: 8, gradient_clipping: 1 },
    recompute: false,
    precision: "float32",
    optimizer: { kind: "sgd", momentum: 0.9 },
  },
  targets: 8,
} as const;
