/** Looks at the disk around a recipe: its tokenizer, the checkpoints it imports, its newest run, this machine's speed. */
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { parseConfiguration } from "../checkpoint/config-json";
import type { T5Configuration } from "../checkpoint/configuration";
import { lockHolder } from "../files/lock";
import type { Hub } from "../hugging-face/hub";
import { cachedCommit } from "../hugging-face/layout";
import { isHubReference, readReference } from "../hugging-face/reference";
import { hubReferences } from "../recipe/hub-references";
import { noPins, type Pins, pinsOf } from "../recipe/pins";
import type { Recipe } from "../recipe/recipe";
import { tokenizerOf } from "../recipe/resolve";
import { readRun, runFiles } from "../recipe/run-folder";
import type { RecipeFacts, RecipeRun, RecipeTokenizer } from "./facts";
import { keepSpeed, measureSpeed, readSpeed } from "./machine-speed";

export interface Surroundings {
  /** Absolute path of the recipe. */
  readonly file: string;
  /** Folders under which runs are looked for. */
  readonly runRoots: readonly string[];
  /** Where the server keeps files of its own; undefined where it may not. */
  readonly storage: string | undefined;
  /** Of a tokenizer as the recipe resolves it. @throws it cannot be read */
  readonly readTokenizer: (tokenizer: string) => Promise<RecipeTokenizer>;
  /** Whose cache is looked into; it is never asked. @throws {HubError} its variables make no sense */
  readonly hub: () => Hub;
}

export const noFacts: RecipeFacts = {
  tokenizer: undefined,
  imported: () => undefined,
  flopsPerSecond: undefined,
  run: undefined,
};

const mostImports = 100;

/** Never throws: what cannot be read is absent. */
export async function gatherFacts(recipe: Recipe, around: Surroundings): Promise<RecipeFacts> {
  const directory = dirname(around.file);
  const pins = await cachedPins(recipe, around);
  const tokenizer = await around
    .readTokenizer(tokenizerOf(recipe, directory, pins))
    .catch(() => undefined);
  const imported = await importedConfigurations(recipe, directory, pins);
  const run = await findRecipeRun(around);
  const measured = run === undefined ? undefined : await measureSpeed(run);
  const kept = around.storage === undefined ? undefined : await readSpeed(around.storage);
  if (measured !== undefined && around.storage !== undefined && !isNear(measured, kept)) {
    await keepSpeed(around.storage, measured).catch(() => undefined);
  }
  return {
    tokenizer,
    imported: (folder) => imported.get(folder),
    // One of two speeds that are nearly the same: an estimate that changes all the time is no help.
    flopsPerSecond: isNear(measured, kept) ? kept : (measured ?? kept),
    run,
  };
}

function isNear(measured: number | undefined, kept: number | undefined): boolean {
  if (measured === undefined || kept === undefined) return false;
  return Math.abs(measured / kept - 1) < 0.1;
}

/** Reads a tokenizer again only when its file has changed. */
export function rememberTokenizers(
  read: Surroundings["readTokenizer"],
): Surroundings["readTokenizer"] {
  const known = new Map<
    string,
    { readonly changedMs: number; readonly identity: Promise<RecipeTokenizer> }
  >();
  return async (tokenizer) => {
    const changedMs = await stat(tokenizer).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    const last = known.get(tokenizer);
    if (last?.changedMs === changedMs) return last.identity;
    const identity = read(tokenizer);
    known.set(tokenizer, { changedMs, identity });
    return identity;
  };
}

/** What the cache says of the recipe's references. */
export async function cachedPins(
  recipe: Recipe,
  { hub }: Pick<Surroundings, "hub">,
): Promise<Pins> {
  const references = hubReferences(recipe).slice(0, mostImports);
  if (references.length === 0) return noPins;
  try {
    const revisions: Record<string, string> = {};
    for (const { text, kind } of references) {
      const read = readReference(text, kind);
      const commit = "reference" in read ? await cachedCommit(hub(), read.reference) : undefined;
      if (commit !== undefined) revisions[text] = commit;
    }
    return pinsOf(hub(), revisions);
  } catch {
    return noPins;
  }
}

async function importedConfigurations(
  recipe: Recipe,
  directory: string,
  pins: Pins,
): Promise<ReadonlyMap<string, T5Configuration>> {
  const found = new Map<string, T5Configuration>();
  const folders = Object.values(recipe.stages).flatMap((entry) =>
    "import" in entry ? [entry.import] : [],
  );
  const references = hubReferences(recipe).flatMap(({ text, kind }) =>
    kind === "model" ? [text] : [],
  );
  for (const folder of [...new Set([...folders, ...references])].slice(0, mostImports)) {
    const place = isHubReference(folder) ? pins.folder(folder) : folder;
    const file = join(resolve(directory, place), "config.json");
    try {
      found.set(folder, parseConfiguration(JSON.parse(await readFile(file, "utf8")), file));
    } catch {
      // Its absence is reported as a problem of the recipe; here there is just nothing to show.
    }
  }
  return found;
}

/** Of the runs that froze this very file, the newest; where none says so, the one in the usual place. */
export async function findRecipeRun({
  file,
  runRoots,
}: Pick<Surroundings, "file" | "runRoots">): Promise<RecipeRun | undefined> {
  const name = basename(file).replace(/(\.fusion)?\.ya?ml$/i, "");
  const runs: RecipeRun[] = [];
  for (const root of runRoots) {
    const folder = join(root, name);
    const record = await readRun(folder).catch(() => undefined);
    if (record === undefined) continue;
    const origin = record.resume?.recipe_file;
    if (origin !== undefined && resolve(origin) !== resolve(file)) continue;
    const holder = await lockHolder(join(folder, runFiles.lock)).catch(() => undefined);
    runs.push({ folder, record, running: holder !== undefined });
  }
  return runs.sort((one, other) => other.record.started_at.localeCompare(one.record.started_at))[0];
}
