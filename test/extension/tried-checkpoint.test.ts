import { expect, test } from "vitest";
import { triedCheckpoint } from "../../extension/tried-checkpoint";
import { english } from "../support/languages";

const cache = "/c/models--owner--name/snapshots/0123456";
const checkpoints = [{ directory: cache, name: "owner/name at 0123456" }];

test.each([
  ["/w/runs/demo/wide/step-00001200", "wide, step 1,200", "demo"],
  ["/w/runs/fused/child", "child", "fused"],
  [cache, "owner/name at 0123456", ""],
  ["/w/bad\nname", "bad\uFFFDname", "w"],
])("%j is tried as %j of %j", (directory, name, place) => {
  expect(triedCheckpoint(directory, { checkpoints }, english)).toEqual({ directory, name, place });
});
