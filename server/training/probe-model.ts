/** Runs a model on an engine for a fusion's receipt and calibration. */
import type { Engine } from "../engine/engine";
import type { ProbeModel } from "../fusion/probe";
import { Pieces } from "../model/tensorwise/pieces";
import { TensorwiseRun } from "../model/tensorwise/run";

export function engineProbe(engine: Engine): ProbeModel {
  const pieces = new Pieces(engine);
  return {
    run: (configuration, options) => new TensorwiseRun(configuration, { ...options, pieces }),
  };
}
