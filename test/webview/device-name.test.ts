import { expect, test } from "vitest";
import { deviceName } from "../../webview/device-name";

test.each([
  ["webgpu", "WebGPU"],
  ["cuda:0,cuda:1,cpu", "CUDA:0, CUDA:1, CPU"],
  ["abacus", "abacus"],
  ["constructor", "constructor"],
])("deviceName() writes %s as %s", (device, name) => {
  expect(deviceName(device)).toBe(name);
});
