/** The tokenizer that goes with a checkpoint. */
import type { Checkpoint } from "../checkpoint/checkpoint";
import { loadTokenizer } from "../data/load-tokenizer";
import type { Tokenizer } from "../data/tokenizer";

/**
 * @param asked what loadTokenizer() takes; undefined: the checkpoint's own
 * @throws {RangeError} there is none, or it has more tokens than the model
 */
export async function checkpointTokenizer(
  { directory, tokenizerFiles, configuration }: Checkpoint,
  asked: string | undefined,
): Promise<Tokenizer> {
  if (asked === undefined && tokenizerFiles.length === 0) {
    throw new RangeError(
      `Cannot read text for ${directory}: it has no tokenizer; put one's files into its folder, or ` +
        'name one with --tokenizer: a folder, a tokenizer.json, a spiece.model or "bytes"',
    );
  }
  const tokenizer = await loadTokenizer(asked ?? directory);
  if (tokenizer.vocabSize <= configuration.vocab_size) return tokenizer;
  throw new RangeError(
    `Cannot use tokenizer ${tokenizer.name} with ${directory}: it has ${tokenizer.vocabSize} tokens, ` +
      `the model ${configuration.vocab_size}`,
  );
}
