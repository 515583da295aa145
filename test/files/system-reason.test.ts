import { open, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { failureMessage, isDiskFull, reasonOf } from "../../server/files/system-reason";

/** What the system itself throws. */
async function refused(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("reasonOf()", () => {
  test("has other advice for a file that is to be written than for one that is to be read", async () => {
    const error = await refused(open(join(tmpdir(), "deep-fusion-nowhere", "file"), "wx"));
    expect(reasonOf(error)).toBe("it is not there, or is gone since (ENOENT)");
    expect(reasonOf(error, "write")).toMatch(/its folder is not there; make it first/);
  });

  test("is the message of an error that is not the system's", () => {
    expect(reasonOf(new RangeError("Cannot do it"))).toBe("Cannot do it");
    expect(reasonOf("words")).toBe("words");
  });
});

test("failureMessage() names the path that the system refused", async () => {
  const beneath = fileURLToPath(new URL("beneath", `${import.meta.url}/`));
  expect(failureMessage(await refused(readFile(beneath)))).toBe(
    `Cannot use ${beneath}: a part of its path is a file (ENOTDIR)`,
  );
  expect(failureMessage(new Error("Cannot do it"))).toBe("Cannot do it");
});

test("isDiskFull() looks at what caused an error too", () => {
  const full = Object.assign(new Error("full"), { code: "ENOSPC" });
  expect(isDiskFull(new Error("Cannot write", { cause: full }))).toBe(true);
  expect(isDiskFull(new Error("Cannot write", { cause: new Error("other") }))).toBe(false);
});
