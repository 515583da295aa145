import { expect, test } from "vitest";
import { reasonIn } from "../../../server/engine/install/run-program";

test("reasonIn() finds the reason in what the tools of a set-up print", () => {
  const npm =
    "npm error code ENOTFOUND\nnpm error syscall getaddrinfo\nnpm error errno ENOTFOUND\n" +
    "npm error network request to the registry failed\nnpm error A complete log of this run is in: x\n";
  expect(reasonIn(npm)).toBe("network request to the registry failed");
  const pip =
    "WARNING: Retrying\nERROR: Could not find a version that satisfies the requirement tensorflow==9\n" +
    "ERROR: No matching distribution found for tensorflow==9\n";
  expect(reasonIn(pip)).toBe(
    "Could not find a version that satisfies the requirement tensorflow==9",
  );
  const compiler =
    "In file included from a.cc:1:\nb.h:7:10: fatal error: c_api.h: No such file or directory\n";
  expect(reasonIn(compiler)).toBe("b.h:7:10: fatal error: c_api.h: No such file or directory");
  expect(reasonIn("one\ntwo\n")).toBe("two");
  expect(reasonIn("\n")).toBeUndefined();
});
