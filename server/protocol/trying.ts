/** Between the page where checkpoints are tried and the extension host. */
import type { GenerateResult, Question } from "./generation";

export interface TriedCheckpoint {
  /** Absolute folder. */
  readonly directory: string;
  /** "wide, step 30", or its folder's name. */
  readonly name: string;
  /** The run or folder that it lies in; "" where the name says it all. */
  readonly place: string;
}

export interface TriedQuestion extends Question {
  /** At least one. */
  readonly checkpoints: readonly TriedCheckpoint[];
}

/** extension → page. */
export type ToTrying =
  /** Tries these from now on, and no others. */
  | { readonly kind: "show"; readonly checkpoints: readonly TriedCheckpoint[] }
  /** Tries these as well. */
  | { readonly kind: "add"; readonly checkpoints: readonly TriedCheckpoint[] }
  /** Whether an answer is under way; after "ready", and whenever that changes. */
  | { readonly kind: "standing"; readonly standing: "idle" | "answering" }
  /** Tokens of all checkpoints together, at most. */
  | { readonly kind: "progress"; readonly done: number; readonly of: number }
  /** In the order of the question's checkpoints. */
  | {
      readonly kind: "answered";
      readonly question: TriedQuestion;
      readonly results: readonly GenerateResult[];
    }
  /** Nothing of it came: why, and what would help. */
  | { readonly kind: "failed"; readonly message: string };

/** page → extension. */
export type FromTrying =
  /** The page listens from now on. */
  | { readonly kind: "ready" }
  /** Answered by "answered" or "failed", unless cancelled; a newer one replaces what is under way. */
  | { readonly kind: "try"; readonly question: TriedQuestion }
  | { readonly kind: "cancel" }
  /** Asks the user for another than these folders; answered by "add", unless the user leaves. */
  | { readonly kind: "choose"; readonly shown: readonly string[] };
