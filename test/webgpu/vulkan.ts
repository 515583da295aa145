import { softwareVulkan } from "../../scripts/vulkan.mjs";

/** The libraries are looked for when a process starts: the tests' own are started after this. */
export function setup(): void {
  Object.assign(process.env, softwareVulkan());
}
