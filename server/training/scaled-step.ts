/** A step whose loss is scaled: where its gradients are not finite the batch is skipped, and the next gets a smaller scale. */
import { Divergence } from "./divergence";
import type { Learner, StepFigures, StepInput } from "./learner";
import { afterOverflow, afterUpdate, type LossScale } from "./loss-scale";

export type ScaledStep =
  | { readonly figures: StepFigures; readonly lossScale: LossScale | undefined }
  /** Nothing was updated: why, in words for the user. */
  | { readonly figures: undefined; readonly lossScale: LossScale; readonly skipped: string };

/**
 * @param given undefined: the loss is not scaled
 * @throws {Divergence} loss or gradient is not finite, and no smaller scale would help
 */
export async function scaledStep(
  learner: Learner,
  input: StepInput,
  given: LossScale | undefined,
): Promise<ScaledStep> {
  if (given === undefined) return { figures: await learner.step(input), lossScale: undefined };
  try {
    const figures = await learner.step({ ...input, lossScale: given.scale });
    return { figures, lossScale: afterUpdate(given) };
  } catch (error) {
    // A weight that is not finite makes the gradients of every scale so.
    if (!(error instanceof Divergence) || !error.areWeightsFinite) throw error;
    const lossScale = afterOverflow(given);
    if (lossScale === undefined) throw error.with(otherPrecision);
    return { figures: undefined, lossScale, skipped: skippedText(error, given, lossScale) };
  }
}

const otherPrecision =
  "No smaller loss scale is left to try: with precision: float32 in the recipe it may train";

function skippedText({ what }: Divergence, from: LossScale, to: LossScale): string {
  return (
    `skipped a batch, for ${what} in float16 at a loss scale of ${from.scale}; ` +
    `goes on with ${to.scale} (${to.skipped} skipped so far)`
  );
}
