import { appendFile, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cursorText, type FileFollower, parseCursor } from "../../server/metrics/follow-file";
import { followLog } from "../../server/metrics/follow-log";
import type { LogRecord } from "../../server/protocol/metrics";
import { logLine, logLines } from "./support/log-lines";

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "deep-fusion-follow-"));
  file = join(directory, "log.jsonl");
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** As a viewer keeps them: a chunk replaces what there is from its first record on. */
async function readAll(follower: FileFollower<LogRecord>, kept: LogRecord[] = []) {
  for (let chunk = await follower.next(); chunk !== undefined; chunk = await follower.next()) {
    expect(chunk.first).toBeLessThanOrEqual(kept.length);
    kept.splice(chunk.first, Infinity, ...chunk.items);
  }
  return kept;
}

const steps = (records: readonly LogRecord[]) => records.map(({ step }) => step);
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => from + at);

describe("followLog()", () => {
  it("has nothing to say about a file that is not there, and reads it once it is", async () => {
    const follower = followLog(file);
    expect(await follower.next()).toBeUndefined();
    await writeFile(file, logLines(1, 3));
    expect(steps(await readAll(follower))).toEqual([1, 2, 3]);
  });

  it("gives each record once, however the lines are cut into writes", async () => {
    const text = logLines(1, 40);
    const follower = followLog(file);
    const kept: LogRecord[] = [];
    for (let at = 0; at < text.length; at += 97) {
      await appendFile(file, text.slice(at, at + 97));
      await readAll(follower, kept);
    }
    expect(steps(kept)).toEqual(range(1, 40));
  });

  it("reads a long log in chunks, and says when it is at the end", async () => {
    await writeFile(file, logLines(1, 3000));
    const follower = followLog(file);
    const first = await follower.next();
    expect(first).toMatchObject({ first: 0, caughtUp: false });
    expect(first!.items.length).toBeLessThan(3000);
    expect(await readAll(follower, [...first!.items])).toHaveLength(3000);
  });

  it("goes on from a cursor that a viewer has kept", async () => {
    await writeFile(file, logLines(1, 10));
    const before = followLog(file);
    const kept = await readAll(before);
    await appendFile(file, logLines(11, 20));
    const after = followLog(file, parseCursor(cursorText(before.position)));
    const chunk = await after.next();
    expect(chunk).toMatchObject({ first: 10 });
    expect(steps([...kept, ...chunk!.items])).toEqual(range(1, 20));
  });

  it("starts anew where the cursor is of another log, or nonsense", async () => {
    await writeFile(file, logLines(1, 10));
    const follower = followLog(file);
    await readAll(follower);
    const cursor = cursorText(follower.position);
    await writeFile(file, logLines(1, 30, { seconds: 2 }));
    for (const text of [cursor, "x", "999999.4.1", "-1.0.0", undefined]) {
      expect(await followLog(file, parseCursor(text)).next()).toMatchObject({ first: 0 });
    }
  });

  it("hears of a log that was cut back and has not grown again", async () => {
    await writeFile(file, logLines(1, 2000));
    const follower = followLog(file);
    const kept = await readAll(follower);
    const end = logLines(1, 1500).length;
    await truncate(file, end);
    await readAll(follower, kept);
    expect(steps(kept)).toEqual(range(1, 1500));
    await truncate(file, 0);
    await readAll(follower, kept);
    expect(kept).toEqual([]);
  });

  it("replaces what was cut off, even where the log outgrew it unseen", async () => {
    await writeFile(file, logLines(1, 2000));
    const follower = followLog(file);
    const kept = await readAll(follower);
    await truncate(file, logLines(1, 1500).length);
    await appendFile(file, logLines(1501, 2500, { seconds: 9 }));
    const chunk = await follower.next();
    // It went back to a mark, not to the beginning.
    expect(chunk!.first).toBeGreaterThan(1000);
    expect(chunk!.first).toBeLessThanOrEqual(1500);
    kept.splice(chunk!.first, Infinity, ...chunk!.items);
    await readAll(follower, kept);
    expect(steps(kept)).toEqual(range(1, 2500));
    expect(kept[1500]).toMatchObject({ step: 1501, seconds: 9 });
  });

  it("passes over a line that is no record, and one that is far too long", async () => {
    await writeFile(
      file,
      `${logLine(1)}garbage\n\n{"step":"x"}\n${"y".repeat(600_000)}\n${logLine(2)}`,
    );
    expect(steps(await readAll(followLog(file)))).toEqual([1, 2]);
  });
});
