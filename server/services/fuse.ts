/** Fuses as the editor asks: on random probe tokens, with the optimizer state grown where it can. */
import { availableParallelism } from "node:os";
import { openEngine } from "../engine/choice";
import { fuseCheckpoints } from "../fusion/fuse";
import { randomProbe } from "../fusion/random-probe";
import type { Lineage } from "../protocol/checkpoint";
import type { FuseParams } from "../protocol/fusion";
import { closeParents, openParents, possibleOptimizer } from "../recipe/fusion-parents";
import { engineProbe } from "../training/probe-model";
import { shortNames } from "./short-names";
import type { Work } from "./work";

/** @throws FusionRefusal, or what the receipt refuses; nothing is left then */
export async function fuse(
  params: FuseParams,
  { createdBy, worker, ...work }: Work & { readonly createdBy: string; readonly worker: URL },
): Promise<Lineage> {
  const { method, copies, fill, seed, directory } = params;
  const names = shortNames(params.parents);
  const parents = await openParents(
    params.parents.map((parent, index) => ({ name: names[index]!, directory: parent })),
  );
  try {
    const configurations = parents.map(({ checkpoint }) => checkpoint.configuration);
    const threads = availableParallelism();
    const engine = await openEngine({ engine: "auto", device: "cpu", threads });
    try {
      return await fuseCheckpoints({
        ...{ parents, directory, method, copies, fill, seed, createdBy, worker, threads },
        ...work,
        optimizer: possibleOptimizer(parents),
        probe: randomProbe(configurations, { method, seed: 0 }),
        model: engineProbe(engine),
      });
    } finally {
      await engine.dispose();
    }
  } finally {
    await closeParents(parents);
  }
}
