/** What the graphics card is called that WebGPU, DirectML or Core ML computes on: onnxruntime does not say it. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type VulkanDevice, vulkanDevices } from "./vulkan-devices";

export interface Adapter {
  readonly device_name?: string;
  readonly memory_bytes?: number;
}

/** Of several cards the fastest, by their kinds; empty where the system does not tell. */
export async function findAdapter(): Promise<Adapter> {
  if (process.platform === "linux") {
    const device = fastestOf(await vulkanDevices());
    return device === undefined ? {} : aboutDevice(device);
  }
  const name = await nameByTool();
  return name === undefined ? {} : { device_name: name };
}

function aboutDevice({ name, kind, memoryBytes }: VulkanDevice): Adapter {
  const device_name = kind === "software" ? `${name}, in software` : name;
  return { device_name, memory_bytes: memoryBytes };
}

const fastestFirst = ["discrete", "integrated", "virtual", "other", "software"] as const;

/** The one that WebGPU takes. */
export function fastestOf(devices: readonly VulkanDevice[]): VulkanDevice | undefined {
  const rank = ({ kind }: VulkanDevice): number => fastestFirst.indexOf(kind);
  return devices.toSorted((a, b) => rank(a) - rank(b))[0];
}

async function nameByTool(): Promise<string | undefined> {
  const tool = tools[process.platform];
  if (tool === undefined) return undefined;
  const [command, ...parameters] = tool.command;
  const said = await promisify(execFile)(command, parameters, {
    timeout: 15_000,
    windowsHide: true,
  })
    .then(({ stdout }) => stdout)
    .catch(() => "");
  return tool.parse(said);
}

interface Tool {
  readonly command: readonly [string, ...string[]];
  readonly parse: (said: string) => string | undefined;
}

const firstLine = (said: string): string | undefined =>
  said
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line !== "");

const tools: Partial<Record<NodeJS.Platform, Tool>> = {
  darwin: {
    command: ["system_profiler", "SPDisplaysDataType"],
    parse: (said) => /Chipset Model: (.+)/.exec(said)?.[1],
  },
  win32: {
    command: [
      "powershell",
      "-NoProfile",
      "-Command",
      "(Get-CimInstance Win32_VideoController).Name",
    ],
    parse: firstLine,
  },
};
