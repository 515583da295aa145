import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type BatchSettings, batchSource } from "../../server/data/batches";
import type { CorpusSettings } from "../../server/data/settings";
import { openBatches } from "../../server/data/stream";
import { temporaryFolders } from "../checkpoint/support/folder";
import { distUrl } from "../support/dist";
import { corpusOf } from "./support/corpora";

const settings: Omit<BatchSettings, "corpus"> = {
  tokenizer: "bytes",
  objective: { noise_density: 0.5, mean_span_length: 16 },
  inputs: 69,
  batch: 16,
  seed: 1,
  blockTokens: 2 ** 12,
};
const temporaryFolder = temporaryFolders();
const golden = fileURLToPath(new URL("../golden/tokenizers/", import.meta.url));
const worker = distUrl("data-worker.js");

describe("openBatches()", () => {
  const names = ["bytes", "t5/tokenizer.json", "t5/spiece.model"];
  it.each(names)("gives the same batches as the generator in this thread: %s", async (name) => {
    const tokenizer = name === "bytes" ? name : join(golden, name);
    const job = { ...settings, corpus: smallCorpus(), tokenizer };
    const stream = await openBatches({ ...job, worker });
    try {
      const source = await batchSource(job);
      const expected = source.batches();
      expect(stream.targets).toBe(69);
      for (let i = 0; i < 20; i++) {
        const { waitedMs, ...batch } = await stream.next();
        expect(batch).toEqual((await expected.next()).value);
        expect(waitedMs).toBeGreaterThanOrEqual(0);
      }
      await expected.return(undefined as never);
    } finally {
      await stream.close();
    }
  });

  it("fails with the worker's error", async () => {
    const corpus = smallCorpus();
    const bad = { ...settings, corpus, objective: { noise_density: 2, mean_span_length: 3 } };
    const error: unknown = await openBatches({ ...bad, worker }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(RangeError);
    expect(String(error)).toContain("noise_density must lie between 0 and 1, got 2");
  });

  it("fails with the worker's error in the middle of the stream, after the batches before it", async () => {
    const path = join(temporaryFolder(), "a.jsonl");
    const line = `${JSON.stringify({ text: "lorem ipsum ".repeat(20) })}\n`;
    writeFileSync(path, `${line.repeat(100)}{"text"\n`);
    const corpus = corpusOf([path]);
    const stream = await openBatches({ ...settings, corpus, worker });
    try {
      const batches: unknown[] = [];
      const reading = async (): Promise<void> => {
        for (;;) batches.push(await stream.next());
      };
      const error: unknown = await reading().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(SyntaxError);
      expect(String(error)).toContain(`Cannot read corpus file ${path}, line 101: it is not JSON`);
      expect(batches.length).toBeGreaterThan(3);
    } finally {
      await stream.close();
    }
  });

  it("fails after it was closed, also while it waits", async () => {
    const stream = await openBatches({ ...settings, corpus: smallCorpus(), worker });
    const waiting = stream.next();
    await stream.close();
    await Promise.allSettled([waiting]);
    const reading = async (): Promise<void> => {
      for (;;) await stream.next(); // A batch may have arrived before the end.
    };
    await expect(reading()).rejects.toThrow("the data worker has ended");
  });

  it("stops waiting when the signal aborts", async () => {
    const stream = await openBatches({ ...settings, corpus: smallCorpus(), worker });
    try {
      await expect(stream.next(AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");
    } finally {
      await stream.close();
    }
  });
});

function smallCorpus(): CorpusSettings {
  const path = join(temporaryFolder(), "a.txt");
  const lines = Array.from(
    { length: 400 },
    (_, i) => `Line ${i} of the whale's ${i * i} lines.\n\n`,
  );
  writeFileSync(path, lines.join(""));
  return corpusOf([path], 0.02);
}
