import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openCheckpoint } from "../../server/checkpoint/checkpoint";
import { fuseCommand } from "../../server/commands/fuse-command";
import { spoken } from "../commands/support/spoken";
import { noHub } from "../hugging-face/support/hubs";
import { distUrl } from "../support/dist";
import { writeParents } from "../fusion/support/parent-folders";

let directory: string;
const said = spoken();
const services = () => ({
  output: said,
  directory,
  createdBy: "deep-fusion test",
  fusionWorker: distUrl("fusion-worker.js"),
  stopping: new AbortController().signal,
  hub: noHub,
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "fuse-command-"));
  await writeParents(directory);
});

beforeEach(() => {
  said.forget();
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

test("fuse says what it will do before it writes, and shows the receipt after", async () => {
  expect(await fuseCommand(["a", "b"], { out: "child", fill: 0.01 }, services())).toBe(0);
  const before = said.messages.join("\n");
  expect(before).toContain("parent   a: ");
  expect(before).toContain("child    ");
  expect(before).toContain("d_model 10, 4 heads of 3, d_ff 14, 2 + 1 layers");
  expect(before).toContain("method   property: each part has its own norms");
  expect(before).toContain("fill     0.01 of each kernel's own deviation");
  expect(before).toMatch(/needs {4}[\d.]+ kB on disk, about [\d.]+ MB of memory/);
  expect(before).toContain("a, b have no tokenizer files");
  const after = said.results.join("\n");
  expect(after).toMatch(/receipt {2}4 examples, 96 tokens, random tokens/);
  expect(after).toMatch(/exact: child is \S+ of the largest logit .* \(limit 1\.0e-5\)/);
  expect(after).toMatch(/filled: drift \S+, loss \S+/);
  expect(after).toContain("wrote    child");
  const child = await openCheckpoint(join(directory, "child"));
  expect(child.configuration.d_model).toBe(10);
  await child.close();
});

test("fuse --json prints one document, and takes examples from a file", async () => {
  await writeFile(
    join(directory, "probe.jsonl"),
    '{"input_ids": [3, 4, 5], "labels": [6, 1]}\n{"input_ids": [7], "labels": [8, 9, 1]}\n',
  );
  const flags = { out: "self", copies: 3, probe: "probe.jsonl", json: true };
  await fuseCommand(["a"], flags, services());
  expect(said.results).toEqual([]);
  expect(said.messages).toEqual([]);
  expect(said.documents).toMatchObject([
    {
      checkpoint: "self",
      method: "rule",
      exact: true,
      optimizer: "reset",
      lineage: {
        operation: { receipt: { kind: "exact", probe: { source: "probe.jsonl", tokens: 9 } } },
      },
    },
  ]);
});

test("fuse passes on why parents do not fit", async () => {
  await expect(fuseCommand(["a", "odd"], { out: "never" }, services())).rejects.toThrow(
    /layer_norm_epsilon: a has 0.000001, odd has 0.00001[^]*dropout_rate/,
  );
});
