/** What we compute from a checkpoint, and children that we make. */
import { join } from "node:path";
import { openCheckpoint } from "../../../server/checkpoint/checkpoint";
import type { Engine } from "../../../server/engine/engine";
import { type FuseOptions, fuseCheckpoints } from "../../../server/fusion/fuse";
import { generateTokens } from "../../../server/generation/generate";
import { shiftRight } from "../../../server/model/batch";
import { padExamples, randomExamples } from "../../../server/model/examples";
import { logitsFunction, weightSpecs } from "../../../server/model/functions";
import type { Lineage } from "../../../server/protocol/checkpoint";
import { closeParents, openParents } from "../../../server/recipe/fusion-parents";
import { engineProbe } from "../../../server/training/probe-model";
import { type Answers, type Asked, batch } from "./transformers";

export async function ourAnswers(
  engine: Engine,
  folder: string,
  asked: Asked = "logits and answers",
): Promise<Answers> {
  const checkpoint = await openCheckpoint(folder);
  const { configuration, weights } = checkpoint;
  const store = engine.allocate(weightSpecs(configuration));
  try {
    for (const name of weights.shapes.keys()) await store.write(name, await weights.read(name));
    const { inputs, targets, tokens: maxTokens } = batch;
    const shape = { examples: 1, inputs: inputs.length, targets: targets.length, masked: false };
    const compiled = await engine.compileFunction(logitsFunction(configuration, shape));
    const { logits } = await compiled.run(store, {
      input_ids: Int32Array.from(inputs),
      decoder_input_ids: shiftRight(Int32Array.from(targets), shape, configuration),
    });
    compiled.dispose();
    if (asked === "logits") return { logits: Array.from(logits!), greedy: [], beams: [] };
    const prompt = { engine, configuration, weights: store, inputIds: inputs, maxTokens };
    const [greedy] = await generateTokens({ ...prompt, strategy: { kind: "greedy" } });
    const beam = { kind: "beam", beams: 3, lengthPenalty: 1 } as const;
    const [best] = await generateTokens({ ...prompt, strategy: beam });
    return { logits: Array.from(logits!), greedy: greedy!.tokens, beams: best!.tokens };
  } finally {
    store.dispose();
    await checkpoint.close();
  }
}

export interface Fusion extends Pick<FuseOptions, "method" | "maxShardBytes"> {
  /** Folders within the case's; a single one is fused with itself. */
  readonly parents: readonly string[];
}

/** Into FOLDER/NAME. */
export async function fuseInto(
  engine: Engine,
  { folder, name }: { readonly folder: string; readonly name: string },
  { parents: names, ...fusion }: Fusion,
): Promise<Lineage> {
  const folders = names.map((parent) => ({ name: parent, directory: join(folder, parent) }));
  const parents = await openParents(folders);
  try {
    const { configuration } = parents[0]!.checkpoint;
    const sizes = { seed: 0, examples: 2, inputs: 6, targets: 5 };
    return await fuseCheckpoints({
      ...{ ...fusion, parents, fill: 0, seed: 1, optimizer: "reset", createdBy: "a test" },
      directory: join(folder, name),
      copies: parents.length === 1 ? 2 : 1,
      probe: {
        source: "random tokens",
        batches: padExamples(randomExamples(configuration, sizes), 2, configuration),
      },
      model: engineProbe(engine),
    });
  } finally {
    await closeParents(parents);
  }
}
