import { expect, test } from "vitest";
import { asDeviceError, DeviceError } from "../../server/engine/device-error";
import { presets } from "../../server/model/presets";
import { fitsRecomputing, fittingMicroBatch, withCure } from "../../server/training/device-cure";
import { tensorBytes } from "../../server/training/memory";

const configuration = presets["t5-small"]!;
const settings = {
  ...{ batch: 48, micro_batch: 48, inputs: 512, gradient_clipping: 0 },
  recompute: false,
  precision: "float32",
  optimizer: { kind: "adamw", beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0 },
} as const;
const failing = { configuration, settings, targets: 114 };
const usedUp = { kind: "memory" } as const;

test("asDeviceError() knows what the libraries say of a device that gave up, and nothing else", () => {
  const kinds: readonly (readonly [string, string | undefined])[] = [
    [
      "WebGPU validation failed. Buffer size (4294967296) exceeds the max buffer size limit (1073741824).",
      "memory",
    ],
    ["WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to", "memory"],
    [
      'Failed to create a WebGPU compute pipeline: [Invalid ShaderModule "ScatterElements"]',
      "memory",
    ],
    ["vkAllocateMemory failed with VK_ERROR_OUT_OF_DEVICE_MEMORY", "memory"],
    ["CUDA failure 2: out of memory ; GPU=0", "memory"],
    ["Failed to allocate memory for requested buffer of size 8192", "memory"],
    ["CUDA failure 700: an illegal memory access was encountered", "lost"],
    ["vkQueueSubmit failed with VK_ERROR_DEVICE_LOST", "lost"],
    ["Failed to download data from buffer: Device is lost", "lost"],
    ["DXGI_ERROR_DEVICE_REMOVED (0x887A0005)", "lost"],
    ["Got invalid dimensions for input: x", undefined],
  ];
  for (const [message, kind] of kinds) {
    const error = asDeviceError(new Error(message), "webgpu");
    expect(error instanceof DeviceError ? error.fault.kind : undefined, message).toBe(kind);
    expect(asDeviceError(new Error(message), "cpu")).not.toBeInstanceOf(DeviceError);
  }
});

test("a tensor that is too large shrinks with the micro-batch, down to the limit", () => {
  const gibibyte = 2 ** 30;
  const buffer = (neededBytes: number) => ({
    kind: "memory" as const,
    buffer: { neededBytes, limitBytes: gibibyte },
  });
  expect(fittingMicroBatch(buffer(2 * gibibyte), failing, undefined)).toBe(24);
  expect(fittingMicroBatch(buffer(2.1 * gibibyte), failing, undefined)).toBe(16);
  // The embedding is as large in every micro-batch.
  const embedding = 4 * configuration.vocab_size * configuration.d_model;
  const small = { kind: "memory" as const, buffer: { neededBytes: embedding, limitBytes: 1 } };
  expect(fittingMicroBatch(small, failing, undefined)).toBeUndefined();
});

test("where memory is used up, the largest micro-batch is named of which the estimate fits", () => {
  const bytes = (micro_batch: number) =>
    tensorBytes(configuration, { ...settings, micro_batch }, failing.targets);
  const room = bytes(12) / 0.8 + 1;
  expect(fittingMicroBatch(usedUp, failing, room)).toBe(12);
  expect(fittingMicroBatch(usedUp, failing, bytes(1))).toBeUndefined();
  // How much there is is not known: less than what failed.
  const guessed = fittingMicroBatch(usedUp, failing, undefined)!;
  expect(bytes(guessed)).toBeLessThanOrEqual(0.8 * bytes(48));
  expect(guessed).toBeGreaterThanOrEqual(24);
});

test("where the forward pass need not be kept, that comes first, for the stage goes on with it", async () => {
  const error = new DeviceError("dml", usedUp, { cause: undefined });
  const { message } = await withCure(error, { ...failing, savedStep: 40 });
  expect(message).toContain(
    "The checkpoint of step 40 is kept. Run again with recompute: true in the recipe it would fit, by estimate, and go on from there. ",
  );
  const bytes = (recompute: boolean) =>
    tensorBytes(configuration, { ...settings, recompute }, failing.targets);
  expect(fitsRecomputing(usedUp, failing, bytes(true))).toBe(false);
  expect(fitsRecomputing(usedUp, failing, bytes(true) / 0.8 + 1)).toBe(true);
  const buffer = { neededBytes: 2 ** 31, limitBytes: 2 ** 30 };
  expect(fitsRecomputing({ kind: "memory", buffer }, failing, undefined)).toBe(false);
});

test("the message says what is kept and how to go on", async () => {
  const error = new DeviceError("dml", usedUp, { cause: undefined });
  const recomputing = { ...failing, settings: { ...settings, recompute: true } };
  const cured = await withCure(error, { ...recomputing, savedStep: 40 });
  expect(cured.message).toBe(
    "Cannot compute on dml: its memory is used up, or a tensor is larger than it takes. The checkpoint of step 40 is kept. " +
      "With micro_batch: 24 in the recipe it would fit, by estimate; the stage then begins anew. " +
      "npx deep-fusion resume goes on from the newest checkpoint, with --device cpu on the CPU",
  );
  const lost = new DeviceError("webgpu", { kind: "lost" }, { cause: undefined });
  const { message } = await withCure(lost, { ...failing, savedStep: undefined });
  expect(message).toMatch(
    /^Cannot compute on webgpu: it has gone, or its driver has begun anew\. npx deep-fusion resume/,
  );
});
