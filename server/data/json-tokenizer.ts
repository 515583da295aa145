/** Tokenizers in Hugging Face's tokenizer.json, with the names of pad and eos from the files beside it. */
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import type { Tokenizer } from "./tokenizer";
import { parseJsonObject, readJsonObject, type TokenizerFolder } from "./tokenizer-folder";
import { decodeWith, sentinelIds, type Vocabulary, vocabularySha256 } from "./vocabulary";

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
  const vocabulary = vocabularyOf(json, path);
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

/**
 * That of jsonTokenizer(), without making one.
 * @throws {SyntaxError} the file is no tokenizer
 */
export function jsonVocabulary(content: Buffer, path: string): Vocabulary {
  return vocabularyOf(parseJsonObject(content.toString(), path), path);
}

function vocabularyOf(json: object, path: string): Vocabulary {
  const { model, added_tokens: added = [] } = json as {
    readonly model?: { readonly vocab?: unknown };
    readonly added_tokens?: unknown;
  };
  const tokens = tokensOf(model?.vocab);
  if (tokens === undefined || !Array.isArray(added) || !added.every(isAddedToken)) {
    throw new SyntaxError(
      `Cannot load tokenizer ${path}: it is no tokenizer.json (its vocabulary is not one)`,
    );
  }
  for (const { id, content } of added) tokens[id] = content;
  return Array.from(tokens, (token: string | undefined) => token ?? "");
}

interface AddedToken {
  readonly id: number;
  readonly content: string;
}

function isAddedToken(value: unknown): value is AddedToken {
  if (typeof value !== "object" || value === null) return false;
  const { id, content } = value as Partial<AddedToken>;
  return isId(id) && typeof content === "string";
}

/** Beyond this it is none, and a list by id would fill the memory. */
const mostTokens = 2 ** 22;

function isId(id: unknown): id is number {
  return Number.isInteger(id) && Number(id) >= 0 && Number(id) < mostTokens;
}

/** By id. Unigram lists [token, score]; the others map tokens to ids. Undefined where it is neither. */
function tokensOf(vocab: unknown): string[] | undefined {
  if (Array.isArray(vocab)) {
    const tokens = vocab.map((piece: unknown): unknown => Array.isArray(piece) && piece[0]);
    return tokens.every((token) => typeof token === "string") ? tokens : undefined;
  }
  if (typeof vocab !== "object" || vocab === null) return undefined;
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(vocab)) {
    if (!isId(id)) return undefined;
    tokens[id] = token;
  }
  return tokens;
}
