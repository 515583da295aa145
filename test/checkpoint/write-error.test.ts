import { describe, expect, test } from "vitest";
import { asWriteError } from "../../server/checkpoint/write-error";

const refused = (code: string): Error =>
  Object.assign(new Error(`${code}: refused, write`), { code, syscall: "write" });

describe("asWriteError()", () => {
  test.each([
    [
      "ENOSPC",
      "disk-full",
      "Cannot write checkpoint m: the disk is full; free some space (ENOSPC)",
    ],
    ["EDQUOT", "disk-full", /quota is used up/],
    [
      "EROFS",
      "not-permitted",
      /the file system can only be read; choose a folder elsewhere \(EROFS\)/,
    ],
    ["EXDEV", "failed", "Cannot write checkpoint m: EXDEV: refused, write (EXDEV)"],
    ["EIO", "failed", "Cannot write checkpoint m: the disk reports an error; check it (EIO)"],
  ])("tells a caller what %s means", (code, kind, message) => {
    const cause = refused(code);
    const error = asWriteError(cause, "m");
    expect(error).toMatchObject({ name: "CheckpointWriteError", kind, cause });
    expect(() => {
      throw error;
    }).toThrow(message);
  });

  test("leaves what is not the system's as it is", () => {
    const error = new RangeError("Cannot read tensor");
    expect(asWriteError(error, "m")).toBe(error);
  });
});
