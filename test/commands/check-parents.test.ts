import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { childLineage, noCost } from "../../server/checkpoint/lineage";
import { writeCheckpoint } from "../../server/checkpoint/write-checkpoint";
import { checkParents } from "../../server/commands/check-parents";
import { configured, randomWeights, small } from "../fusion/support/parents";

let directory: string;
const said: { results: string[]; messages: string[]; json: unknown[] } = {
  results: [],
  messages: [],
  json: [],
};
const output = {
  result: (line: string) => said.results.push(line),
  message: (line: string) => said.messages.push(line),
  json: (value: unknown) => said.json.push(value),
};
const services = () => ({ output, directory });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "check-parents-"));
  await writeParent("a", small, 1);
  await writeParent("b", configured({ d_model: 4 }), 2);
  await writeParent("odd", configured({ layer_norm_epsilon: 1e-5, dropout_rate: 0.1 }), 3);
});

beforeEach(() => {
  said.results.length = said.messages.length = said.json.length = 0;
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

async function writeParent(name: string, configuration: typeof small, seed: number): Promise<void> {
  await writeCheckpoint(join(directory, name), {
    configuration,
    weights: randomWeights(configuration, seed),
    lineage: childLineage({
      createdBy: "test",
      operation: { kind: "initialised", seed },
      ownCost: noCost,
      parents: [],
    }),
  });
}

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
  const [verdict] = said.json as { problems: string[] }[];
  expect(verdict!.problems.length).toBe(2);
  expect(verdict!.problems[0]).toContain("none");
});
