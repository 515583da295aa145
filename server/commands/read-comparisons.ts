/** A run's folder → its comparisons. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseConfiguration } from "../checkpoint/config-json";
import { readRunLog } from "../metrics/run-log";
import type { HeldoutRecord } from "../protocol/metrics";
import type { Comparison } from "../protocol/report";
import type { RunRecord } from "../protocol/run";
import { parseRecipe } from "../recipe/parse";
import { stageInputs } from "../recipe/recipe";
import { frozenRecipe, runFiles, stageFolder } from "../recipe/run-folder";
import { compareStages } from "./comparison";
import type { ComparedStage } from "./comparison";

export async function readComparisons(
  folder: string,
  record: RunRecord,
): Promise<readonly Comparison[]> {
  const { recipe } = parseRecipe(await frozenRecipe(folder), join(folder, runFiles.recipe));
  const known = new Map(Object.entries(recipe?.stages ?? {}));
  const stages: ComparedStage[] = [];
  for (const [name, stage] of Object.entries(record.stages)) {
    const entry = known.get(name);
    stages.push({
      name,
      record: stage,
      parents: entry === undefined ? [] : stageInputs(entry, known),
      heldout: stage.kind === "train" ? await heldoutOf(folder, name) : [],
      width: await widthOf(folder, stage.checkpoint),
    });
  }
  return compareStages(stages);
}

async function heldoutOf(folder: string, stage: string): Promise<HeldoutRecord[]> {
  const found: HeldoutRecord[] = [];
  for await (const record of readRunLog(join(stageFolder(folder, stage), "log.jsonl"))) {
    if ("heldout_loss" in record) found.push(record);
  }
  return found;
}

/** Undefined where there is no checkpoint, or no longer. */
async function widthOf(
  folder: string,
  checkpoint: string | undefined,
): Promise<number | undefined> {
  if (checkpoint === undefined) return undefined;
  const file = join(folder, checkpoint, "config.json");
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : parseConfiguration(JSON.parse(text), file).d_model;
}
