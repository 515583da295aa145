import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeFolder } from "../../server/files/make-folder";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "deep-fusion-make-"))));
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("makeFolder() makes all that is missing, and says what it made first", async () => {
  const deep = join(folder, "a", "b", "c");
  expect(await makeFolder(deep)).toBe(join(folder, "a"));
  expect(existsSync(deep)).toBe(true);
  expect(await makeFolder(deep)).toBeUndefined();
});

test("makeFolder() says what the system says of what is in the way", async () => {
  writeFileSync(join(folder, "file"), "");
  await expect(makeFolder(join(folder, "file", "a"))).rejects.toMatchObject({ code: "ENOTDIR" });
});
