import type { T5Configuration } from "../../../server/checkpoint/configuration";
import { parameterShapes } from "../../../server/checkpoint/parameters";
import { type TensorSource, sizeOf } from "../../../server/checkpoint/tensor-source";
import type { FusionParent } from "../../../server/fusion/parent";
import type { FusionPlan } from "../../../server/fusion/plan";
import { placeRows } from "../../../server/fusion/operator";
import { rowsInMemory } from "./child";
import { goldenNormals } from "../../support/normals";
import { streamKey } from "../../../server/random/threefry";
import type { Weights64 } from "./t5-float64";

/** v1.1 in miniature; sizes unlike each other, so that a swapped axis shows. */
export const small: T5Configuration = {
  vocab_size: 11,
  d_model: 6,
  d_kv: 3,
  d_ff: 7,
  num_heads: 2,
  num_layers: 2,
  num_decoder_layers: 1,
  relative_attention_num_buckets: 8,
  relative_attention_max_distance: 10,
  layer_norm_epsilon: 1e-6,
  initializer_factor: 1,
  dense_act_fn: "gelu_new",
  is_gated_act: true,
  tie_word_embeddings: false,
  scale_decoder_outputs: false,
  dropout_rate: 0,
  pad_token_id: 0,
  eos_token_id: 1,
  decoder_start_token_id: 0,
  fusion_parts: [6],
};

/** Every case of the head. */
export const heads = [
  { tie_word_embeddings: false, scale_decoder_outputs: false },
  { tie_word_embeddings: true, scale_decoder_outputs: true },
  { tie_word_embeddings: true, scale_decoder_outputs: false },
  { tie_word_embeddings: false, scale_decoder_outputs: true },
];

/** `small` with other settings; one part unless given. */
export function configured(changes: Partial<T5Configuration>): T5Configuration {
  const configuration = { ...small, ...changes };
  return { ...configuration, fusion_parts: changes.fusion_parts ?? [configuration.d_model] };
}

export function parentOf(
  configuration: T5Configuration,
  name: string,
  rest: Partial<FusionParent> = {},
): FusionParent {
  return { name, configuration, shapes: parameterShapes(configuration), ...rest };
}

/** Random weights about as large as trained ones: every tensor matters to the logits. */
export function randomWeights(configuration: T5Configuration, seed: number): TensorSource {
  const shapes = parameterShapes(configuration);
  return {
    shapes,
    read(name) {
      const shape = shapes.get(name);
      if (shape === undefined) return Promise.reject(new RangeError(`no tensor ${name}`));
      const values = new Float32Array(sizeOf(shape));
      const isNorm = shape.length === 1;
      const isTable = name === "shared.weight" || name.includes("relative_attention_bias");
      goldenNormals(values, streamKey(seed, name), isNorm ? 0.3 : isTable ? 1 : shape[1]! ** -0.5);
      return Promise.resolve(isNorm ? values.map((value) => 1 + value) : values);
    },
  };
}

export async function inFloat64(source: TensorSource): Promise<Weights64> {
  const weights = new Map<string, { shape: readonly number[]; values: Float64Array }>();
  for (const [name, shape] of source.shapes) {
    weights.set(name, { shape, values: Float64Array.from(await source.read(name)) });
  }
  return weights;
}

/** The unfilled child, without the rounding of float32. */
export function childInFloat64(
  plan: FusionPlan,
  parents: readonly Weights64[],
  seed: number,
): Weights64 {
  return new Map(
    [...plan.tensors].map(([name, tensor]) => {
      const read = rowsInMemory(tensor, (parent, source) => parents[parent]!.get(source)!.values);
      const values = new Float64Array(sizeOf(tensor.shape));
      placeRows(tensor, values, { rows: { from: 0, to: tensor.rows }, read, seed });
      return [name, { shape: tensor.shape, values }];
    }),
  );
}
