import { expect, it } from "vitest";
import { callElsewhere } from "../../server/engine/elsewhere";

const patienceMs = 60_000;

it("a function called in another process gets its texts, and its answer comes back", async () => {
  const work = async (load: NodeJS.Require, name: string, variable: string) => {
    const { basename } = load("node:path") as { basename: (path: string) => string };
    return Promise.resolve({ name: basename(name), variable: process.env[variable] });
  };
  const environment = { DEEP_FUSION_TEST_WORD: "said" };
  const answer = await callElsewhere(work, ["a/b", "DEEP_FUSION_TEST_WORD"], {
    ...{ patienceMs, environment },
  });
  expect(answer).toEqual({ name: "b", variable: "said" });
});

it.each([
  [
    "an error",
    () => {
      throw new RangeError("too deep\nand more");
    },
    /^too deep$/,
  ],
  ["a promise", () => Promise.reject(new Error("later")), /^later$/],
  [
    "a crash",
    () => {
      process.kill(process.pid, "SIGSEGV");
      return new Promise(() => setTimeout(() => undefined, 60_000));
    },
    /^its library ended the process \(SIGSEGV\)$/,
  ],
])("why it failed there is the reason here: %s", async (_, work, reason) => {
  await expect(callElsewhere<unknown>(work, [], { patienceMs })).rejects.toThrow(reason);
});

it("one that hangs is ended, and one that is not wanted any more too", async () => {
  const hang = (): never => {
    for (;;);
  };
  await expect(callElsewhere(hang, [], { patienceMs: 300 })).rejects.toThrow(
    /^it did not answer within 0.3 s$/,
  );
  const signal = AbortSignal.timeout(100);
  await expect(callElsewhere(hang, [], { patienceMs, signal })).rejects.toThrow(/timeout/);
});
