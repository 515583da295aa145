import { appendFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cursorText, type FileFollower, parseCursor } from "../../server/metrics/follow-file";
import { followLog } from "../../server/metrics/follow-log";
import type { LogBatch } from "../../server/metrics/log-batch";
import { openRunLog, repairRunLog } from "../../server/metrics/run-log";
import type { LogRecord, StepRecord } from "../../server/protocol/metrics";
import { decodeColumns } from "../../server/protocol/columns";
import { decodeKernels, kernelParts, kernelQuantities } from "../../server/protocol/kernel-columns";
import { stepColumns } from "../../server/protocol/step-columns";
import { logLine, logLines, stepRecord } from "./support/log-lines";

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
async function readAll(follower: FileFollower<LogBatch>, kept: LogRecord[] = []) {
  for (let chunk = await follower.next(); chunk !== undefined; chunk = await follower.next()) {
    expect(chunk.first).toBeLessThanOrEqual(kept.length);
    const records = recordsOf(chunk.content);
    expect(chunk.count).toBe(records.length);
    kept.length = chunk.first;
    for (const record of records) kept.push(record);
  }
  return kept;
}

/** Steps, kernels, others: a batch does not say which came between which. */
function recordsOf({ steps: parts, kernels, others }: LogBatch): LogRecord[] {
  const lengths = parts.map(({ length }) => length);
  const { columns } = decodeColumns(stepColumns, joined(parts), { start: 0, lengths });
  const entries = Array.from(columns.step, (_, at) =>
    Object.fromEntries(stepColumns.map((name) => [name, columns[name][at]])),
  );
  const table = decodeKernels(joined(kernels), 0, kernelParts(kernels));
  const statistics = Array.from(table.columns.step, (step, at) => {
    const values = kernelQuantities.map((name) => [name, table.columns[name][at]!] as const);
    const measured = Object.fromEntries(values.filter(([, value]) => !Number.isNaN(value)));
    return { step, kernel: table.names[table.columns.kernel[at]!], ...measured };
  });
  return [
    ...(entries as unknown as StepRecord[]),
    ...(statistics as unknown as LogRecord[]),
    ...others,
  ];
}

function joined(parts: readonly { readonly bytes: Uint8Array }[]): ArrayBuffer {
  return new Uint8Array(Buffer.concat(parts.map(({ bytes }) => bytes))).buffer;
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
    expect(first!.count).toBeLessThan(3000);
    expect(await readAll(follower, recordsOf(first!.content))).toHaveLength(3000);
  });

  it("goes on from a cursor that a viewer has kept", async () => {
    await writeFile(file, logLines(1, 10));
    const before = followLog(file);
    const kept = await readAll(before);
    await appendFile(file, logLines(11, 20));
    const after = followLog(file, { cursor: parseCursor(cursorText(before.atEnd.cursor)) });
    const chunk = await after.next();
    expect(chunk).toMatchObject({ first: 10 });
    expect(steps([...kept, ...recordsOf(chunk!.content)])).toEqual(range(1, 20));
  });

  it("starts anew where the cursor is of another log, or nonsense", async () => {
    await writeFile(file, logLines(1, 10));
    const follower = followLog(file);
    await readAll(follower);
    const cursor = cursorText(follower.atEnd.cursor);
    await writeFile(file, logLines(1, 30, { seconds: 2 }));
    for (const text of [cursor, "x", "999999.4.1", "-1.0.0", undefined]) {
      expect(await followLog(file, { cursor: parseCursor(text) }).next()).toMatchObject({
        first: 0,
      });
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
    kept.splice(chunk!.first, Infinity, ...recordsOf(chunk!.content));
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

describe("followLog() of a log with columns", () => {
  const most = 20_000;
  const columns = (): string => join(directory, "log.columns");

  /** Steps, now and then a validation, and statistics of a kernel with parts and of one without. */
  async function record(from: number, to: number): Promise<LogRecord[]> {
    const log = await openRunLog(file);
    const records: LogRecord[] = [];
    for (let step = from; step <= to; step++) {
      records.push(stepRecord(step));
      if (step % 1000 === 0) {
        const figures = { mean: -step, std: Math.sqrt(step), max_abs: Math.fround(step / 3) };
        const blocks = { diagonal_norm: step, off_diagonal_norm: 1 / step, symmetry: 0 };
        records.push({ step, heldout_loss: 1 / step, heldout_accuracy: 0.5 });
        records.push({ step, kernel: "shared.weight", ...figures });
        records.push({ step, kernel: "ß・wo.weight", ...figures, ...blocks });
      }
    }
    for (const each of records) log.append(each);
    await log.close();
    return records;
  }

  /** By hand: the lines of the file, parsed. */
  async function inLog(): Promise<LogRecord[]> {
    const lines = (await readFile(file, "utf8")).split("\n");
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as LogRecord);
  }

  function sorted(records: readonly LogRecord[]): LogRecord[] {
    return [
      ...records.filter((each) => "loss" in each),
      ...records.filter((each) => "kernel" in each),
      ...records.filter((each) => !("loss" in each || "kernel" in each)),
    ];
  }

  async function expectWhole(): Promise<void> {
    // As text: a comparison of so many objects would take seconds.
    const [found, wanted] = [await readAll(followLog(file)), await inLog()].map(sorted);
    expect(found!.length).toBe(wanted!.length);
    expect(JSON.stringify(found) === JSON.stringify(wanted)).toBe(true);
  }

  it("gives the very numbers that are in the log, in few chunks", async () => {
    const records = await record(1, most);
    const follower = followLog(file);
    const chunk = await follower.next();
    expect(chunk!.count).toBe(2 * 8192);
    expect(chunk!.caughtUp).toBe(false);
    const kept = await readAll(follower, recordsOf(chunk!.content));
    expect(sorted(kept)).toEqual(sorted(records));
  });

  it("needs no columns, and makes them anew when the log is appended to", async () => {
    await record(1, most);
    const made = await readFile(columns());
    await rm(columns());
    await expectWhole();
    await record(most + 1, most + 1);
    expect((await readFile(columns())).equals(made)).toBe(true);
    await expectWhole();
  });

  const damages: Readonly<Record<string, (whole: Buffer) => Buffer>> = {
    "cut off in the file's head": (whole) => whole.subarray(0, 5),
    "cut off in a block's head": (whole) => whole.subarray(0, 30),
    "cut off in a block": (whole) => whole.subarray(0, whole.length - 1),
    "followed by nothing": (whole) => Buffer.concat([whole, Buffer.alloc(100)]),
    "damaged in one byte": (whole) => {
      const flipped = Buffer.from(whole);
      flipped[whole.length / 4] = ~flipped[whole.length / 4]!;
      return flipped;
    },
    "of a later version": (whole) => {
      const later = Buffer.from(whole);
      later.writeUInt32LE(3, 4);
      return later;
    },
    nonsense: () => Buffer.from("nonsense, and long enough to have a head"),
  };

  it.each(Object.keys(damages))("reads the log where they are %s, and mends them", async (how) => {
    await record(1, most);
    const whole = await readFile(columns());
    await writeFile(columns(), damages[how]!(whole));
    await expectWhole();
    await (await openRunLog(file)).close();
    expect((await readFile(columns())).equals(whole)).toBe(true);
  });

  it("does without them where they cannot be read", async () => {
    await record(1, most);
    await rm(columns());
    await mkdir(columns());
    await expectWhole();
  });

  it("does not believe columns of another log", async () => {
    await record(1, most);
    await writeFile(file, logLines(1, most, { seconds: 3 }));
    await expectWhole();
    await truncate(file, logLines(1, 9000, { seconds: 3 }).length);
    await expectWhole();
  });

  it("goes back with a resumed stage, and on with it", async () => {
    await record(1, most);
    const follower = followLog(file);
    const kept = await readAll(follower);
    await repairRunLog(file, 12_000);
    const records = [...(await inLog()), ...(await record(12_001, 40_000))];
    await readAll(follower, kept);
    expect(steps(sorted(kept))).toEqual(steps(sorted(records)));
    await expectWhole();
  });

  it("goes on from any byte, and finds its way back to the columns", async () => {
    await record(1, 500);
    const follower = followLog(file);
    const kept = await readAll(follower);
    await record(501, 30_000);
    const chunks: number[] = [];
    const others = followLog(file, { cursor: parseCursor(cursorText(follower.atEnd.cursor)) });
    for (let chunk = await others.next(); chunk !== undefined; chunk = await others.next()) {
      chunks.push(chunk.count);
      kept.push(...recordsOf(chunk.content));
    }
    expect(sorted(kept)).toEqual(sorted(await inLog()));
    expect(Math.max(...chunks)).toBe(2 * 8192);
  });
});
