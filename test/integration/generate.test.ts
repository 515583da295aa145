/** `generate` and `evaluate --text` in processes of their own, on a checkpoint as training writes it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { parameterShapes } from "../../server/checkpoint/parameters";
import { writeCheckpoint } from "../../server/checkpoint/write-checkpoint";
import { initialWeight } from "../../server/model/initialise";
import { presets } from "../../server/model/presets";
import { temporaryFolders } from "../checkpoint/support/folder";
import { trained } from "../checkpoint/support/lineages";
import { command } from "../support/command-line";

const newFolder = temporaryFolders();
const configuration = presets["t5-nano"]!;
const prompt = "Call me <extra_id_0>.";

describe("a checkpoint on the command line", () => {
  let folder = "";

  beforeEach(async () => {
    folder = newFolder();
    const weights = {
      shapes: parameterShapes(configuration),
      read: (name: string) => Promise.resolve(initialWeight(configuration, name, 1)),
    };
    const lineage = trained(1);
    const directory = join(folder, "m");
    await writeCheckpoint(directory, { configuration, weights, lineage, tokenizerFiles: "bytes" });
  });

  test("answers prompts given and read, greedily and at random", async () => {
    writeFileSync(join(folder, "prompts.txt"), `${prompt}\n\nA <extra_id_0> b\r\n`);
    const greedy = ["generate", "m", "--prompts", "prompts.txt", "--max-tokens", "6", "--json"];
    const { code, stdout } = await command(folder, ...greedy);
    expect(code).toBe(0);
    const { prompts } = JSON.parse(stdout) as {
      prompts: { prompt: string; answers: { filled: string; tokens: number[] }[] }[];
    };
    expect(prompts.map((asked) => asked.prompt)).toEqual([prompt, "A <extra_id_0> b"]);
    const [first] = prompts[0]!.answers;
    expect(first!.tokens).toHaveLength(6);

    const plain = await command(folder, "generate", "m", prompt, "--max-tokens", "6");
    expect(plain.stdout.trim()).toBe(first!.filled.trim());
    expect(plain.stderr).toBe("Cut after 6 tokens; --max-tokens 12 allows more.\n");

    const drawn = await command(folder, "generate", "m", prompt, "--top-k", "5", "--answers", "3");
    expect(drawn.stdout.split("\n- ")).toHaveLength(3);
  });

  test("is measured on text", async () => {
    writeFileSync(join(folder, "book.txt"), "Call me Ishmael. Some years ago. ".repeat(20));
    const measured = ["evaluate", "m", "--text", "*.txt", "--inputs", "64", "--json"];
    const { code, stdout } = await command(folder, ...measured);
    expect(code).toBe(0);
    const { loss, tokens, examples } = JSON.parse(stdout) as Record<string, number>;
    expect(loss).toBeGreaterThan(1);
    expect(examples).toBeGreaterThan(5);
    expect(tokens).toBeGreaterThan(50);
  });

  test.each([
    [["generate", "m"], /^error: give a prompt/],
    [["generate", "m", "x", "--answers", "2"], /^error: more answers than one need --sample/],
    [["generate", "m", "x", "--beams", "2", "--seed", "1"], /'--seed <n>' cannot be used with/],
    [["evaluate", "m"], /^error: give --examples with a file, or --text/],
  ])("refuses %s as wrong usage", async (parameters, message) => {
    const { code, stderr } = await command(folder, ...parameters);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  test("says that a file of prompts is not there, or empty", async () => {
    const missing = await command(folder, "generate", "m", "--prompts", "none.txt");
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /Cannot read prompts from none\.txt: it is not there/,
      ) as string,
    });
    writeFileSync(join(folder, "empty.txt"), "\n \n");
    const empty = await command(folder, "generate", "m", "--prompts", "empty.txt");
    expect(empty).toMatchObject({
      code: 1,
      stderr: "deep-fusion: Cannot read prompts from empty.txt: it has no line with text\n",
    });
  });
});
