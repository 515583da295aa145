/** What of a gradient's options engines have; of the graph engine's precisions, not every device has all. */
import type { Engine, GradientOptions } from "./engine";

type Asked = Pick<GradientOptions, "precision" | "recompute">;

export function hasOptions(engine: Engine["name"], asked: Asked): boolean {
  return engine === "graph" || lacking(asked) === undefined;
}

/** @throws {RangeError} the engine computes in float32 alone, and nothing anew */
export function checkOptions(engine: Engine["name"], asked: Asked): void {
  const lack = lacking(asked);
  if (engine === "graph" || lack === undefined) return;
  throw new RangeError(
    `Cannot train ${lack.how} with the ${engine} engine: ${lack.why}; ` +
      `take the graph engine (--engine graph), or set ${lack.otherwise} in the recipe`,
  );
}

/** Of TensorFlow.js, which computes each operation when it is called. */
function lacking({ precision = "float32", recompute = false }: Asked) {
  if (precision !== "float32") {
    return {
      how: `in ${precision}`,
      why: "TensorFlow.js computes in float32 alone",
      otherwise: "precision: float32",
    };
  }
  if (recompute) {
    return {
      how: "with recompute: true",
      why: "TensorFlow.js keeps all of the forward pass",
      otherwise: "recompute: false",
    };
  }
  return undefined;
}
