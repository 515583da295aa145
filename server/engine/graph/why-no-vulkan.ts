/** Why WebGPU cannot find a graphics card: on Linux it takes Vulkan's loader and a driver. */
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const loader = "libvulkan.so.1";
const libraryFolders = ["/lib", "/usr/lib", "/usr/lib64", "/usr/local/lib"].flatMap((folder) => [
  folder,
  join(folder, `${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`),
]);

/** What is missing for it to look at all; undefined where nothing is. */
export function whyNoVulkan(): string | undefined {
  if (process.platform !== "linux") return undefined;
  const { LD_LIBRARY_PATH = "" } = process.env;
  const folders = [...LD_LIBRARY_PATH.split(":").filter(Boolean), ...libraryFolders];
  if (!folders.some((folder) => existsSync(join(folder, loader)))) {
    return (
      `WebGPU needs Vulkan's loader, ${loader}, and there is none; install it (Debian and Ubuntu: libvulkan1, ` +
      "Fedora: vulkan-loader) and the graphics card's driver"
    );
  }
  return driverFiles().length === 0
    ? "Vulkan has no driver here; install the graphics card's (Debian and Ubuntu: mesa-vulkan-drivers, or NVIDIA's)"
    : undefined;
}

/** Where the loader looks: https://github.com/KhronosGroup/Vulkan-Loader/blob/main/docs/LoaderDriverInterface.md */
function driverFiles(): string[] {
  const { VK_DRIVER_FILES, VK_ICD_FILENAMES } = process.env;
  const named = VK_DRIVER_FILES ?? VK_ICD_FILENAMES;
  if (named !== undefined) return named.split(":").filter((file) => existsSync(file));
  const roots = ["/etc", "/usr/share", "/usr/local/share", join(homedir(), ".local", "share")];
  return roots
    .map((root) => join(root, "vulkan", "icd.d"))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder));
}
