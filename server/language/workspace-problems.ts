/** What is wrong with the files that a recipe names: missing text, tokenizer or checkpoint. */
import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { glob } from "tinyglobby";
import { isHubReference } from "../hugging-face/reference";
import { reporter } from "../recipe/checks";
import type { Report } from "../recipe/checks";
import { nearest } from "../recipe/nearest";
import type { ParsedRecipe } from "../recipe/parse";
import { quote } from "../recipe/problem";
import type { Problem } from "../recipe/problem";
import { entriesOf } from "./workspace-paths";

export async function workspaceProblems(
  { draft, isWhole, places }: Pick<ParsedRecipe, "draft" | "isWhole" | "places">,
  directory: string,
): Promise<Problem[]> {
  if (!isWhole) return [];
  const problems: Problem[] = [];
  const context = { directory, report: reporter("recipe", places, problems) };
  for (const [name, { files = [] }] of Object.entries(draft.corpora)) {
    for (const [index, pattern] of files.entries()) {
      if (isElsewhere(pattern)) continue;
      await checkText(`corpora.${name}.files[${index}]`, pattern, context);
    }
  }
  const { tokenizer = "bytes" } = draft;
  if (tokenizer !== "bytes" && !isElsewhere(tokenizer))
    await checkExists("tokenizer", tokenizer, context);
  for (const [name, entry] of Object.entries(draft.stages)) {
    if ("import" in entry && !isElsewhere(entry.import))
      await checkCheckpoint(`stages.${name}.import`, entry.import, context);
  }
  return problems;
}

interface Context {
  readonly directory: string;
  readonly report: Report;
}

/** What is elsewhere is not asked for while somebody types; how it is written is checked with the recipe itself. */
function isElsewhere(text: string): boolean {
  return isHubReference(text) || /^https?:\/\//i.test(text);
}

async function checkText(key: string, pattern: string, context: Context): Promise<void> {
  if (!/[*?{}[\]!]/.test(pattern)) return checkExists(key, pattern, context);
  const found = await glob([pattern], { cwd: context.directory, onlyFiles: true }).catch(() => []);
  if (found.length === 0) context.report(key, `no file matches ${quote(pattern)}`);
}

async function checkCheckpoint(key: string, folder: string, context: Context): Promise<void> {
  if (!(await exists(resolve(context.directory, folder)))) return checkExists(key, folder, context);
  if (await exists(resolve(context.directory, folder, "config.json"))) return;
  context.report(key, `${quote(folder)} is no checkpoint: it has no config.json`, {
    allowed: "a folder in Hugging Face layout",
  });
}

async function checkExists(key: string, path: string, context: Context): Promise<void> {
  const { directory, report } = context;
  if (await exists(resolve(directory, path))) return;
  const folder = dirname(path);
  const entries = await entriesOf(resolve(directory, folder));
  const near = nearest(basename(path), entries.map(({ name }) => name).slice(0, 1000));
  report(key, `there is no ${quote(path)}`, {
    ...(near !== undefined && { near: folder === "." ? near : join(folder, near) }),
    allowed: "a path that is relative to the recipe",
  });
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
