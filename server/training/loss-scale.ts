/**
 * Dynamic loss scaling: the loss is multiplied by a scale before it is differentiated, which lifts gradients that
 * float16 would take for zero into its range, and the gradients are divided by it before they are used. Where one of
 * them is not finite the batch is skipped and the scale halved; after 2000 updates in a row it is doubled. It is always
 * a power of two, so that in float32 it rounds nothing.
 *
 * Source: Micikevicius et al., "Mixed Precision Training", ICLR 2018, section 3.2; the numbers are PyTorch's.
 */

export interface LossScale {
  readonly scale: number;
  /** Since it last changed. */
  readonly updates: number;
  /** Batches of the stage of which no update was made. */
  readonly skipped: number;
}

export const firstLossScale: LossScale = { scale: 2 ** 16, updates: 0, skipped: 0 };

const growEvery = 2000;
/** Gradients that are all next to nothing would have it grow for ever. */
const largest = 2 ** 24;
/** What does not fit float16 as it is, is not cured by scaling. */
const smallest = 1;

export function afterUpdate({ scale, updates, skipped }: LossScale): LossScale {
  return updates + 1 >= growEvery && scale < largest
    ? { scale: 2 * scale, updates: 0, skipped }
    : { scale, updates: updates + 1, skipped };
}

/** Undefined where there is no smaller one to try. */
export function afterOverflow({ scale, skipped }: LossScale): LossScale | undefined {
  return scale > smallest ? { scale: scale / 2, updates: 0, skipped: skipped + 1 } : undefined;
}

/** @throws {SyntaxError} the JSON is not a loss scale */
export function parseLossScale(json: unknown, file: string): LossScale {
  const fields = typeof json === "object" && json !== null ? (json as Record<string, unknown>) : {};
  const { scale, updates, skipped } = fields;
  const isValid =
    Number.isFinite(scale) && Number(scale) > 0 && [updates, skipped].every(Number.isSafeInteger);
  if (!isValid) {
    throw new SyntaxError(
      `Cannot resume from ${file}: its loss_scale is ${JSON.stringify(json)}, not a scale with its counts`,
    );
  }
  return json as LossScale;
}
