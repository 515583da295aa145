/** Devices as their makers write them; the run's record has them in small letters. */
const names: Readonly<Record<string, string>> = {
  cpu: "CPU",
  cuda: "CUDA",
  webgpu: "WebGPU",
  dml: "DirectML",
  coreml: "CoreML",
};

/** Of "cuda:1,cpu": CUDA:1, CPU. */
export function deviceName(device: string): string {
  const nameOf = (name: string) => (Object.hasOwn(names, name) ? names[name]! : name);
  return device
    .split(",")
    .map((each) => each.replace(/^\w+/, nameOf))
    .join(", ");
}
