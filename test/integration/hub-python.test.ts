/** One cache for Python's huggingface_hub and for us: what either has fetched, the other finds without the Hub. */
import { execFile } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hubOf } from "../../server/hugging-face/hub";
import { fetchHubCheckpoint, openHubCheckpoint } from "../../server/hugging-face/hub-checkpoint";
import { writeParents } from "../fusion/support/parent-folders";
import { type HubServer, startHub } from "../hugging-face/support/hub-server";
import { filesOf } from "../hugging-face/support/hubs";
import { pythonForTests, pythonProgram } from "../support/python";

let directory: string;
let server: HubServer;
let commit: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hub-python-"));
  await writeParents(directory);
  server = await startHub();
  ({ commit } = server.host({ name: "tiny/a", files: filesOf(join(directory, "a")) }));
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true });
});

interface Found {
  readonly files: readonly string[];
  readonly snapshot?: string;
  readonly warnings: readonly string[];
  readonly refs: readonly string[];
}

const names = ["config.json", "model.safetensors"];

async function python(command: "find" | "fetch", home: string): Promise<Found> {
  const { interpreter } = pythonForTests();
  const parameters = [pythonProgram("hub_cache.py"), command, "tiny/a", ...names];
  const { stdout } = await promisify(execFile)(interpreter, parameters, {
    env: { ...process.env, ...variables(home), HF_HUB_DISABLE_TELEMETRY: "1" },
  });
  return JSON.parse(stdout) as Found;
}

function variables(home: string) {
  return {
    HF_HOME: home,
    HF_ENDPOINT: server.endpoint,
    HF_HUB_CACHE: join(home, "hub"),
    HF_TOKEN: "",
  };
}

describe("the cache of the Hub", () => {
  test("holds what we fetched where Python finds it", async () => {
    const home = join(directory, "ours");
    const found = await openHubCheckpoint("hf://tiny/a", { hub: hubOf(variables(home)) });
    const folder = await fetchHubCheckpoint(found, {});
    const before = server.seen.length;
    expect(await python("find", home)).toEqual({
      files: names.map((name) => join(folder, name)),
      snapshot: folder,
      warnings: [],
      refs: [`tiny/a main ${commit}`],
    });
    expect(server.seen.length).toBe(before);
  });

  test("holds what Python fetched where we find it", async () => {
    const home = join(directory, "theirs");
    const theirs = await python("fetch", home);
    expect(theirs.files.length).toBe(2);
    const before = server.seen.length;
    const hub = hubOf({ ...variables(home), HF_HUB_OFFLINE: "1" });
    const found = await openHubCheckpoint("hf://tiny/a", { hub });
    const folder = await fetchHubCheckpoint(found, {});
    expect(names.map((name) => join(folder, name))).toEqual(theirs.files);
    expect(found.name).toBe(`hf://tiny/a@${commit}`);
    expect(server.seen.length).toBe(before);
  });

  test("is gone on with by either: the same blobs, and nothing is fetched twice", async () => {
    const home = join(directory, "both");
    await python("fetch", home);
    server.seen.length = 0;
    const found = await openHubCheckpoint("hf://tiny/a", { hub: hubOf(variables(home)) });
    const folder = await fetchHubCheckpoint(found, {});
    expect(server.seen.filter((seen) => seen.server === "files")).toEqual([]);
    const { files } = await python("fetch", home);
    expect(server.seen.filter((seen) => seen.server === "files" && seen.method === "GET")).toEqual(
      [],
    );
    expect(files.map((path) => realpathSync(path))).toEqual(
      names.map((name) => realpathSync(join(folder, name))),
    );
    expect(readFileSync(files[1]!).equals(readFileSync(join(directory, "a", names[1]!)))).toBe(
      true,
    );
  });
});
