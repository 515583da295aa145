/** The files of a checkpoint's folder, as Hugging Face lays them out, and ours beside them. */
export const files = {
  config: "config.json",
  generation: "generation_config.json",
  weights: "model.safetensors",
  shardIndex: "model.safetensors.index.json",
  lineage: "deep_fusion.json",
  optimizer: "optimizer.safetensors",
  trainer: "trainer_state.json",
  tokenizer: "tokenizer_config.json",
  card: "README.md",
} as const;

/** What the tokenizers of T5's families keep in a checkpoint's folder. */
const tokenizerNames: ReadonlySet<string> = new Set([
  files.tokenizer,
  "tokenizer.json",
  "spiece.model",
  "special_tokens_map.json",
  "added_tokens.json",
]);

const own: ReadonlySet<string> = new Set([...Object.values(files), ...tokenizerNames]);

export function isTokenizerFile(name: string): boolean {
  return tokenizerNames.has(name);
}

/** Whether a file belongs to a checkpoint, so that it goes when the checkpoint is replaced. */
export function isCheckpointFile(name: string): boolean {
  return (
    own.has(name) || isShard(name) || /^(configuration|modeling)_deep_fusion_t5\.py$/.test(name)
  );
}

function isShard(name: string): boolean {
  return /^model-\d+-of-\d+\.safetensors$/.test(name);
}
