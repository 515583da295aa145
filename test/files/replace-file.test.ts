import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { replaceFile } from "../../server/files/replace-file";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "deep-fusion-"))));
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test("replaceFile() writes whole or not at all", async () => {
  const file = join(folder, "a");
  await replaceFile(file, (handle) => handle.writeFile("old"));
  const failing = replaceFile(file, async (handle) => {
    await handle.writeFile("half");
    throw new Error("stop");
  });
  await expect(failing).rejects.toThrow("stop");
  expect(readFileSync(file, "utf8")).toBe("old");
  expect(readdirSync(folder)).toEqual(["a"]);
});

test("replaceFile() tells what the system refuses by the user's path, in words", async () => {
  const file = join(folder, "nowhere", "a");
  await expect(replaceFile(file, (handle) => handle.writeFile("x"))).rejects.toThrow(
    new Error(
      `Cannot write ${file}: its folder is not there; make it first, or name another (ENOENT)`,
    ),
  );
});
