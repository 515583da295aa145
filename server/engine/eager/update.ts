/** The update, called eagerly: every weight is one block. */
import { clone, keep, scalar, tidy } from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { onBackend } from "../backend";
import type { CompiledUpdate, Tensors, UpdateProgram, WeightUpdate } from "../engine";
import { scalarOf, stateSpecs } from "../host";
import { type EagerStore, eagerStore } from "./store";

interface Stores {
  readonly weights: EagerStore;
  readonly gradients: EagerStore;
  readonly state: EagerStore;
}

export function compileUpdate(program: UpdateProgram, backend: string): CompiledUpdate {
  return {
    state: stateSpecs(program),
    run: ({ weights, gradients, state, scalars }) => {
      const stores = {
        weights: eagerStore(weights),
        gradients: eagerStore(gradients),
        state: eagerStore(state),
      };
      onBackend(backend, () => {
        tidy(() => {
          const given = Object.fromEntries(
            program.scalars.map((name) => [name, scalar(scalarOf(scalars, name))]),
          );
          for (const update of program.updates)
            tidy(() => {
              runUpdate(update, stores, given);
            });
        });
      });
      return Promise.resolve();
    },
    dispose: () => undefined,
  };
}

function runUpdate(update: WeightUpdate, stores: Stores, scalars: Tensors): void {
  const { weight } = update;
  const temporaries: Record<string, Tensor> = {};
  for (const pass of update.passes) {
    const reads = Object.fromEntries(
      pass.reads.map((name) => {
        const known = temporaries[name] ?? scalars[name];
        if (known !== undefined) return [name, known];
        if (name === "weight") return [name, stores.weights.get(weight)];
        if (name === "gradient") return [name, stores.gradients.get(weight)];
        return [name, stores.state.get(`${weight}/${name}`)];
      }),
    );
    const { replace = {}, sums = {} } = pass.run(reads);
    Object.assign(temporaries, sums);
    // All are made before the first is written: a new value may be an old one of another name.
    const fresh = Object.entries(replace).map(
      ([name, value]) => [name, keep(clone(value))] as const,
    );
    for (const [name, value] of fresh) {
      if (name === "weight") stores.weights.set(weight, value);
      else stores.state.set(`${weight}/${name}`, value);
    }
  }
}
