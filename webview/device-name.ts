/** Devices as their makers write them; the run's record has them in small letters. */
const names: Readonly<Record<string, string>> = {
  cpu: "CPU",
  cuda: "CUDA",
  webgpu: "WebGPU",
  dml: "DirectML",
  coreml: "CoreML",
};

export function deviceName(device: string): string {
  return Object.hasOwn(names, device) ? names[device]! : device;
}
