/** A recipe's stages with their settings, for the training panel. */
import type { RecipeSetting, RecipeStageSummary, RecipeSummary } from "../protocol/recipe-language";
import { isError } from "../recipe/problem";
import { stageInputs } from "../recipe/recipe";
import type { Recipe, TrainEntry, TrainStageEntry } from "../recipe/recipe";
import { combined, trainNumbers } from "../recipe/resolve-train";
import type { RecipeFacts } from "./facts";
import type { RecipeDocument } from "./recipe-document";
import { StageFacts } from "./stage-facts";

export function summary({ parsed }: RecipeDocument, facts: RecipeFacts): RecipeSummary {
  const { draft, problems } = parsed;
  const sizes = new StageFacts(draft, facts);
  const names = new Set(Object.keys(draft.stages));
  // A stage whose first key is wrong has none in a draft.
  const kinds = ["train", "fuse", "import", "evaluate"] as const;
  const whole = Object.entries(draft.stages).flatMap(([name, entry]) => {
    const kind = kinds.find((key) => key in entry);
    return kind === undefined ? [] : [{ name, entry, kind }];
  });
  const stages = whole.map(({ name, entry, kind }): RecipeStageSummary => {
    const size = sizes.trainSize(name);
    const speed = facts.flopsPerSecond;
    return {
      name,
      kind,
      inputs: stageInputs(entry, names),
      ...("train" in entry && { settings: settingsOf(entry, draft) }),
      ...(size && { tokens: size.tokens, flops: size.flops }),
      ...(size && speed !== undefined && { seconds: size.flops / speed }),
    };
  });
  return { errors: problems.filter(isError).length, stages };
}

function settingsOf(
  entry: TrainStageEntry,
  recipe: Recipe,
): NonNullable<RecipeStageSummary["settings"]> {
  const shared = recipe.defaults?.train ?? {};
  const { steps, batch, seed, schedule } = trainNumbers(entry, shared);
  const sourceOf = (key: "steps" | "batch" | "seed"): RecipeSetting["source"] =>
    entry[key] !== undefined ? "stage" : shared[key] !== undefined ? "defaults" : "program";
  return {
    steps: { value: steps ?? null, source: sourceOf("steps") },
    batch: { value: batch, source: sourceOf("batch") },
    seed: { value: seed, source: sourceOf("seed") },
    peak: { value: schedule.peak, source: peakSource(entry, shared) },
  };
}

/** A stage that names another kind of schedule leaves the defaults' one alone. */
function peakSource(entry: TrainStageEntry, shared: TrainEntry): RecipeSetting["source"] {
  if (entry.schedule?.peak !== undefined) return "stage";
  const inherited = combined(entry.schedule, shared.schedule)?.peak;
  return inherited === undefined ? "program" : "defaults";
}
