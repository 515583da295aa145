import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failureJson, failureText } from "../../server/commands/failure";
import { readExamples } from "../../server/commands/read-examples";
import { readRecipeText } from "../../server/commands/read-recipe";
import { presets } from "../../server/model/presets";

test("what the system refuses is told with its path and a reason, not as a bug", async () => {
  const missing = join(tmpdir(), "deep-fusion-nowhere", "file");
  const error: unknown = await readFile(missing).catch((cause: unknown) => cause);
  expect(failureText(error, false)).toBe(
    `deep-fusion: Cannot use ${missing}: it is not there, or is gone since (ENOENT)`,
  );
  const denied = Object.assign(new Error("EACCES: …"), { code: "EACCES", path: "/x" });
  expect(failureText(denied, false)).toContain("change its permissions");
});

test("a fault of the program asks for a report", () => {
  const fault = new TypeError("Cannot read properties of null (reading 'x')");
  expect(failureText(fault, false)).toContain("looks like a bug");
});

test("a recipe that is not text is refused in one sentence", async () => {
  const folder = mkdtempSync(join(tmpdir(), "deep-fusion-"));
  try {
    const file = join(folder, "binary.fusion.yaml");
    writeFileSync(file, Uint8Array.of(0x76, 0xff, 0xfe, 0x00));
    await expect(readRecipeText(file, "binary.fusion.yaml")).rejects.toThrow(
      "Cannot read the recipe binary.fusion.yaml: it is not UTF-8 text",
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("machines are told of a failure without the program's name before it", () => {
  const error = new RangeError("Cannot open x: it has no config.json");
  expect(failureJson(error)).toEqual({ ok: false, error: "Cannot open x: it has no config.json" });
});

test("readExamples() tells of a missing file in words", async () => {
  const file = join(tmpdir(), "deep-fusion-nowhere", "examples.jsonl");
  await expect(readExamples(file, presets["t5-nano"]!)).rejects.toThrow(
    new Error(`Cannot read examples from ${file}: it is not there, or is gone since (ENOENT)`),
  );
});
