/** Tokenizers in Hugging Face's tokenizer.json, with the names of pad and eos from the files beside it. */
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import type { Tokenizer } from "./tokenizer";
import { readJsonObject, type TokenizerFolder } from "./tokenizer-folder";
import { decodeWith, sentinelIds, vocabularySha256 } from "./vocabulary";

/** @throws {SyntaxError} the file is no tokenizer, or has no pad or end-of-sequence token */
export async function jsonTokenizer(
  path: string,
  { config, files }: TokenizerFolder,
): Promise<Tokenizer> {
  const json = await readJsonObject(path);
  const tokenizer = constructed(path, json, config);
  const idOf = (token: string): number | undefined => tokenizer.token_to_id(token);
  const sentinels = sentinelIds(idOf);
  const padId = specialId(path, idOf, config.pad_token, "pad_token", "<pad>");
  const eosId = specialId(path, idOf, config.eos_token, "eos_token", "</s>");
  const vocabulary = vocabularyOf(tokenizer);
  const special = new Map([padId, eosId, ...sentinels].map((id) => [id, vocabulary[id]!]));
  return {
    name: path,
    vocabSize: vocabulary.length,
    padId,
    eosId,
    sentinels: sentinels.length,
    sentinel: (index) => sentinels[index]!,
    encode: (text) => Int32Array.from(tokenizer.encode(text, { add_special_tokens: false }).ids),
    decode: (ids) =>
      decodeWith(
        ids,
        (id) => special.get(id),
        (run) => decoded(tokenizer, run),
      ),
    files,
    sha256: vocabularySha256(vocabulary),
  };
}

function decoded(tokenizer: HuggingFaceTokenizer, ids: readonly number[]): string {
  return tokenizer.decode([...ids], {
    skip_special_tokens: false,
    clean_up_tokenization_spaces: false,
  });
}

function constructed(path: string, json: object, config: object): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer(json, config);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new SyntaxError(`Cannot load tokenizer ${path}: it is no tokenizer.json (${reason})`, {
      cause: error,
    });
  }
}

/** `named` is a configuration's value: a token, or an object with its content. */
function specialId(
  path: string,
  idOf: (token: string) => number | undefined,
  named: unknown,
  ...[key, fallback]: [string, string]
): number {
  const content: unknown =
    typeof named === "object" && named !== null && "content" in named ? named.content : named;
  const token = typeof content === "string" ? content : fallback;
  const id = idOf(token);
  if (id !== undefined) return id;
  throw new SyntaxError(
    `Cannot load tokenizer ${path}: it has no token ${token}; name its own as ${key} in tokenizer_config.json`,
  );
}

function vocabularyOf(tokenizer: HuggingFaceTokenizer): string[] {
  const vocabulary: string[] = [];
  for (const [token, id] of tokenizer.get_vocab(true)) vocabulary[id] = token;
  return Array.from(vocabulary, (token: string | undefined) => token ?? "");
}
