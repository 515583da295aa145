import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ColumnsMaker } from "../../server/metrics/columns-maker";
import { followLog, overviewOf } from "../../server/metrics/follow-log";
import { countOf } from "../../server/metrics/log-batch";
import { openRunLog } from "../../server/metrics/run-log";
import { logLines, stepRecord } from "../metrics/support/log-lines";
import { distUrl } from "../support/dist";
import { until } from "../support/run-folder";

const most = 120_000;
let directory: string;
let file: string;
let maker: ColumnsMaker;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "deep-fusion-maker-"));
  file = join(directory, "log.jsonl");
  maker = new ColumnsMaker(distUrl("columns-worker.js"));
});

afterEach(async () => {
  await maker.close();
  await rm(directory, { recursive: true });
});

/** Counts of the chunks, and how far each had come. */
async function read() {
  const follower = followLog(file, { maker });
  const chunks: { count: number; share: number; first: number }[] = [];
  for (let chunk = await follower.next(); chunk !== undefined; chunk = await follower.next()) {
    const { first, share, content } = chunk;
    chunks.push({ first, share, count: countOf(content) });
  }
  return chunks;
}

const sum = (chunks: readonly { readonly count: number }[]) =>
  chunks.reduce((total, { count }) => total + count, 0);

describe("a long log without columns", () => {
  it("is read in blocks while they are made, each record once, and has its columns afterwards", async () => {
    await writeFile(file, logLines(1, most));
    const chunks = await read();
    expect(sum(chunks)).toBe(most);
    expect(chunks.map(({ first }) => first)).toEqual(
      chunks.map((_, index) => sum(chunks.slice(0, index))),
    );
    const shares = chunks.map(({ share }) => share);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    expect(shares[0]).toBeLessThan(1);
    await until("the columns", async () => (await readdir(directory)).includes("log.columns"));
    expect(await readdir(directory)).toEqual(["log.columns", "log.jsonl"]);
    const made = await readFile(join(directory, "log.columns"));
    // They are what whoever appends to the log would have written.
    await (await openRunLog(file)).close();
    expect((await readFile(join(directory, "log.columns"))).equals(made)).toBe(true);
    expect(await overviewOf(file)).toBeDefined();
  });

  it("opens at a glance the second time where none can be put beside it", async () => {
    await writeFile(file, logLines(1, most));
    // A folder in its place, that not even root can write over.
    await mkdir(join(directory, "log.columns"));
    expect(await overviewOf(file, maker)).toBeUndefined();
    expect(sum(await read())).toBe(most);
    let overview: Awaited<ReturnType<typeof overviewOf>>;
    await until("the columns", async () => {
      overview = await overviewOf(file, maker);
      return overview !== undefined;
    });
    expect(overview!.steps.reduce((total, { length }) => total + length, 0)).toBeGreaterThan(
      most / 150,
    );
  });

  it("that grows meanwhile is read on by its lines", async () => {
    await writeFile(file, logLines(1, most));
    const follower = followLog(file, { maker });
    let count = 0;
    for (let chunk = await follower.next(); chunk !== undefined; chunk = await follower.next()) {
      if (count === 0) {
        const log = await openRunLog(file);
        for (let step = most + 1; step <= most + 50; step++) log.append(stepRecord(step));
        await log.close();
      }
      expect(chunk.first).toBe(count);
      count += chunk.count;
    }
    expect(count).toBe(most + 50);
  });

  it("is parsed by its reader where no worker can be had", async () => {
    await maker.close();
    maker = new ColumnsMaker(new URL("file:///nowhere/columns-worker.js"));
    await writeFile(file, logLines(1, most));
    expect(sum(await read())).toBe(most);
    expect(await readdir(directory)).toEqual(["log.jsonl"]);
  });
});
