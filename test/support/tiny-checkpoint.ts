/** Checkpoints that answer prompts in milliseconds: one layer, random weights, bytes for tokens. */
import type { T5Configuration } from "../../server/checkpoint/configuration";
import { parameterShapes } from "../../server/checkpoint/parameters";
import { writeCheckpoint } from "../../server/checkpoint/write-checkpoint";
import { initialWeight } from "../../server/model/initialise";
import { presets } from "../../server/model/presets";
import { trained } from "../checkpoint/support/lineages";

export const tinyModel: T5Configuration = {
  ...presets["t5-nano"]!,
  ...{ num_layers: 1, num_decoder_layers: 1 },
};

export interface TinyCheckpoint {
  readonly seed?: number;
  readonly tokenizer?: "bytes" | "none";
}

export async function writeTinyCheckpoint(
  directory: string,
  { seed = 4, tokenizer = "bytes" }: TinyCheckpoint = {},
): Promise<void> {
  await writeCheckpoint(directory, {
    configuration: tinyModel,
    weights: {
      shapes: parameterShapes(tinyModel),
      read: (name) => Promise.resolve(initialWeight(tinyModel, name, seed)),
    },
    lineage: trained(1),
    tokenizerFiles: tokenizer === "bytes" ? "bytes" : [],
  });
}
