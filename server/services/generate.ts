/** What checkpoints answer to one prompt, one after the other. */
import type { Engine } from "../engine/engine";
import { openGenerator } from "../generation/generator";
import type { GenerateParams, GenerateResult } from "../protocol/generation";
import { onJobEngine } from "./job-engine";
import type { LocalWork } from "./work";

/** A result for each checkpoint, whatever becomes of the others. @throws the signal's reason */
export function generate(
  params: GenerateParams,
  work: LocalWork,
): Promise<readonly GenerateResult[]> {
  return onJobEngine(async (engine) => {
    const results: GenerateResult[] = [];
    for (const index of params.checkpoints.keys()) {
      results.push(await resultOf(params, index, { engine, work }));
    }
    return results;
  });
}

interface Means {
  readonly engine: Engine;
  readonly work: LocalWork;
}

async function resultOf(
  params: GenerateParams,
  index: number,
  { engine, work }: Means,
): Promise<GenerateResult> {
  const { checkpoints, maxTokens } = params;
  const tell = (tokens: number): void => {
    work.onProgress("answering", index * maxTokens + tokens, checkpoints.length * maxTokens);
  };
  work.signal.throwIfAborted();
  tell(0);
  try {
    const answers = await answersOf(checkpoints[index]!, params, {
      ...{ engine, work },
      onToken: tell,
    });
    return { kind: "answers", answers };
  } catch (error) {
    work.signal.throwIfAborted();
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

async function answersOf(
  checkpoint: string,
  { prompt, strategy, maxTokens }: GenerateParams,
  { engine, work, onToken }: Means & { readonly onToken: (tokens: number) => void },
) {
  const { signal } = work;
  const generator = await openGenerator({ engine, checkpoint, signal });
  let tokens = 0;
  try {
    const { answers } = await generator.answer(prompt, {
      ...{ strategy, maxTokens, signal },
      onText: () => {
        onToken(++tokens);
      },
    });
    return answers;
  } finally {
    await generator.close();
  }
}
