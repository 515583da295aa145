export interface GeneratedTokens {
  /** Without the start token; ends with the end-of-sequence token unless the limit was reached first. */
  readonly tokens: readonly number[];
  /** Sum of the natural logarithms of the tokens' probabilities. */
  readonly logProbability: number;
}
