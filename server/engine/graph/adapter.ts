/** What the system's own tools call the graphics card, for onnxruntime does not say which it has opened. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findGraphicsCard } from "../tensorflow/graphics-card";

export interface Adapter {
  readonly device_name?: string;
  readonly memory_bytes?: number;
}

/** Of several cards the fastest, by the kind that the tool gives; empty where no tool tells. */
export async function findAdapter(): Promise<Adapter> {
  const card = await findGraphicsCard();
  if (card !== undefined) return { device_name: card.name, memory_bytes: card.memoryBytes };
  const tool = tools[process.platform];
  if (tool === undefined) return {};
  const [command, ...parameters] = tool.command;
  const said = await promisify(execFile)(command, parameters, {
    timeout: 15_000,
    windowsHide: true,
  })
    .then(({ stdout }) => stdout)
    .catch(() => "");
  const name = tool.parse(said);
  return name === undefined ? {} : { device_name: name };
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
  linux: { command: ["vulkaninfo", "--summary"], parse: parseVulkanSummary },
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

const kinds = ["DISCRETE_GPU", "INTEGRATED_GPU", "VIRTUAL_GPU", "CPU"] as const;

/** Blocks of "deviceType = PHYSICAL_DEVICE_TYPE_CPU" and "deviceName = llvmpipe (LLVM 15.0.6, 256 bits)". */
export function parseVulkanSummary(said: string): string | undefined {
  const devices = [
    ...said.matchAll(/deviceType\s*=\s*PHYSICAL_DEVICE_TYPE_(\w+)\s+deviceName\s*=\s*(.+)/g),
  ];
  for (const kind of kinds) {
    const name = devices.find((device) => device[1] === kind)?.[2]?.trim();
    if (name !== undefined) return kind === "CPU" ? `${name}, in software` : name;
  }
  return undefined;
}
