import { appendFile, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openRunLog, readRunLog, repairRunLog } from "../../server/metrics/run-log";
import type { LogRecord } from "../../server/protocol/metrics";

const records: readonly LogRecord[] = [
  { step: 0, event: "start" },
  { step: 0, heldout_loss: 6.1, heldout_accuracy: 0.01 },
  { step: 1, event: "checkpoint" },
  { step: 2, heldout_loss: 5.5, heldout_accuracy: 0.02 },
  { step: 3, heldout_loss: 5.1, heldout_accuracy: 0.03 },
];

let folder = "";
let file = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "run-log-"));
  file = join(folder, "log.jsonl");
});
beforeEach(async () => {
  await rm(file, { force: true });
});
afterAll(() => rm(folder, { recursive: true }));

async function write(written: readonly LogRecord[]): Promise<void> {
  const log = await openRunLog(file);
  for (const record of written) log.append(record);
  await log.close();
}

async function read(): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  for await (const record of readRunLog(file)) found.push(record);
  return found;
}

describe("a run log", () => {
  test("gives back what was appended, over several openings", async () => {
    await write(records.slice(0, 2));
    await write(records.slice(2));
    expect(await read()).toEqual(records);
  });

  test("shows readers what was flushed, and no more", async () => {
    const log = await openRunLog(file);
    log.append(records[0]!);
    await log.flush();
    log.append(records[1]!);
    expect(await read()).toEqual(records.slice(0, 1));
    await log.sync();
    expect(await read()).toEqual(records.slice(0, 2));
    await log.close();
  });

  test("that is missing has no records", async () => {
    expect(await read()).toEqual([]);
  });

  test("is read and repaired when cut off at any byte", async () => {
    await write(records);
    const whole = await readFile(file);
    const ends = [...whole.entries()].filter(([, byte]) => byte === 10).map(([at]) => at + 1);
    for (let length = 0; length <= whole.length; length += 7) {
      await writeFile(file, whole.subarray(0, length));
      const kept = ends.filter((end) => end <= length).length;
      expect(await read()).toEqual(records.slice(0, kept));
      await repairRunLog(file, 3);
      expect((await readFile(file)).length).toBe(kept === 0 ? 0 : ends[kept - 1]);
    }
  });

  test("loses the records beyond the checkpoint's step when it is repaired", async () => {
    await write(records);
    await repairRunLog(file, 1);
    expect(await read()).toEqual(records.slice(0, 3));
  });

  test("is emptied when its stage starts anew", async () => {
    await write(records);
    await repairRunLog(file, undefined);
    expect(await readFile(file, "utf8")).toBe("");
  });

  test("is repaired when a power cut left zeros at its end", async () => {
    await write(records);
    const { length } = await readFile(file);
    await truncate(file, length + 512);
    expect(await read()).toEqual(records);
    await repairRunLog(file, 3);
    expect((await readFile(file)).length).toBe(length);
  });

  test("with a damaged line in the middle is refused with the line's number", async () => {
    await write(records.slice(0, 1));
    await appendFile(file, "{oops\n");
    await write(records.slice(1));
    await expect(read()).rejects.toThrow(`${file}, line 2: "{oops" is not a record`);
  });
});
