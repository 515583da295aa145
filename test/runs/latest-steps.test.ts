import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { paceOf, readPace } from "../../server/runs/latest-steps";
import { logLines, stepRecord } from "../metrics/support/log-lines";

describe("paceOf()", () => {
  it("measures from the first record on, which only marks the beginning", () => {
    const records = [1, 2, 3].map((step) => stepRecord(step, { seconds: step === 1 ? 60 : 0.5 }));
    // Two steps of 128 tokens in one second; seven left at half a second each.
    expect(paceOf(records, 10)).toEqual({
      latest: records[2],
      tokensPerSecond: 256,
      secondsLeft: 3.5,
    });
  });

  it("says what it can of one record, and nothing of none", () => {
    expect(paceOf([stepRecord(1)], 10)).toEqual({ latest: stepRecord(1) });
    expect(paceOf([], 10)).toEqual({});
  });
});

describe("readPace()", () => {
  it("reads the end of a long log, without its torn last line", async () => {
    const directory = await mkdtemp(join(tmpdir(), "deep-fusion-pace-"));
    const log = join(directory, "log.jsonl");
    await writeFile(log, `${logLines(1, 1000)}{"step":1001,"lo`);
    expect((await readPace(log, 2000)).latest).toEqual(stepRecord(1000));
    expect(await readPace(join(directory, "none"), 5)).toEqual({});
    await rm(directory, { recursive: true });
  });
});
