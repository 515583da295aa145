import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { GenerateParams } from "../../server/protocol/generation";
import { generate } from "../../server/services/generate";
import { temporaryFolders } from "../checkpoint/support/folder";
import { writeTinyCheckpoint } from "../support/tiny-checkpoint";

const newFolder = temporaryFolders();

const question = {
  ...{ prompt: "Call me <extra_id_0>.", strategy: { kind: "greedy" }, maxTokens: 4 },
} satisfies Omit<GenerateParams, "checkpoints">;

const still = { signal: new AbortController().signal, onProgress: () => undefined };

describe("generate()", () => {
  test("gives each checkpoint's answer, and for one that cannot the reason in its place", async () => {
    const folder = newFolder();
    const [one, silent, other] = ["one", "silent", "other"].map((name) => join(folder, name));
    await writeTinyCheckpoint(one!, { seed: 1 });
    await writeTinyCheckpoint(silent!, { tokenizer: "none" });
    await writeTinyCheckpoint(other!, { seed: 2 });
    const missing = join(folder, "missing");
    const progress: [number, number][] = [];
    const results = await generate(
      { ...question, checkpoints: [one!, silent!, missing, other!] },
      { ...still, onProgress: (_, done, of) => progress.push([done, of]) },
    );
    expect(results).toMatchObject([
      { kind: "answers" },
      {
        kind: "failed",
        reason: expect.stringContaining("no tokenizer; put one's files into its folder") as string,
      },
      { kind: "failed", reason: expect.stringContaining(missing) as string },
      { kind: "answers" },
    ]);
    const [first, , , last] = results;
    const firstAnswers = first?.kind === "answers" ? first.answers : [];
    expect(firstAnswers).toHaveLength(1);
    expect(firstAnswers[0]!.tokens).toHaveLength(4);
    expect(firstAnswers[0]).toMatchObject({ ended: false, filled: [{ text: "Call me " }, {}, {}] });
    expect(last).not.toEqual(first);
    expect(progress.slice(0, 5).map(([done]) => done)).toEqual([0, 1, 2, 3, 4]);
    expect(progress.at(-1)).toEqual([16, 16]);
  });

  test("gives as many answers as beams, the most probable first, and as samples", async () => {
    const checkpoint = join(newFolder(), "m");
    await writeTinyCheckpoint(checkpoint);
    const ask = async (strategy: GenerateParams["strategy"]) => {
      const [result] = await generate({ ...question, strategy, checkpoints: [checkpoint] }, still);
      return result?.kind === "answers" ? result.answers : [];
    };
    const beams = await ask({ kind: "beam", beams: 3, lengthPenalty: 0 });
    const probabilities = beams.map(({ logProbability }) => logProbability);
    expect(probabilities).toHaveLength(3);
    expect(probabilities).toEqual([...probabilities].sort((a, b) => b - a));
    const sampling = { temperature: 1, topK: 0, topP: 1, seed: 7 };
    const drawn = await ask({ kind: "sample", samples: 2, sampling });
    expect(drawn).toHaveLength(2);
    expect(await ask({ kind: "sample", samples: 2, sampling })).toEqual(drawn);
  });

  test("ends when it is cancelled, and takes that for no fault of the checkpoint", async () => {
    const checkpoint = join(newFolder(), "m");
    await writeTinyCheckpoint(checkpoint);
    const stopping = new AbortController();
    const work = {
      signal: stopping.signal,
      onProgress: (_: string, done: number) => {
        if (done === 2) stopping.abort();
      },
    };
    const asked = generate({ ...question, maxTokens: 500, checkpoints: [checkpoint] }, work);
    await expect(asked).rejects.toThrow(/abort/i);
  });
});
