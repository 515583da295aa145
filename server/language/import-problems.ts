/** What is wrong with the checkpoints that a recipe imports, and with their fusions: from headers, as a run would find. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Hub } from "../hugging-face/hub";
import { reporter } from "../recipe/checks";
import { topologicalOrder } from "../recipe/graph";
import type { ParsedRecipe } from "../recipe/parse";
import type { Problem } from "../recipe/problem";
import { type ResolvedImport, resolveRecipe } from "../recipe/resolve";
import { readSettings, type StageModel, stageModels } from "../recipe/stage-models";
import type { RecipeTokenizer } from "./facts";
import { cachedPins } from "./gather-facts";

/** @throws {RangeError | SyntaxError} the folder holds no checkpoint that can be used */
export type ReadImport = (directory: string) => Promise<StageModel>;

export interface ImportSurroundings {
  /** Of the recipe; absolute. */
  readonly directory: string;
  /** The recipe's, which its train stages use. */
  readonly tokenizer: RecipeTokenizer | undefined;
  /** Whose cache is looked into; it is never asked. @throws {HubError} its variables make no sense */
  readonly hub: () => Hub;
  readonly read: ReadImport;
}

/** More are not worth an answer while somebody types. */
const mostImports = 100;
const mostParts = 64;

/** [] where the recipe itself has errors. */
export async function importProblems(
  { recipe, places }: Pick<ParsedRecipe, "recipe" | "places">,
  { directory, tokenizer, hub, read }: ImportSurroundings,
): Promise<Problem[]> {
  if (recipe === undefined || tokenizer === undefined) return [];
  const vocabulary = tokenizer.vocabSize;
  const pins = await cachedPins(recipe, { hub });
  const stages = topologicalOrder(resolveRecipe(recipe, { directory, vocabulary, pins }));
  const imports = stages.filter((stage) => stage.kind === "import").slice(0, mostImports);
  if (imports.length === 0) return [];
  const problems: Problem[] = [];
  const report = reporter("recipe", places, problems);
  const imported = new Map<string, StageModel>();
  for (const stage of imports) {
    try {
      const model = await modelOf(stage, read);
      if (model !== undefined) imported.set(stage.name, model);
    } catch (error) {
      report(`stages.${stage.name}.import`, error instanceof Error ? error.message : String(error));
    }
  }
  stageModels(stages, { imported, tokenizer, report, mostParts });
  return problems;
}

/** Undefined for what is not there, which is said where missing files are. */
async function modelOf(
  { directory, reference }: ResolvedImport,
  read: ReadImport,
): Promise<StageModel | undefined> {
  if (reference !== undefined) return readSettings(directory).catch(() => undefined);
  const config = await stat(join(directory, "config.json")).catch(() => undefined);
  return config === undefined ? undefined : read(directory);
}

const decisive = [
  "config.json",
  "model.safetensors",
  "model.safetensors.index.json",
  "tokenizer.json",
  "spiece.model",
  "tokenizer_config.json",
];

/** Reads a checkpoint's headers again only when one of its files has changed. */
export function rememberImports(read: ReadImport): ReadImport {
  const known = new Map<string, { readonly stamp: string; readonly model: Promise<StageModel> }>();
  return async (directory) => {
    const stats = await Promise.all(
      decisive.map((name) => stat(join(directory, name)).catch(() => undefined)),
    );
    const stamp = stats.map((file) => `${file?.mtimeMs ?? 0} ${file?.size ?? 0}`).join();
    const last = known.get(directory);
    if (last?.stamp === stamp) return last.model;
    const model = read(directory);
    known.set(directory, { stamp, model });
    return model;
  };
}
