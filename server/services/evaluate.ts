/** Held-out loss and accuracy of checkpoints, all on the same text: their run's own, or a file of examples. */
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { openCheckpoint } from "../checkpoint/checkpoint";
import { evaluate } from "../commands/evaluate";
import { heldoutExamples } from "../data/heldout";
import type { Engine } from "../engine/engine";
import type { HeldoutResult } from "../protocol/fusion";
import { measureHeldout } from "../recipe/execute-evaluate";
import { planRecipe } from "../recipe/plan";
import { type ResolvedStage, type TextSettings } from "../recipe/resolve";
import { readRun, runFiles } from "../recipe/run-folder";
import { onJobEngine } from "./job-engine";
import type { Work } from "./work";

export interface EvaluateJob {
  readonly checkpoints: readonly string[];
  /** Path of lines `{"input_ids": [...], "labels": [...]}`. */
  readonly examples?: string;
}

interface Text {
  readonly settings: TextSettings;
  readonly examples: number;
  readonly batch: number;
}

/** @throws {RangeError} no text is known to evaluate on */
export async function evaluateCheckpoints(
  { checkpoints, examples }: EvaluateJob,
  work: Work,
): Promise<readonly HeldoutResult[]> {
  const text = examples === undefined ? await textOf(checkpoints, work) : undefined;
  return onJobEngine(async (engine) => {
    const results: HeldoutResult[] = [];
    for (const [index, checkpoint] of checkpoints.entries()) {
      work.onProgress("evaluating", index, checkpoints.length);
      const figures =
        text === undefined
          ? await onFile(checkpoint, examples!, { engine, work })
          : await onText(checkpoint, text, { engine, work });
      results.push({ checkpoint, ...figures });
    }
    return results;
  });
}

interface Means {
  readonly engine: Engine;
  readonly work: Work;
}

async function onText(directory: string, text: Text, { engine, work }: Means) {
  const heldout = await heldoutExamples(text.settings, text.examples, work.signal);
  const checkpoint = await openCheckpoint(directory);
  try {
    const { batch } = text;
    return await measureHeldout({ engine, checkpoint, heldout, batch, signal: work.signal });
  } finally {
    await checkpoint.close();
  }
}

async function onFile(directory: string, examples: string, { engine, work }: Means) {
  const checkpoint = await openCheckpoint(directory);
  try {
    const { loss, accuracy, tokens } = await evaluate({
      ...{ checkpoint, engine, examples, signal: work.signal },
    });
    return { loss, accuracy, tokens };
  } finally {
    await checkpoint.close();
  }
}

/** The text of the first checkpoint that belongs to a run. */
async function textOf(checkpoints: readonly string[], work: Work): Promise<Text> {
  for (const checkpoint of checkpoints) {
    const run = await runOf(checkpoint);
    const text = run === undefined ? undefined : await textOfRun(run, work);
    if (text !== undefined) return text;
  }
  throw new RangeError(
    "Cannot evaluate: none of the checkpoints belongs to a run whose text is known; choose a file of examples",
  );
}

async function runOf(directory: string): Promise<string | undefined> {
  const above = dirname(directory);
  if (above === directory) return undefined;
  const found = await stat(join(above, runFiles.record)).catch(() => undefined);
  return found === undefined ? runOf(above) : above;
}

async function textOfRun(
  run: string,
  { hub, signal }: Pick<Work, "hub" | "signal">,
): Promise<Text | undefined> {
  const frozen = join(run, runFiles.recipe);
  const record = await readRun(run);
  const { plan } = await planRecipe({
    text: await readFile(frozen, "utf8"),
    file: record.resume?.recipe_file ?? frozen,
    shownAs: frozen,
    ...{ hub, signal, revisions: record.revisions },
  });
  const texts = (plan?.stages ?? []).flatMap(textOfStage);
  return texts[0];
}

function textOfStage(stage: ResolvedStage): Text[] {
  if (stage.kind === "evaluate") {
    return [{ settings: stage.text, examples: stage.examples, batch: stage.batch }];
  }
  if (stage.kind !== "train") return [];
  const { corpus, tokenizer, objective, inputs, batch, evaluate_examples } = stage.settings;
  return [
    {
      settings: { corpus, tokenizer, objective, inputs },
      ...{ examples: evaluate_examples, batch },
    },
  ];
}
