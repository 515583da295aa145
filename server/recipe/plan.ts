/** A recipe with its files looked at: everything that can be known, and be wrong, before the first step. */
import { dirname, resolve } from "node:path";
import type { T5Configuration } from "../checkpoint/configuration";
import { openCorpus } from "../data/corpus";
import { loadTokenizer } from "../data/load-tokenizer";
import type { CorpusSettings } from "../data/settings";
import type { Tokenizer } from "../data/tokenizer";
import type { Hub } from "../hugging-face/hub";
import { isHubReference } from "../hugging-face/reference";
import { reporter } from "./checks";
import type { Report } from "./checks";
import { inputHashes, topologicalOrder } from "./graph";
import { identify } from "./identity";
import { parseRecipe } from "./parse";
import { type PinOptions, pinReferences } from "./pin-references";
import { noPins, type Pins, pinsOf, type Revisions } from "./pins";
import { inOrder, isError } from "./problem";
import type { Problem } from "./problem";
import type { Recipe } from "./recipe";
import { corpusSettings, resolveRecipe, tokenizerOf } from "./resolve";
import type { ResolvedImport, ResolvedStage } from "./resolve";
import { readImported, type StageModel, stageModels } from "./stage-models";

export interface RunPlan {
  /** Inputs before what needs them. */
  readonly stages: readonly ResolvedStage[];
  /** Of the model that each stage makes or trains. */
  readonly configurations: ReadonlyMap<string, T5Configuration>;
  /** SHA-256 of everything that a stage's result depends on. */
  readonly hashes: ReadonlyMap<string, string>;
  /** What the recipe's references to the Hub are. */
  readonly revisions: Revisions;
}

export interface PlannedRecipe {
  /** Absent where any problem is an error. */
  readonly plan: RunPlan | undefined;
  readonly problems: readonly Problem[];
}

export interface RecipeText {
  readonly text: string;
  /** Absolute; relative paths in the recipe start in its folder. */
  readonly file: string;
  /** As messages should name it. */
  readonly shownAs: string;
  /** Asked where the recipe refers to it. @throws {HubError} its variables make no sense */
  readonly hub: () => Hub;
  /** Of an earlier start of the same run, which goes on with what it began with. */
  readonly revisions?: Revisions | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Never throws for what the recipe or the files it names could be to blame for. */
export async function planRecipe(begin: RecipeText): Promise<PlannedRecipe> {
  const { text, file, shownAs } = begin;
  const parsed = parseRecipe(text, shownAs);
  const problems = [...parsed.problems];
  const report = reporter(shownAs, parsed.places, problems);
  const context = {
    ...{ directory: dirname(file), report, failed: () => problems.some(isError), pins: noPins },
    ...{ hub: begin.hub, known: begin.revisions ?? {}, signal: begin.signal },
  };
  if (parsed.recipe === undefined) {
    if (parsed.isWhole) await checkFiles(parsed.draft, context);
    return { plan: undefined, problems: inOrder(problems) };
  }
  const plan = await planFiles(parsed.recipe, context);
  return { plan: context.failed() ? undefined : plan, problems: inOrder(problems) };
}

interface Context extends PinOptions {
  readonly directory: string;
  readonly pins: Pins;
  /** Whether an error has been reported. */
  readonly failed: () => boolean;
}

/** Of a recipe that has errors: whoever mends them should not meet these only then. The Hub is not asked. */
async function checkFiles(draft: Recipe, context: Context): Promise<void> {
  const { directory } = context;
  const local = (text: string) => !isHubReference(text);
  if (local(draft.tokenizer ?? "bytes")) await readTokenizer(draft, context);
  for (const [name, entry] of Object.entries(draft.corpora)) {
    if (entry.embedded === undefined && entry.files?.every(local) !== true) continue;
    await checkCorpus(corpusSettings(name, entry, context), context);
  }
  for (const [name, entry] of Object.entries(draft.stages)) {
    if (!("import" in entry) || !local(entry.import)) continue;
    await readImport({ name, directory: resolve(directory, entry.import) }, context);
  }
}

function readTokenizer(recipe: Recipe, context: Context): Promise<Tokenizer | undefined> {
  return reported(context, "tokenizer", () =>
    loadTokenizer(tokenizerOf(recipe, context.directory, context.pins)),
  );
}

async function planFiles(recipe: Recipe, unpinned: Context): Promise<RunPlan | undefined> {
  const pinned = await pinReferences(recipe, unpinned);
  if (pinned === undefined) {
    await checkFiles(recipe, unpinned);
    return undefined;
  }
  const { revisions } = pinned;
  const pins = Object.keys(revisions).length === 0 ? noPins : pinsOf(unpinned.hub(), revisions);
  const context = { ...unpinned, pins };
  const tokenizer = await readTokenizer(recipe, context);
  const vocabulary = tokenizer?.vocabSize ?? 0;
  const { directory } = context;
  const stages = topologicalOrder(resolveRecipe(recipe, { directory, vocabulary, pins }));
  await checkCorpora(stages, context);
  const fetched = new Map(
    [...pinned.imported].map(([text, found]) => [pins.exact(text, "model"), found]),
  );
  const imported = await readImports(stages, fetched, context);
  if (tokenizer === undefined) return undefined;
  checkVocabularies(stages, tokenizer, context.report);
  const models = stageModels(stages, { imported, tokenizer, report: context.report });
  const configurations = new Map([...models].map(([name, model]) => [name, model.configuration]));
  if (context.failed()) return undefined;
  const identities = await reported(context, "", () => identify(stages));
  if (identities === undefined) return undefined;
  return { stages, configurations, hashes: inputHashes(stages, identities), revisions };
}

/** Reports what goes wrong at the key that is to blame. */
async function reported<Result>(
  { report }: Context,
  path: string,
  work: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    report(path, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

async function checkCorpora(stages: readonly ResolvedStage[], context: Context): Promise<void> {
  const seen = new Set<string>();
  for (const stage of stages) {
    if (stage.kind !== "train" && stage.kind !== "evaluate") continue;
    const { corpus } = stage.kind === "train" ? stage.settings : stage.text;
    if (seen.has(corpus.name)) continue;
    seen.add(corpus.name);
    await checkCorpus(corpus, context);
  }
}

async function checkCorpus(corpus: CorpusSettings, context: Context): Promise<void> {
  const key = corpus.source.kind === "files" ? "files" : "embedded";
  await reported(context, `corpora.${corpus.name}.${key}`, () => openCorpus(corpus));
}

function checkVocabularies(
  stages: readonly ResolvedStage[],
  tokenizer: Tokenizer,
  report: Report,
): void {
  for (const stage of stages) {
    if (stage.kind !== "train" || stage.from.kind !== "model") continue;
    const rows = stage.from.configuration.vocab_size;
    if (rows >= tokenizer.vocabSize) continue;
    report(
      `models.${stage.from.name}.vocab_size`,
      `cannot be ${rows}: the tokenizer ${tokenizer.name} has ${tokenizer.vocabSize} ids`,
      { allowed: `at least ${tokenizer.vocabSize}` },
    );
  }
}

/** @param fetched of those on the Hub, by their exact references */
async function readImports(
  stages: readonly ResolvedStage[],
  fetched: ReadonlyMap<string, StageModel>,
  context: Context,
): Promise<ReadonlyMap<string, StageModel>> {
  const imported = new Map<string, StageModel>();
  for (const stage of stages) {
    if (stage.kind !== "import") continue;
    const { reference } = stage;
    const model =
      reference === undefined ? await readImport(stage, context) : fetched.get(reference);
    if (model !== undefined) imported.set(stage.name, model);
  }
  return imported;
}

function readImport(
  { name, directory }: Pick<ResolvedImport, "name" | "directory">,
  context: Context,
): Promise<StageModel | undefined> {
  return reported(context, `stages.${name}.import`, () => readImported(directory));
}
