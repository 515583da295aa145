import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeParents } from "../fusion/support/parent-folders";
import { commandWith } from "../support/command-line";

let directory: string;
/** A user's own: onnxruntime is silent by itself where it takes the machine for one that tests. */
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "telemetry-"));
  const home = join(directory, "home");
  await mkdir(home);
  environment = { HOME: home, XDG_CACHE_HOME: "", CI: "", GITHUB_ACTIONS: "", TF_BUILD: "" };
  await writeParents(directory);
});

afterAll(() => rm(directory, { recursive: true }));

describe("onnxruntime's telemetry", () => {
  it("is off: what computes leaves no id of the machine and no record in the home folder", async () => {
    const fused = await commandWith(directory, environment, "fuse", "a", "b", "--out", "child");
    expect(fused).toMatchObject({ code: 0 });
    expect(await readdir(environment.HOME!, { recursive: true })).toEqual([]);
  });

  it("is off in the process in which an engine is examined", async () => {
    expect(await commandWith(directory, environment, "doctor")).toMatchObject({ code: 0 });
    const found = await readdir(environment.HOME!, { recursive: true });
    expect(found.filter((name) => /microsoft|onnxruntime/i.test(name))).toEqual([]);
  });
});
