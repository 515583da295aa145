/**
 * Learning rates by step. With s steps done, of n; w = min(1, (s + 1) / warmup) in every schedule, so that the
 * first update moves something and warm-up ends at the full rate:
 *
 *   constant       peak
 *   inverse_sqrt   peak / sqrt(max(s + offset, 10000))
 *   wsd            peak until the last D = round(decay n) steps, then peak (n - s) / D
 *   linear         peak (1 - (1 - floor) p),                    p = (s - warmup) / (n - warmup), at least 0
 *   cosine         peak (floor + (1 - floor) (1 + cos πp) / 2)
 *
 * Sources: Raffel et al. 2020, section 3.1.2 (inverse_sqrt); Hägele et al. 2024 (wsd); Loshchilov & Hutter 2017
 * (cosine). Rates reach their end after the last step, so that no step is wasted on a rate of zero.
 */
import type { ScheduleSettings } from "./settings";

const flatSteps = 10_000;

/** Rate of the update that follows `step` finished ones (0 <= step < steps). */
export function learningRate(settings: ScheduleSettings, step: number, steps: number): number {
  const warm = settings.warmup > 0 ? Math.min(1, (step + 1) / settings.warmup) : 1;
  return settings.peak * warm * shape(settings, step, steps);
}

function shape(settings: ScheduleSettings, step: number, steps: number): number {
  const { kind, floor, warmup } = settings;
  const progress = Math.max(0, (step - warmup) / Math.max(1, steps - warmup));
  switch (kind) {
    case "constant":
      return 1;
    case "inverse_sqrt":
      return 1 / Math.sqrt(Math.max(step + settings.offset, flatSteps));
    case "wsd":
      return Math.min(1, (steps - step) / Math.max(1, Math.round(settings.decay * steps)));
    case "linear":
      return 1 - (1 - floor) * progress;
    case "cosine":
      return floor + ((1 - floor) * (1 + Math.cos(Math.PI * progress))) / 2;
  }
}
