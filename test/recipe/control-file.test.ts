import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunRecord } from "../../server/protocol/run";
import { readControl, takeControl, writeControl } from "../../server/recipe/control-file";
import { RunControl } from "../../server/recipe/run-control";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "deep-fusion-control-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe("a control file", () => {
  it("is there until it is taken, once", async () => {
    expect(await takeControl(folder)).toBeUndefined();
    await writeControl(folder, { request: "pause", pid: 7 });
    expect(await readControl(folder)).toEqual({ request: "pause", pid: 7 });
    expect(await takeControl(folder)).toEqual({ request: "pause", pid: 7 });
    expect(await takeControl(folder)).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(["", "{", "null", "[]", '{"request":"dance"}'])(
    "that says %j is nothing",
    async (text) => {
      await writeFile(join(folder, "control.json"), text);
      expect(await readControl(folder)).toBeUndefined();
      expect(await takeControl(folder)).toBeUndefined();
      expect(await readdir(folder)).toEqual([]);
    },
  );
});

describe("RunControl", () => {
  let states: RunRecord["control"][];
  let interrupt: AbortController;
  let control: RunControl;

  beforeEach(() => {
    states = [];
    interrupt = new AbortController();
    control = new RunControl({
      folder,
      signal: interrupt.signal,
      killSignal: new AbortController().signal,
      onChange: (state) => {
        states.push(state);
        return Promise.resolve();
      },
    });
  });

  afterEach(() => {
    control.close();
  });

  async function ask(request: "pause" | "resume" | "stop", pid?: number): Promise<void> {
    await writeControl(folder, pid === undefined ? { request } : { request, pid });
    while ((await readdir(folder)).length > 0) await sleep(20);
    await sleep(20);
  }

  it("pauses, and goes on when it is asked to, as often as one likes", async () => {
    for (let pauses = 0; pauses < 2; pauses++) {
      const { signal } = control;
      await ask("pause", process.pid);
      await expect.poll(() => signal.aborted).toBe(true);
      const paused = control.paused();
      await ask("resume");
      await paused;
      expect(control.signal.aborted).toBe(false);
    }
    expect(states).toEqual(["pausing", "paused", undefined, "pausing", "paused", undefined]);
  });

  it("goes on at once where it is asked to before all stages have left", async () => {
    const { signal } = control;
    await ask("pause");
    await expect.poll(() => signal.aborted).toBe(true);
    await ask("resume");
    await expect.poll(() => control.signal.aborted).toBe(false);
    await control.paused();
    expect(states).toEqual(["pausing", undefined]);
  });

  it("stops a paused run, by file or by signal, and does not wait after the second time", async () => {
    await ask("pause");
    const paused = control.paused();
    await ask("stop");
    await paused;
    expect(control.stop.aborted).toBe(true);
    expect(control.kill.aborted).toBe(false);
    await ask("stop");
    await expect.poll(() => control.kill.aborted).toBe(true);
  });

  it("ends a pause when it is interrupted", async () => {
    await ask("pause");
    const paused = control.paused();
    interrupt.abort();
    await paused;
    expect(control.stop.aborted).toBe(true);
  });

  it("does not hear what is for another process", async () => {
    await ask("stop", process.pid + 1);
    expect(control.stop.aborted).toBe(false);
    expect(states).toEqual([]);
  });
});
