/** A recipe's stages with their settings, for the training panel. */
import type { RecipeStageSummary, RecipeSummary } from "../protocol/recipe-language";
import { isError } from "../recipe/problem";
import { stageInputs } from "../recipe/recipe";
import type { Recipe, StageEntry } from "../recipe/recipe";
import { trainNumbers } from "../recipe/resolve-train";
import type { RecipeFacts } from "./facts";
import type { RecipeDocument } from "./recipe-document";
import { StageFacts } from "./stage-facts";

export function summary({ parsed }: RecipeDocument, facts: RecipeFacts): RecipeSummary {
  const { draft, problems } = parsed;
  const sizes = new StageFacts(draft, facts);
  const names = new Set(Object.keys(draft.stages));
  const stages = Object.entries(draft.stages).map(([name, entry]): RecipeStageSummary => {
    const size = sizes.trainSize(name);
    const speed = facts.flopsPerSecond;
    return {
      name,
      kind: kindOf(entry),
      inputs: stageInputs(entry, names),
      ...("train" in entry && { settings: settingsOf(entry, draft) }),
      ...(size && { tokens: size.tokens, flops: size.flops }),
      ...(size && speed !== undefined && { seconds: size.flops / speed }),
    };
  });
  return { errors: problems.filter(isError).length, stages };
}

function kindOf(entry: StageEntry): RecipeStageSummary["kind"] {
  if ("train" in entry) return "train";
  if ("fuse" in entry) return "fuse";
  return "import" in entry ? "import" : "evaluate";
}

function settingsOf(entry: Extract<StageEntry, { train: string }>, recipe: Recipe) {
  const { steps, batch, seed, schedule } = trainNumbers(entry, recipe.defaults?.train);
  return { steps: steps ?? null, batch, seed, peak: schedule.peak };
}
