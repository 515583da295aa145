import { expect, test } from "vitest";
import { parseByteSize } from "../../server/checkpoint/byte-size";

test("sizes are read as transformers reads them", () => {
  expect(parseByteSize("5GB")).toBe(5e9);
  expect(parseByteSize("1.5 MB")).toBe(1.5e6);
  expect(parseByteSize("2GiB")).toBe(2 ** 31);
  expect(parseByteSize("300kb")).toBe(3e5);
});

test("what is no size is none", () => {
  for (const text of ["", "5", "GB", "-1GB", "0MB", "5 GB of", "1e3MB", "99999999TB"]) {
    expect(parseByteSize(text), text).toBeUndefined();
  }
});
