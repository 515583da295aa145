/** Trying checkpoints: a prompt, and what each of them answers. */
import { RequestType } from "vscode-jsonrpc";

/** How the next token is chosen. */
export type Strategy =
  | { readonly kind: "greedy" }
  | { readonly kind: "sample"; readonly sampling: Sampling; readonly samples: number }
  | { readonly kind: "beam"; readonly beams: number; readonly lengthPenalty: number };

export interface Sampling {
  /** Logits are divided by it; above 0. */
  readonly temperature: number;
  /** Only this many most probable tokens are drawn from; 0: all. */
  readonly topK: number;
  /** Only the most probable tokens that reach this share of the probability together; 1: all. */
  readonly topP: number;
  /** The same seed gives the same texts. */
  readonly seed: number;
}

export interface Question {
  /** With sentinels, <extra_id_0> and so on, for what is to be filled. */
  readonly prompt: string;
  readonly strategy: Strategy;
  /** The most tokens of an answer, its end included. */
  readonly maxTokens: number;
}

/** Of a prompt whose sentinels have been replaced. */
export interface PromptPiece {
  /** "prompt": as it was asked; "filled": of the model; "left": a sentinel that the model has left out. */
  readonly kind: "prompt" | "filled" | "left";
  readonly text: string;
}

export interface GeneratedAnswer {
  /** As it was generated: sentinels are shown, the end is not. */
  readonly text: string;
  /** Absent where the prompt has no sentinel. */
  readonly filled?: readonly PromptPiece[];
  /** Token ids, the end included where it was reached. */
  readonly tokens: readonly number[];
  /** Sum of the natural logarithms of the tokens' probabilities. */
  readonly logProbability: number;
  /** Whether the model ended it, and not the limit. */
  readonly ended: boolean;
}

/** Of one checkpoint; "failed": why, and what would help. */
export type GenerateResult =
  | { readonly kind: "answers"; readonly answers: readonly GeneratedAnswer[] }
  | { readonly kind: "failed"; readonly reason: string };

export interface GenerateParams extends Question {
  /** Absolute folders, at least one. */
  readonly checkpoints: readonly string[];
}

/**
 * extension → server. A result for each checkpoint, in their order: one that fails leaves the others theirs. Of beams all
 * answers, the best first. Its progress counts tokens: `maxTokens` of each checkpoint, one after the other.
 */
export const generateRequest = new RequestType<
  GenerateParams & {
    /** Names the job in `jobProgress`. */
    readonly job: string;
  },
  readonly GenerateResult[],
  void
>("deepFusion/generate");
