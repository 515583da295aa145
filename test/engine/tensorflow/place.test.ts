import { resolve } from "node:path";
import { expect, test } from "vitest";
import { engineFolder } from "../../../server/engine/tensorflow/place";

const home = resolve("/home/ada");

function folderOn(
  platform: NodeJS.Platform,
  environment: Readonly<Record<string, string>> = {},
): string {
  return engineFolder("tensorflow-gpu", { platform, environment, home });
}

test("an engine lies among the user's data, where the platform keeps them", () => {
  expect(folderOn("linux")).toBe(resolve(home, ".local/share/deep-fusion/engines/tensorflow-gpu"));
  expect(folderOn("linux", { XDG_DATA_HOME: "/data" })).toBe(
    resolve("/data/deep-fusion/engines/tensorflow-gpu"),
  );
  expect(folderOn("darwin")).toBe(
    resolve(home, "Library/Application Support/deep-fusion/engines/tensorflow-gpu"),
  );
  expect(folderOn("win32")).toBe(resolve(home, "AppData/Local/deep-fusion/engines/tensorflow-gpu"));
});

test("DEEP_FUSION_ENGINES names another folder, and an empty one none", () => {
  const XDG_DATA_HOME = "/data";
  expect(folderOn("linux", { XDG_DATA_HOME, DEEP_FUSION_ENGINES: "/scratch/engines" })).toBe(
    resolve("/scratch/engines/tensorflow-gpu"),
  );
  expect(folderOn("linux", { XDG_DATA_HOME, DEEP_FUSION_ENGINES: "" })).toBe(
    resolve("/data/deep-fusion/engines/tensorflow-gpu"),
  );
});
