/** What a recipe's references to the Hub were when the run began: from then on a branch that moves changes nothing. */
import type { Hub } from "../hugging-face/hub";
import { snapshotFolder } from "../hugging-face/layout";
import { formatReference, parseReference } from "../hugging-face/reference";

/** A reference as the recipe writes it → its commit. */
export type Revisions = Readonly<Record<string, string>>;

export interface Pins {
  /** In the cache: of a checkpoint, or of what holds a tokenizer. */
  readonly folder: (reference: string) => string;
  /** With its commit in place of its revision. */
  readonly exact: (reference: string, kind: "model" | "dataset") => string;
}

/** Where a commit is not known, the reference itself stands for it, which is no path of any file. */
export function pinsOf(hub: Hub, revisions: Revisions): Pins {
  const commitOf = (text: string) => (Object.hasOwn(revisions, text) ? revisions[text] : undefined);
  return {
    folder: (text) => {
      const commit = commitOf(text);
      return commit === undefined
        ? text
        : snapshotFolder(hub, parseReference(text, "model"), commit);
    },
    exact: (text, kind) => {
      const commit = commitOf(text);
      return commit === undefined ? text : formatReference(parseReference(text, kind), commit);
    },
  };
}

/** Of a recipe without references. */
export const noPins: Pins = { folder: (text) => text, exact: (text) => text };
