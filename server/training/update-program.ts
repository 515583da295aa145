/** From a recipe's optimizer to what an engine runs: the passes of every weight, and the numbers fed to them. */
import type { Scalars, Specs, UpdateProgram, WeightUpdate } from "../engine/engine";
import { adafactorScalars, adafactorUpdate } from "./optimizers/adafactor";
import { adamwScalars, adamwUpdate } from "./optimizers/adamw";
import { sgdScalars, sgdUpdate } from "./optimizers/sgd";
import type { OptimizerSettings } from "./settings";

/** Weights of one shape have the very same passes, which an engine then compiles once. */
export function updateProgram(settings: OptimizerSettings, weights: Specs): UpdateProgram {
  const byShape = new Map<string, WeightUpdate>();
  const updates = Object.entries(weights).map(([weight, { shape }]) => {
    const update = byShape.get(shape.join()) ?? weightUpdate(settings, weight, shape);
    byShape.set(shape.join(), update);
    return { ...update, weight };
  });
  return { weights, scalars: scalarNames(settings), updates };
}

export interface UpdateNumbers {
  readonly learningRate: number;
  /** What clipping leaves of the gradient: 1 is all of it. */
  readonly gradientScale: number;
  /** Of the optimizer's state, counted from 1. */
  readonly update: number;
}

/** The values of `updateProgram(settings, …).scalars` for one update. */
export function updateScalars(settings: OptimizerSettings, numbers: UpdateNumbers): Scalars {
  const { learningRate, gradientScale, update } = numbers;
  const common = { learning_rate: learningRate, gradient_scale: gradientScale };
  switch (settings.kind) {
    case "adafactor":
      return { ...common, rate: update ** -settings.decay };
    case "adamw":
      return {
        ...common,
        first_correction: 1 - settings.beta1 ** update,
        second_correction: 1 - settings.beta2 ** update,
      };
    case "sgd":
      return common;
  }
}

/** Factor that brings gradients of global norm `norm` down to `limit`; a limit of 0 never clips. */
export function clippingScale(norm: number, limit: number): number {
  return limit > 0 && norm > limit ? limit / norm : 1;
}

function weightUpdate(
  settings: OptimizerSettings,
  weight: string,
  shape: readonly number[],
): WeightUpdate {
  switch (settings.kind) {
    case "adafactor":
      return adafactorUpdate(weight, shape, settings);
    case "adamw":
      return adamwUpdate(weight, shape, settings);
    case "sgd":
      return sgdUpdate(weight, shape, settings);
  }
}

function scalarNames(settings: OptimizerSettings): readonly string[] {
  switch (settings.kind) {
    case "adafactor":
      return adafactorScalars;
    case "adamw":
      return adamwScalars;
    case "sgd":
      return sgdScalars;
  }
}
