import { expect, test } from "vitest";
import { parseVulkanSummary } from "../../../server/engine/graph/adapter";
import { namesOnCpu } from "../../../server/engine/graph/operators-on-cpu";

const device = (kind: string, name: string) => `GPU0:
\tapiVersion         = 1.3.255
\tvendorID           = 0x10005
\tdeviceType         = PHYSICAL_DEVICE_TYPE_${kind}
\tdeviceName         = ${name}
\tdriverID           = DRIVER_ID_MESA
`;

test("parseVulkanSummary() names the fastest kind of card, and says of software that it is", () => {
  const software = device("CPU", "llvmpipe (LLVM 15.0.6, 256 bits)");
  const card = device("DISCRETE_GPU", "AMD Radeon RX 7900 XT (RADV NAVI31)");
  expect(parseVulkanSummary(software)).toBe("llvmpipe (LLVM 15.0.6, 256 bits), in software");
  expect(parseVulkanSummary(software + card)).toBe("AMD Radeon RX 7900 XT (RADV NAVI31)");
  expect(parseVulkanSummary("")).toBeUndefined();
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
