/** What precisions engines have; of the graph engine's, not every device has all. */
import type { Engine, Precision } from "./engine";

export function hasPrecision(engine: Engine["name"], precision: Precision): boolean {
  return precision === "float32" || engine === "graph";
}

/** @throws {RangeError} the engine computes in float32 alone */
export function checkPrecision(engine: Engine["name"], precision: Precision): void {
  if (hasPrecision(engine, precision)) return;
  throw new RangeError(
    `Cannot train in ${precision} with the ${engine} engine: TensorFlow.js computes in float32 alone; ` +
      "take the graph engine (--engine graph), or set precision: float32 in the recipe",
  );
}
