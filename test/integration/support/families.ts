/** Small models of each family of T5, and how they lie on the disk. */
import { tokenizers, type WriteRequest } from "./transformers";

export interface Family {
  readonly name: string;
  readonly model: Pick<WriteRequest, "family" | "config" | "head" | "tokenizer" | "generation">;
  /** Sizes of the two parents, which are unlike where the family allows it. */
  readonly parents: Readonly<Record<"a" | "b", Readonly<Record<string, number>>>>;
  /** Versions of transformers that can write it. */
  readonly makers: readonly (4 | 5)[];
  readonly storages: readonly (keyof typeof storages)[];
}

/** `tolerance`: of a child's logits from its parents', whose values are rounded to the child's format. */
export const storages = {
  "float32 in one file": { dtype: "float32", shard: "5GB", tolerance: 1e-5 },
  "float32 in shards": { dtype: "float32", shard: "10KB", tolerance: 1e-5 },
  "bfloat16 in shards": { dtype: "bfloat16", shard: "10KB", tolerance: 2e-2 },
  // transformers keeps the weights of wo in float32 then.
  "float16 in one file": { dtype: "float16", shard: "5GB", tolerance: 2e-3 },
} as const satisfies Readonly<Record<string, object>>;

const everyStorage = Object.keys(storages) as (keyof typeof storages)[];

const ids = { decoder_start_token_id: 0, eos_token_id: 1, pad_token_id: 0 };
const generation = { ...ids, max_length: 33, num_beams: 2, no_repeat_ngram_size: 5 };

/** Stock code has no room in its cache for a decoder that is deeper than the encoder. */
const sizes = {
  a: { d_model: 16, d_kv: 4, d_ff: 24, num_heads: 4, num_layers: 2 },
  b: { d_model: 24, d_kv: 6, d_ff: 20, num_heads: 3, num_layers: 2, num_decoder_layers: 1 },
};

const v10 = { vocab_size: 400, feed_forward_proj: "relu", ...ids };
const v11 = {
  vocab_size: 400,
  feed_forward_proj: "gated-gelu",
  tie_word_embeddings: false,
  ...ids,
};
const common = { parents: sizes, makers: [4, 5], storages: everyStorage } as const;
const t5 = { family: "t5", tokenizer: tokenizers.t5, generation } as const;

export const families: readonly Family[] = [
  { name: "T5 v1.0", model: { ...t5, config: v10, head: "tied" }, ...common },
  // LM-adapted, Flan and UL2 have its shape.
  { name: "T5 v1.1", model: { ...t5, config: v11, head: "untied" }, ...common },
  {
    name: "T5 v1.1 as transformers 5 begins one, whose head is the embedding, unscaled",
    model: { ...t5, config: v11, head: "tied" },
    ...{ ...common, makers: [5], storages: ["float32 in one file"] },
  },
  {
    name: "ByT5",
    model: { ...t5, config: { ...v11, vocab_size: 384 }, head: "untied", tokenizer: "bytes" },
    ...{ ...common, storages: ["float32 in shards"] },
  },
  {
    name: "mT5",
    model: { ...t5, family: "mt5", config: v11, head: "untied" },
    ...{ ...common, storages: ["bfloat16 in shards"] },
  },
  {
    name: "mT5 with a tied head",
    model: { ...t5, family: "mt5", config: { ...v11, tie_word_embeddings: true }, head: "tied" },
    ...{ ...common, storages: ["float32 in one file"] },
  },
];
