/** A device that computes something else than the CPU is none to train on, however fast it is. */
import type { StepTiming } from "./time-steps";
import type { TrialResult } from "./trial";

/** Of what another order of the same float32 sums, and shorter factors of products, make different. */
const tolerance = 0.05;

/** The result, or how what was computed differs from the reference. */
export function comparedWith(
  reference: StepTiming | undefined,
  result: TrialResult,
  now: Date,
): TrialResult {
  if (reference === undefined || !("stepMs" in result)) return result;
  const differing = (["loss", "gradientNorm"] as const).find(
    (figure) =>
      !(Math.abs(result[figure] - reference[figure]) <= tolerance * Math.abs(reference[figure])),
  );
  if (differing === undefined) return result;
  const name = { loss: "loss", gradientNorm: "gradient norm" }[differing];
  const values = `${shown(result[differing])}, and the CPU one of ${shown(reference[differing])}`;
  return { failed: `it computes a ${name} of ${values}`, at: now.getTime() };
}

function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}
