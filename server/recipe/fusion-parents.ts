/** Checkpoints as parents of a fusion: with their tokenizers, and what their optimizer states allow. */
import { type Checkpoint, openCheckpoint } from "../checkpoint/checkpoint";
import { type KnownTokenizers, tokenizerIdentity } from "../data/load-tokenizer";
import type { NamedCheckpoint } from "../fusion/fuse";
import { findStateFaults } from "../fusion/grow";

export interface ParentFolder {
  /** What messages call it. */
  readonly name: string;
  readonly directory: string;
  /** Where that is not openCheckpoint(). */
  readonly open?: () => Promise<Checkpoint>;
}

/**
 * The caller closes each `checkpoint`; where one cannot be opened, none stays open.
 * @param tokenizers known ones, of parents that were opened before
 */
export async function openParents(
  folders: readonly ParentFolder[],
  tokenizers: KnownTokenizers = new Map(),
): Promise<NamedCheckpoint[]> {
  const parents: NamedCheckpoint[] = [];
  try {
    for (const { name, directory, open = () => openCheckpoint(directory) } of folders) {
      const checkpoint = await open();
      parents.push({ name, checkpoint });
      const tokenizer = await tokenizerIdentity(checkpoint.directory, tokenizers);
      if (tokenizer !== undefined) parents[parents.length - 1] = { name, checkpoint, tokenizer };
    }
    return parents;
  } catch (error) {
    await closeParents(parents);
    throw error;
  }
}

export async function closeParents(parents: readonly NamedCheckpoint[]): Promise<void> {
  for (const { checkpoint } of parents) await checkpoint.close();
}

/** "grow" where every parent has a state of the same optimizer. */
export function possibleOptimizer(parents: readonly NamedCheckpoint[]): "grow" | "reset" {
  const states = parents.map(({ name, checkpoint }) => ({ name, ...checkpoint }));
  return findStateFaults(states).length === 0 ? "grow" : "reset";
}
