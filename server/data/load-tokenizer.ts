/** From what a recipe calls its tokenizer to the tokenizer. */
import { stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { byteTokenizer } from "./byte-tokenizer";
import { jsonTokenizer } from "./json-tokenizer";
import { sentencePieceTokenizer } from "./sentencepiece-tokenizer";
import type { Tokenizer } from "./tokenizer";
import { readTokenizerFolder, type TokenizerFolder } from "./tokenizer-folder";

/**
 * @param spec "bytes", or the path of a tokenizer.json, a spiece.model or a checkpoint folder
 * @throws {RangeError} there is no tokenizer at `spec`
 * @throws {SyntaxError} its files cannot be used
 */
export async function loadTokenizer(spec: string): Promise<Tokenizer> {
  if (spec === "bytes") return byteTokenizer();
  const found = await stat(spec).catch(() => undefined);
  if (found?.isDirectory() === true) return loadFrom(spec, await readTokenizerFolder(spec));
  const load = loaders.get(basename(spec));
  if (found !== undefined && load !== undefined) {
    return load(spec, await readTokenizerFolder(dirname(spec)));
  }
  const reason = found === undefined ? "there is no such file" : "it is of no kind that is known";
  throw new RangeError(`Cannot load tokenizer ${spec}: ${reason}; ${allowed}`);
}

const allowed = 'name "bytes", a tokenizer.json, a spiece.model, or a checkpoint folder with one';

type Loader = (path: string, folder: TokenizerFolder) => Promise<Tokenizer>;

/** In order of preference. */
const loaders: ReadonlyMap<string, Loader> = new Map([
  ["tokenizer.json", jsonTokenizer],
  ["spiece.model", sentencePieceTokenizer],
]);

function loadFrom(path: string, folder: TokenizerFolder): Promise<Tokenizer> {
  if (folder.config.tokenizer_class === "ByT5Tokenizer") return Promise.resolve(byteTokenizer());
  for (const [name, load] of loaders) {
    const file = join(path, name);
    if (folder.files.includes(file)) return load(file, folder);
  }
  throw new RangeError(`Cannot load tokenizer ${path}: the folder has no tokenizer; ${allowed}`);
}
