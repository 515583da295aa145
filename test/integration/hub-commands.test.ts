import { readFileSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openCheckpoint } from "../../server/checkpoint/checkpoint";
import { writeParent, writeParents } from "../fusion/support/parent-folders";
import { configured } from "../fusion/support/parents";
import { type HubServer, startHub } from "../hugging-face/support/hub-server";
import { filesOf } from "../hugging-face/support/hubs";
import { commandWith, startCommandWith } from "../support/command-line";

let directory: string;
let server: HubServer;
const commits: Record<string, string> = {};
let caches = 0;
let environment: Record<string, string>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hub-commands-"));
  await writeParents(directory);
  // With rows for the byte tokenizer's 384 ids.
  await writeParent(join(directory, "large"), configured({ vocab_size: 384 }), 4);
  server = await startHub();
  for (const name of ["a", "b", "odd"]) {
    const { commit } = server.host({ name: `tiny/${name}`, files: filesOf(join(directory, name)) });
    commits[name] = commit;
  }
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

beforeEach(() => {
  server.seen.length = 0;
  environment = {
    HF_HOME: join(directory, `home-${++caches}`),
    HF_ENDPOINT: server.endpoint,
    HF_HUB_CACHE: "",
    HF_TOKEN: "",
  };
});

const run = (...args: readonly string[]) => commandWith(directory, environment, ...args);
/** Whole files that were asked for where the large ones lie. */
const wholeFiles = () =>
  server.seen.filter((seen) => seen.server === "files" && (seen.range ?? "bytes=0-").endsWith("-"));

describe("deep-fusion with hf:// references", () => {
  test("fuses two, and writes into the child's lineage what came from where", async () => {
    const ended = await run(
      "fuse",
      "hf://tiny/a",
      "hf://tiny/b@main",
      "--out",
      "child",
      "--threads",
      "1",
    );
    expect(ended.stderr).toMatch(/Fetching hf:\/\/tiny\/a: [\d.]+ kB to come/);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toContain("exact: child is");
    const child = await openCheckpoint(join(directory, "child"));
    await child.close();
    expect(child.configuration.d_model).toBe(10);
    expect(child.lineage!.parents.map(({ name }) => name)).toEqual([
      `hf://tiny/a@${commits.a!}`,
      `hf://tiny/b@${commits.b!}`,
    ]);
    server.seen.length = 0;
    environment.HF_HUB_OFFLINE = "1";
    expect(await run("fuse", "hf://tiny/a", "b", "--out", "again", "--json")).toMatchObject({
      code: 0,
    });
    expect(server.seen).toEqual([]);
  });

  test("fetches no weight of what cannot be fused", async () => {
    const ended = await run("fuse", "hf://tiny/a", "hf://tiny/odd", "--out", "never");
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(
      /layer_norm_epsilon: hf:\/\/tiny\/a has 0\.000001, hf:\/\/tiny\/odd has/,
    );
    const cached = await readdir(environment.HF_HOME!, { recursive: true });
    expect(cached.filter((path) => path.endsWith("/config.json"))).toHaveLength(2);
    expect(cached.filter((path) => path.endsWith(".safetensors"))).toEqual([]);
  });

  test("checks and inspects without fetching weights", async () => {
    const ended = await run("check", "hf://tiny/a", "hf://tiny/b");
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toContain("These checkpoints fit");
    const bad = await run(
      "check",
      "hf://tiny/a",
      "hf://tiny/none",
      "hf://tiny",
      "hf://tiny/a@gone",
    );
    expect(bad.code).toBe(1);
    expect(bad.stderr.trim().split("\n")).toEqual([
      expect.stringMatching(/^Cannot find hf:\/\/tiny\/none: /),
      "Cannot use hf://tiny: it names no owner; give hf://OWNER/NAME or hf://OWNER/NAME@REVISION",
      expect.stringMatching(
        /^Cannot find hf:\/\/tiny\/a@gone: the repository has no such revision/,
      ),
    ]);
    const inspected = await run("inspect", "hf://tiny/a", "--json");
    expect(JSON.parse(inspected.stdout)).toMatchObject({
      directory: `hf://tiny/a@${commits.a!}`,
      configuration: { d_model: 6 },
    });
    const cached = await readdir(environment.HF_HOME!, { recursive: true });
    expect(cached.filter((path) => path.endsWith(".safetensors"))).toEqual([]);
  });

  test("measures one on examples", async () => {
    const examples = join(directory, "examples.jsonl");
    await writeFile(examples, '{"input_ids": [3, 4, 5], "labels": [6, 1]}\n');
    const ended = await run("evaluate", "hf://tiny/a", "--examples", "examples.jsonl", "--json");
    expect(JSON.parse(ended.stdout)).toMatchObject({ tokens: 2 });
    expect(wholeFiles().length).toBe(1);
  });

  test("measures one on a data set, with the tokenizer of another model", async () => {
    const line = JSON.stringify({ text: "call me Ishmael ".repeat(40) });
    server.host({ kind: "dataset", name: "sea/whales", files: { "one.jsonl": line } });
    server.host({
      name: "sea/bytes",
      files: { "tokenizer_config.json": '{"tokenizer_class": "ByT5Tokenizer"}' },
    });
    server.host({ name: "sea/model", files: filesOf(join(directory, "large")) });
    const text = "hf://datasets/sea/whales/*.jsonl";
    const given = ["--text", text, "--tokenizer", "hf://sea/bytes", "--inputs", "64", "--json"];
    const ended = await run("evaluate", "hf://sea/model", ...given);
    expect([ended.stderr, ended.code]).toEqual([expect.any(String), 0]);
    expect(JSON.parse(ended.stdout)).toMatchObject({ accuracy: expect.any(Number) as number });
  });

  test("Ctrl-C stops a download and keeps what came; the same command goes on from there", async () => {
    const weights = join(directory, "a", "model.safetensors");
    const half = Math.floor(readFileSync(weights).length / 2);
    const begun = new Promise<void>((resolve) => {
      server.fail(
        /\?signature/,
        (response, usual, request) => {
          if (request.headers.range?.endsWith("-") === false) {
            usual();
            return;
          }
          response.writeHead(200, { "content-length": String(2 * half) });
          response.write(readFileSync(weights).subarray(0, half), () => {
            resolve();
          });
        },
        1,
      );
    });
    const { child, ended } = startCommandWith(
      directory,
      environment,
      "evaluate",
      "hf://tiny/a",
      "--examples",
      "examples.jsonl",
    );
    await begun;
    await new Promise((resolve) => setTimeout(resolve, 300));
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 1 });
    expect((await ended).stderr).toContain("deep-fusion: stopped");
    server.seen.length = 0;
    await run("evaluate", "hf://tiny/a", "--examples", "examples.jsonl", "--json");
    expect(wholeFiles().map(({ range }) => range)).toEqual([`bytes=${half}-`]);
  });
});
