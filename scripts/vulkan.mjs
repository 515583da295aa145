// node scripts/vulkan.mjs: prints the environment in which a Vulkan without a graphics card is found: SwiftShader,
// which every Chromium and Chrome for Linux brings, and its loader. Elsewhere tests of WebGPU take the real card.
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { findBrowser } from "./browser.mjs";

const driver = "vk_swiftshader_icd.json";
const loader = "libvulkan.so.1";
/** Where packages put what their browser's command starts. */
const places = ["/usr/lib/chromium", "/usr/lib/chromium-browser", "/opt/google/chrome"];

/** Variables for processes that are to find it; throws with what to install where there is none. */
export function softwareVulkan() {
  if (process.platform !== "linux") return {};
  const folders = [dirname(realpathSync(findBrowser())), ...places];
  const folder = folders.find((each) => [driver, loader].every((n) => existsSync(join(each, n))));
  if (folder === undefined) {
    throw new Error(
      `Cannot find a Vulkan for the tests of WebGPU: no ${driver} beside a Chromium (Debian and Ubuntu: apt-get ` +
        "install chromium), or name the browser that brings one in CHROME_PATH",
    );
  }
  const libraries = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
  return { VK_ICD_FILENAMES: join(folder, driver), LD_LIBRARY_PATH: libraries };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    for (const [name, value] of Object.entries(softwareVulkan()))
      process.stdout.write(`${name}=${value}\n`);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
