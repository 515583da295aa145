import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openCheckpoint } from "../../server/checkpoint/checkpoint";
import { writeParents } from "../fusion/support/parent-folders";
import { answer, type HubServer, startHub } from "../hugging-face/support/hub-server";
import { filesOf } from "../hugging-face/support/hubs";
import { commandWith } from "../support/command-line";

let directory: string;
let server: HubServer;
let environment: Record<string, string>;
const commits: Record<string, string> = {};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hub-runs-"));
  await writeParents(directory);
  // From elsewhere, as most checkpoints on the Hub are.
  await rm(join(directory, "b", "deep_fusion.json"));
});

beforeEach(async () => {
  server = await startHub();
  for (const name of ["a", "b"]) {
    const { commit } = server.host({ name: `tiny/${name}`, files: filesOf(join(directory, name)) });
    commits[name] = commit;
  }
  const home = await mkdtemp(join(directory, "home-"));
  environment = { HF_HOME: home, HF_ENDPOINT: server.endpoint, HF_HUB_CACHE: "", HF_TOKEN: "" };
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

const run = (...args: readonly string[]) => commandWith(directory, environment, ...args);

describe("a run of a recipe with hf:// references", () => {
  test("fetches its parents, fuses them, and goes on with what it began with", async () => {
    await writeFile(
      join(directory, "hub.fusion.yaml"),
      "version: 1\nstages:\n  first: { import: hf://tiny/a }\n  fused: { fuse: [first, hf://tiny/b] }\n",
    );
    const checked = await run("check", "hub.fusion.yaml");
    expect(checked).toMatchObject({ code: 0 });
    expect(checked.stdout).toContain("no errors; 3 stages");
    // The headers come, the weights do not.
    let asked = 0;
    server.fail(
      /\?signature/,
      (response, usual, request) => {
        if (++asked <= 2) usual();
        else answer(404)(response, usual, request);
      },
      99,
    );
    const failed = await run("run", "hub.fusion.yaml", "--threads", "1");
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("Cannot find hf://tiny/");

    // Meanwhile the branch moves; the run does not.
    await server.close();
    const before = server;
    server = await startHub();
    for (const name of ["a", "b"]) {
      const files = filesOf(join(directory, name));
      server.host({ name: `tiny/${name}`, files });
      server.host({ name: `tiny/${name}`, files: { ...files, "README.md": "moved" } });
    }
    expect(server.endpoint).not.toBe(before.endpoint);
    environment.HF_ENDPOINT = server.endpoint;
    const resumed = await run("resume", join("runs", "hub"));
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.any(String)]);
    const record = JSON.parse(
      await readFile(join(directory, "runs", "hub", "run.json"), "utf8"),
    ) as Record<string, unknown>;
    expect(record.revisions).toEqual({ "hf://tiny/a": commits.a, "hf://tiny/b": commits.b });
    const [folder] = await readdir(join(directory, "runs", "hub", "fused")).then((names) =>
      names.filter((name) => name.startsWith("step-")),
    );
    const child = await openCheckpoint(join(directory, "runs", "hub", "fused", folder!));
    await child.close();
    expect(child.lineage!.ancestors.map(({ operation }) => operation)).toEqual([
      { kind: "initialised", seed: 1 },
      { kind: "imported", source: `hf://tiny/b@${commits.b!}` },
    ]);
    await server.close();
  });
});
