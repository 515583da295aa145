import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { speedsFile } from "../../server/calibration/speeds-file";

const home = resolve("/home/someone");

function place(environment: Readonly<Record<string, string>>, platform: NodeJS.Platform = "linux") {
  return speedsFile({ environment, platform, home });
}

test("speeds are kept where the system keeps caches, or where the environment says", () => {
  const name = join("deep-fusion", "speeds.json");
  expect(place({})).toBe(join(home, ".cache", name));
  expect(place({ XDG_CACHE_HOME: resolve("/caches") })).toBe(join(resolve("/caches"), name));
  expect(place({ XDG_CACHE_HOME: "" })).toBe(join(home, ".cache", name));
  expect(place({}, "darwin")).toBe(join(home, "Library", "Caches", name));
  expect(place({}, "win32")).toBe(join(home, "AppData", "Local", name));
  expect(place({ DEEP_FUSION_CACHE: resolve("/mine") })).toBe(resolve("/mine", "speeds.json"));
});
