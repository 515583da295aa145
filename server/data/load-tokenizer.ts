/** From what a recipe calls its tokenizer to the tokenizer. */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { byteTokenizer } from "./byte-tokenizer";
import { jsonTokenizer, jsonVocabulary } from "./json-tokenizer";
import { sentencePieceTokenizer, sentencePieceVocabulary } from "./sentencepiece-tokenizer";
import type { Tokenizer } from "./tokenizer";
import { readTokenizerFolder, type TokenizerFolder } from "./tokenizer-folder";
import { type Vocabulary, vocabularySha256 } from "./vocabulary";

/**
 * @param spec "bytes", or the path of a tokenizer.json, a spiece.model or a checkpoint folder
 * @throws {RangeError} there is no tokenizer at `spec`
 * @throws {SyntaxError} its files cannot be used
 */
export async function loadTokenizer(spec: string): Promise<Tokenizer> {
  if (spec === "bytes") return byteTokenizer();
  const found = await stat(spec).catch(() => undefined);
  if (found?.isDirectory() === true) return loadFrom(spec, await readTokenizerFolder(spec));
  const kind = kinds.get(basename(spec));
  if (found !== undefined && kind !== undefined) {
    return kind.load(spec, await readTokenizerFolder(dirname(spec)));
  }
  const reason = found === undefined ? "there is no such file" : "it is of no kind that is known";
  throw new RangeError(`Cannot load tokenizer ${spec}: ${reason}; ${allowed}`);
}

export type TokenizerIdentity = Pick<Tokenizer, "sha256" | "vocabSize">;

/** By a hash of their files: parents mostly share their tokenizer, and a large one takes a while to read. */
export type KnownTokenizers = Map<string, TokenizerIdentity>;

/**
 * Of the tokenizer that loadTokenizer() would load from a checkpoint's folder, several times as fast: nothing is made
 * ready for encoding. Undefined where there is none.
 * @param known grows by what is found
 * @throws {SyntaxError} its files cannot be used
 */
export async function tokenizerIdentity(
  directory: string,
  known: KnownTokenizers = new Map(),
): Promise<TokenizerIdentity | undefined> {
  const folder = await readTokenizerFolder(directory);
  if (isBytes(folder)) return identityOf(byteTokenizer());
  const found = chosen(directory, folder);
  if (found === undefined) return undefined;
  const content = await readFile(found.path);
  const key = createHash("sha256")
    .update(JSON.stringify([basename(found.path), folder.config]))
    .update(content)
    .digest("hex");
  const identity = known.get(key) ?? identityIn(found.kind.vocabulary(content, found.path, folder));
  known.set(key, identity);
  return identity;
}

function identityIn(vocabulary: Vocabulary): TokenizerIdentity {
  return { sha256: vocabularySha256(vocabulary), vocabSize: vocabulary.length };
}

function identityOf({ sha256, vocabSize }: Tokenizer): TokenizerIdentity {
  return { sha256, vocabSize };
}

const allowed = 'name "bytes", a tokenizer.json, a spiece.model, or a checkpoint folder with one';

interface Kind {
  readonly load: (path: string, folder: TokenizerFolder) => Promise<Tokenizer>;
  readonly vocabulary: (content: Buffer, path: string, folder: TokenizerFolder) => Vocabulary;
}

/** By the name of their file, in order of preference. */
const kinds: ReadonlyMap<string, Kind> = new Map([
  ["tokenizer.json", { load: jsonTokenizer, vocabulary: jsonVocabulary }],
  ["spiece.model", { load: sentencePieceTokenizer, vocabulary: sentencePieceVocabulary }],
]);

function isBytes({ config }: TokenizerFolder): boolean {
  return config.tokenizer_class === "ByT5Tokenizer";
}

function loadFrom(directory: string, folder: TokenizerFolder): Promise<Tokenizer> {
  if (isBytes(folder)) return Promise.resolve(byteTokenizer());
  const found = chosen(directory, folder);
  if (found !== undefined) return found.kind.load(found.path, folder);
  throw new RangeError(
    `Cannot load tokenizer ${directory}: the folder has no tokenizer; ${allowed}`,
  );
}

function chosen(directory: string, { files }: TokenizerFolder) {
  for (const [name, kind] of kinds) {
    const path = join(directory, name);
    if (files.includes(path)) return { path, kind };
  }
  return undefined;
}
