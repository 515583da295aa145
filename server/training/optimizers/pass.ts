import type { Tensor } from "@tensorflow/tfjs-core";
import type { Tensors, UpdatePass } from "../../engine/engine";

type Results = ReturnType<UpdatePass["run"]>;

/** A pass whose function sees exactly the tensors that it says it reads. */
export function pass<const Name extends string>(
  over: UpdatePass["over"],
  reads: readonly Name[],
  run: (tensors: Readonly<Record<Name, Tensor>>) => Results,
): UpdatePass {
  return {
    over,
    reads,
    run(tensors) {
      requireAll(tensors, reads);
      return run(tensors);
    },
  };
}

function requireAll<Name extends string>(
  tensors: Tensors,
  names: readonly Name[],
): asserts tensors is Readonly<Record<Name, Tensor>> {
  const missing = names.find((name) => tensors[name] === undefined);
  if (missing !== undefined) {
    throw new RangeError(`Cannot run an optimizer's pass: the engine did not pass "${missing}"`);
  }
}
