/**
 * The graphics cards that Vulkan knows on Linux, where WebGPU computes by it. Its loader and drivers are asked in a
 * process of their own, by the layouts of the Vulkan specification (vulkan_core.h) on 64-bit systems.
 */
import { createRequire } from "node:module";
import { callElsewhere } from "../elsewhere";

export interface VulkanDevice {
  readonly name: string;
  readonly kind: "other" | "integrated" | "discrete" | "virtual" | "software";
  /** Of its own, or of what it shares with the processor. */
  readonly memoryBytes: number;
}

/** VkPhysicalDeviceType, by number. */
const kinds = ["other", "integrated", "discrete", "virtual", "software"] as const;

const patienceMs = 15_000;

/** As the loader lists them; none where it finds no loader or driver. */
export async function vulkanDevices(): Promise<readonly VulkanDevice[]> {
  const library = createRequire(import.meta.url).resolve("koffi");
  const found = await callElsewhere(listDevices, [library], { patienceMs }).catch(() => []);
  return found.map(({ type, ...device }) => ({ ...device, kind: kinds[type] ?? "other" }));
}

interface Listed extends Omit<VulkanDevice, "kind"> {
  readonly type: number;
}

/** What of koffi is used here. */
interface Library {
  load(name: string): { func(signature: string): (...values: unknown[]) => number };
}

/** Runs in the other process: see callElsewhere(). */
function listDevices(load: NodeJS.Require, library: string): Listed[] {
  const vulkan = (load(library) as Library).load("libvulkan.so.1");
  const create = vulkan.func("int vkCreateInstance(void *info, void *allocator, void *instance)");
  const enumerate = vulkan.func(
    "int vkEnumeratePhysicalDevices(uintptr_t instance, void *count, void *devices)",
  );
  const properties = vulkan.func("void vkGetPhysicalDeviceProperties(uintptr_t device, void *to)");
  const memory = vulkan.func(
    "void vkGetPhysicalDeviceMemoryProperties(uintptr_t device, void *to)",
  );
  const checked = (result: number): void => {
    if (result !== 0) throw new Error(`Vulkan answers ${result}`);
  };
  // VkInstanceCreateInfo: nothing is asked for but what sType says, VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO.
  const info = Buffer.alloc(64);
  info.writeUInt32LE(1, 0);
  const created = Buffer.alloc(8);
  checked(create(info, null, created));
  const instance = created.readBigUInt64LE(0);
  const count = Buffer.alloc(4);
  checked(enumerate(instance, count, null));
  const devices = Buffer.alloc(8 * count.readUInt32LE(0));
  checked(enumerate(instance, count, devices));
  return Array.from({ length: count.readUInt32LE(0) }, (_, index) => {
    const device = devices.readBigUInt64LE(8 * index);
    // VkPhysicalDeviceProperties: four numbers, deviceType, deviceName[256], and what is not read.
    const about = Buffer.alloc(1024);
    properties(device, about);
    const [name] = about.toString("utf8", 20, 276).split("\0") as [string];
    // VkPhysicalDeviceMemoryProperties: a count and 32 types of 8 bytes, a count and 16 heaps of 16 bytes.
    const heaps = Buffer.alloc(520);
    memory(device, heaps);
    let memoryBytes = 0;
    for (let heap = 0; heap < heaps.readUInt32LE(260); heap++) {
      const isOwn = (heaps.readUInt32LE(264 + 16 * heap + 8) & 1) === 1;
      if (isOwn) memoryBytes += Number(heaps.readBigUInt64LE(264 + 16 * heap));
    }
    return { name, type: about.readUInt32LE(16), memoryBytes };
  });
}
