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

export interface GeneratedTokens {
  /** Without the start token; ends with the end-of-sequence token unless the limit was reached first. */
  readonly tokens: readonly number[];
  /** Sum of the natural logarithms of the tokens' probabilities. */
  readonly logProbability: number;
}
