import { describe, expect, test } from "vitest";
import { CheckpointWriteError } from "../../server/checkpoint/write-error";
import type { Clock } from "../../server/training/clock";
import { isDiskFull } from "../../server/files/system-reason";
import { pauseWhileFull } from "../../server/training/disk-full";

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: no space left on device, write`), { code });
}

/** Its sleeps take no time, and are counted. */
function fakeClock(): Clock & { slept: number } {
  let time = 0;
  const clock = {
    slept: 0,
    now: () => time,
    sleep: (milliseconds: number) => {
      time += milliseconds;
      clock.slept += 1;
      return Promise.resolve();
    },
  };
  return clock;
}

function check(write: () => Promise<string>, signal?: AbortSignal) {
  const clock = fakeClock();
  const reasons: string[] = [];
  const pauses = {
    onPause: (reason: string) => reasons.push(reason),
    onGoOn: () => reasons.push("goes on"),
  };
  return { clock, reasons, done: pauseWhileFull(write, { clock, signal, ...pauses }) };
}

describe("pauseWhileFull()", () => {
  test("tries again until there is space, and says once that it waits", async () => {
    let failures = 3;
    const { clock, reasons, done } = check(() =>
      failures-- > 0 ? Promise.reject(systemError("ENOSPC")) : Promise.resolve("written"),
    );
    expect(await done).toBe("written");
    expect(clock.slept).toBe(3);
    expect(reasons).toEqual([
      "the disk is full; free some space (ENOSPC); the run goes on when there is space",
      "goes on",
    ]);
  });

  test("says nothing of a pause that is none", async () => {
    const { reasons, done } = check(() => Promise.resolve("written"));
    expect([await done, reasons]).toEqual(["written", []]);
  });

  test("gives up after ten minutes, and says what to do", async () => {
    const { clock, done } = check(() => Promise.reject(systemError("EDQUOT")));
    await expect(done).rejects.toThrow(
      /Cannot save the run: the disk quota is used up; free some space \(EDQUOT\)\. What was saved before is whole: resume/,
    );
    expect(clock.slept).toBe(60);
  });

  test("ends at once when the run is told to stop", async () => {
    const { clock, done } = check(() => Promise.reject(systemError("ENOSPC")), AbortSignal.abort());
    await expect(done).rejects.toThrow("the disk is full");
    expect(clock.slept).toBe(0);
  });

  test("lets every other failure through", async () => {
    const { clock, done } = check(() => Promise.reject(systemError("EACCES")));
    await expect(done).rejects.toThrow("EACCES");
    expect(clock.slept).toBe(0);
  });
});

test("isDiskFull() sees through what wraps the system's error", () => {
  const cause = systemError("ENOSPC");
  expect(isDiskFull(new CheckpointWriteError("disk-full", "Cannot write", cause))).toBe(true);
  expect(isDiskFull(new Error("other"))).toBe(false);
});
