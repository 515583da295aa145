import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { checkParents } from "../../server/commands/check-parents";
import { noHub } from "../hugging-face/support/hubs";
import { spoken } from "./support/spoken";
import { writeParents } from "../fusion/support/parent-folders";

let directory: string;
const said = spoken();
const services = () => ({
  output: said,
  directory,
  hub: noHub,
  stopping: new AbortController().signal,
});

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "check-parents-"));
  await writeParents(directory);
});

beforeEach(() => {
  said.forget();
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

test("check says that parents fit, or every reason why not", async () => {
  expect(await checkParents(["a", "b"], {}, services())).toBe(0);
  expect(said.results.at(-1)).toContain("These checkpoints fit");
  expect(await checkParents(["a"], {}, services())).toBe(0);
  expect(await checkParents(["a", "odd"], {}, services())).toBe(1);
  expect(said.messages.length).toBe(3);
  expect(said.messages[1]).toContain("layer_norm_epsilon");
  expect(said.messages[2]).toContain("dropout_rate");
});

test("check names every folder that is no checkpoint", async () => {
  expect(await checkParents(["none", "a", "nor"], { json: true }, services())).toBe(1);
  const [verdict] = said.documents as { problems: string[] }[];
  expect(verdict!.problems.length).toBe(2);
  expect(verdict!.problems[0]).toContain("none");
});
