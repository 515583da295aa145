import { expect, test } from "vitest";
import { fastestOf } from "../../../server/engine/graph/adapter";
import { namesOnCpu } from "../../../server/engine/graph/operators-on-cpu";
import type { VulkanDevice } from "../../../server/engine/graph/vulkan-devices";

const device = (kind: VulkanDevice["kind"]): VulkanDevice => ({ kind, name: kind, memoryBytes: 1 });

test("fastestOf() takes a card before what shares the processor's memory, and software last", () => {
  const all = (["software", "virtual", "integrated", "discrete"] as const).map(device);
  expect(fastestOf(all)?.kind).toBe("discrete");
  expect(fastestOf(all.slice(0, 3))?.kind).toBe("integrated");
  expect(fastestOf(all.slice(0, 1))?.kind).toBe("software");
  expect(fastestOf([])).toBeUndefined();
});

test("namesOnCpu() reads whose nodes the CPU executed in onnxruntime's record", () => {
  const record = JSON.stringify([
    { name: "session_initialization", args: {} },
    { name: "a_kernel_time", args: { op_name: "Cast", provider: "CPUExecutionProvider" } },
    { name: "b_kernel_time", args: { op_name: "MatMul", provider: "WebGpuExecutionProvider" } },
    { name: "c_fence_before" },
  ]);
  expect(namesOnCpu(record)).toEqual(["Cast"]);
});
