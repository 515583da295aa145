/** What was asked, and what came of it: the newest first. */
import type { GenerateResult } from "../../server/protocol/generation";
import type { TriedQuestion } from "../../server/protocol/trying";

export interface Trial {
  readonly question: TriedQuestion;
  /** In the order of the question's checkpoints. */
  readonly results: readonly GenerateResult[];
}

/** So that what the page keeps stays small. */
export const mostTrials = 30;

export function withTrial(trials: readonly Trial[], trial: Trial): readonly Trial[] {
  return [trial, ...trials].slice(0, mostTrials);
}

/** Which checkpoint is at work, and how far it is, from the tokens of all together. */
export function turnOf(done: number, of: number, checkpoints: number) {
  const most = of / checkpoints;
  const index = Math.min(checkpoints - 1, Math.floor(done / most));
  return { index, tokens: Math.min(most, done - index * most), most };
}
