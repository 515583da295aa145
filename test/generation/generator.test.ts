import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { T5Configuration } from "../../server/checkpoint/configuration";
import { parameterShapes } from "../../server/checkpoint/parameters";
import { writeCheckpoint } from "../../server/checkpoint/write-checkpoint";
import { openGenerator } from "../../server/generation/generator";
import { initialWeight } from "../../server/model/initialise";
import { presets } from "../../server/model/presets";
import { engineUnderTest } from "../support/engine-under-test";
import { temporaryFolders } from "../checkpoint/support/folder";
import { trained } from "../checkpoint/support/lineages";

const newFolder = temporaryFolders();
const engine = await engineUnderTest();

afterAll(() => engine.dispose());

const nano = { ...presets["t5-nano"]!, num_layers: 1, num_decoder_layers: 1 };

async function written(
  configuration: T5Configuration = nano,
  weight = (name: string) => initialWeight(configuration, name, 4),
): Promise<string> {
  const directory = join(newFolder(), "model");
  const shapes = parameterShapes(configuration);
  await writeCheckpoint(directory, {
    configuration,
    weights: { shapes, read: (name) => Promise.resolve(weight(name)) },
    lineage: trained(1),
    tokenizerFiles: "bytes",
  });
  return directory;
}

const greedy = { strategy: { kind: "greedy" }, maxTokens: 5 } as const;

describe("openGenerator()", () => {
  test("answers with a checkpoint's own tokenizer, and shows the texts as they grow", async () => {
    const generator = await openGenerator({ engine, checkpoint: await written() });
    const seen: string[] = [];
    const { inputIds, answers } = await generator.answer("a <extra_id_0>", {
      ...greedy,
      onText: ([text]) => seen.push(text!),
    });
    expect(inputIds).toEqual([100, 35, 259, 1]);
    expect(answers).toHaveLength(1);
    const [answer] = answers;
    expect(answer!.tokens).toHaveLength(5);
    expect(answer!.logProbability).toBeLessThan(0);
    expect(seen).toHaveLength(5);
    expect(seen.at(-1)).toBe(answer!.text);
    expect(answer!.ended).toBe(answer!.tokens.at(-1) === nano.eos_token_id);

    const sampling = { temperature: 1, topK: 0, topP: 1, seed: 1 };
    const strategy = { kind: "sample", samples: 3, sampling } as const;
    const drawn = await generator.answer("a <extra_id_0>", { strategy, maxTokens: 5 });
    expect(new Set(drawn.answers.map(({ text }) => text)).size).toBe(3);
    expect(await generator.answer("a <extra_id_0>", { strategy, maxTokens: 5 })).toEqual(drawn);
    await generator.close();
  });

  test("stops when it is told to", async () => {
    const generator = await openGenerator({ engine, checkpoint: await written() });
    const stopping = new AbortController();
    const answer = generator.answer("a", {
      ...{ strategy: { kind: "greedy" }, maxTokens: 500, signal: stopping.signal },
      onText: () => {
        stopping.abort();
      },
    });
    await expect(answer).rejects.toThrow(/abort/i);
    await generator.close();
  });

  test("asks for a tokenizer where the checkpoint has none", async () => {
    const checkpoint = await written();
    rmSync(join(checkpoint, "tokenizer_config.json"));
    await expect(openGenerator({ engine, checkpoint })).rejects.toThrow(
      /^Cannot read text for .*model: it has no tokenizer; .* name one with --tokenizer/,
    );
    const generator = await openGenerator({ engine, checkpoint, tokenizer: "bytes" });
    expect((await generator.answer("a", greedy)).inputIds).toEqual([100, 1]);
    await generator.close();
  });

  test("refuses a tokenizer with more tokens than the model, and a prompt that is too long", async () => {
    const checkpoint = await written({ ...nano, vocab_size: 300 });
    await expect(openGenerator({ engine, checkpoint })).rejects.toThrow(
      /^Cannot use tokenizer bytes with .*model: it has 384 tokens, the model 300$/,
    );
    const generator = await openGenerator({ engine, checkpoint: await written() });
    await expect(generator.answer("a".repeat(5000), greedy)).rejects.toThrow(
      "Cannot use a prompt of 5001 tokens: 4096 is the most; shorten it",
    );
    await generator.close();
  });

  test("names the weight that is not finite", async () => {
    const checkpoint = await written();
    const file = join(checkpoint, "model.safetensors");
    const bytes = readFileSync(file);
    bytes.writeFloatLE(NaN, bytes.length - 4);
    writeFileSync(file, bytes);
    const generator = await openGenerator({ engine, checkpoint });
    for (const strategy of [
      greedy.strategy,
      { kind: "beam", beams: 2, lengthPenalty: 1 },
    ] as const) {
      await expect(generator.answer("a", { strategy, maxTokens: 3 })).rejects.toThrow(
        /^Cannot generate with .*model: .*the first weight that is not finite is /,
      );
    }
    await generator.close();
  });
});
