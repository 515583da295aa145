/**
 * Asks the Hub what a recipe's references are, each once: their commits, the tokenizer's files, and of the checkpoints
 * the configurations and tokenizers, once their headers have shown that the weights go with them. No weight is fetched.
 */
import { tokenizerIdentity } from "../data/load-tokenizer";
import type { Hub } from "../hugging-face/hub";
import { openHubCheckpoint, openHubHeaders } from "../hugging-face/hub-checkpoint";
import { fetchHubTokenizer } from "../hugging-face/hub-tokenizer";
import { noteRevision } from "../hugging-face/link";
import { parseReference } from "../hugging-face/reference";
import { openRepository } from "../hugging-face/repository";
import type { Report } from "./checks";
import { hubReferences, type PlacedReference } from "./hub-references";
import type { Revisions } from "./pins";
import type { Recipe } from "./recipe";
import type { StageModel } from "./stage-models";

export interface PinnedReferences {
  readonly revisions: Revisions;
  /** By reference, as the recipe writes it. */
  readonly imported: ReadonlyMap<string, StageModel>;
}

export interface PinOptions {
  /** @throws {HubError} its variables make no sense */
  readonly hub: () => Hub;
  /** What is known of an earlier start of the run. */
  readonly known: Revisions;
  readonly report: Report;
  readonly signal: AbortSignal | undefined;
}

/** Undefined where one cannot be had, which is reported where it stands. */
export async function pinReferences(
  recipe: Recipe,
  { hub, known, report, signal }: PinOptions,
): Promise<PinnedReferences | undefined> {
  const revisions = new Map(Object.entries(known));
  const imported = new Map<string, StageModel>();
  let whole = true;
  for (const placed of hubReferences(recipe)) {
    const { text, path } = placed;
    if (imported.has(text)) continue;
    try {
      const options = { hub: hub(), known: revisions.get(text), signal };
      const { commit, model } = await look(placed, options);
      revisions.set(text, commit);
      if (model !== undefined) imported.set(text, model);
    } catch (error) {
      signal?.throwIfAborted();
      report(path, error instanceof Error ? error.message : String(error));
      whole = false;
    }
  }
  return whole ? { revisions: Object.fromEntries(revisions), imported } : undefined;
}

interface Look {
  readonly hub: Hub;
  readonly known: string | undefined;
  readonly signal: AbortSignal | undefined;
}

async function look(
  { path, text, kind }: PlacedReference,
  options: Look,
): Promise<{ readonly commit: string; readonly model?: StageModel }> {
  if (kind === "dataset") {
    const repository = await openRepository(options.hub, parseReference(text, kind), options);
    await noteRevision(repository);
    return repository;
  }
  if (path === "tokenizer") return fetchHubTokenizer(text, options);
  const found = await openHubCheckpoint(text, options);
  const checkpoint = await openHubHeaders(found, options.signal);
  await checkpoint.close();
  const { configuration } = checkpoint;
  const tokenizer = await tokenizerIdentity(found.folder);
  return { commit: found.repository.commit, model: { configuration, tokenizer } };
}
