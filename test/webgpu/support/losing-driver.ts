/**
 * A driver that loses its device. The software Vulkan has none to lose, so that the function of its library which
 * takes work is made to answer as a driver whose card has gone; all above it is as it always is.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import koffi from "koffi";

/** `return VK_ERROR_DEVICE_LOST`, which is -4, in the processor's words. */
const answers: Partial<Record<NodeJS.Architecture, readonly number[]>> = {
  x64: [0xb8, 0xfc, 0xff, 0xff, 0xff, 0xc3],
  arm64: [0x60, 0x00, 0x80, 0x12, 0xc0, 0x03, 0x5f, 0xd6],
};

/** From the next submission on, until the process ends. */
export function loseDevice(): void {
  const answer = answers[process.arch];
  if (answer === undefined) throw new Error(`Cannot lose a device on ${process.arch}`);
  const address = addressIn(driverLibrary(), "vkQueueSubmit");
  const protect = koffi.load(null).func("int mprotect(uintptr_t at, size_t bytes, int how)");
  const pageBytes = 0x1000n;
  // PROT_READ | PROT_WRITE | PROT_EXEC, of the page and the next.
  if (protect(address & ~(pageBytes - 1n), 2n * pageBytes, 7) !== 0)
    throw new Error("Cannot lose a device: the driver's code cannot be written");
  new Uint8Array(koffi.view(address, answer.length)).set(answer);
}

function driverLibrary(): string {
  const file = process.env.VK_ICD_FILENAMES!;
  const manifest = JSON.parse(readFileSync(file, "utf8")) as {
    readonly ICD: { readonly library_path: string };
  };
  return join(dirname(file), manifest.ICD.library_path);
}

/** Of a device's function: a driver tells it to an instance alone. */
function addressIn(library: string, name: string): bigint {
  const find = koffi
    .load(library)
    .func("void *vk_icdGetInstanceProcAddr(uintptr_t instance, const char *name)");
  const create = koffi.proto("int (void *info, void *allocator, void *instance)");
  // VkInstanceCreateInfo, of which only sType is set.
  const info = Buffer.alloc(64);
  info.writeUInt32LE(1, 0);
  const instance = Buffer.alloc(8);
  koffi.call(find(0n, "vkCreateInstance"), create, info, null, instance);
  return koffi.address(find(instance.readBigUInt64LE(0), name));
}
