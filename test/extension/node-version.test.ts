import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { nodeFault } from "../../extension/node-version";
import { english } from "../support/languages";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "deep-fusion-node-"))));
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function program(says: string): string {
  const file = join(folder, "node");
  writeFileSync(file, `#!/bin/sh\necho "${says}"\n`);
  chmodSync(file, 0o755);
  return file;
}

describe("nodeFault()", () => {
  test("finds none in the Node that runs this", async () => {
    expect(await nodeFault(process.execPath, english)).toBeUndefined();
  });

  test("says that there is no such program, or that it may not be run", async () => {
    const missing = join(folder, "missing");
    expect(await nodeFault(missing, english)).toBe(
      `Cannot start Node (${missing}): there is no such program`,
    );
    expect(await nodeFault(folder, english)).toMatch(/it may not be run$/);
  });

  // A script stands in for another program; Windows would not start it.
  test.skipIf(process.platform === "win32")("says which version is too old", async () => {
    const old = program("v18.20.4");
    expect(await nodeFault(old, english)).toBe(
      `Cannot use ${old}: it is Node v18.20.4, and 20.19 or newer is needed`,
    );
    expect(await nodeFault(program("v20.18.3"), english)).toMatch(/20\.19 or newer/);
    expect(await nodeFault(program("v20.19.0"), english)).toBeUndefined();
    expect(await nodeFault(program("v24.0.1"), english)).toBeUndefined();
    expect(await nodeFault(program("hello"), english)).toMatch(/it says otherwise/);
  });
});
