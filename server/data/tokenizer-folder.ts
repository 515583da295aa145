/** The files of a tokenizer, which lie side by side in one folder, under Hugging Face's names. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

export interface TokenizerFolder {
  /** Those that belong to a tokenizer. */
  readonly files: readonly string[];
  /** What special_tokens_map.json and tokenizer_config.json say; the latter wins. */
  readonly config: Readonly<Record<string, unknown>>;
}

const names = [
  "tokenizer.json",
  "spiece.model",
  "special_tokens_map.json",
  "tokenizer_config.json",
  "added_tokens.json",
];

/** @throws {SyntaxError} a configuration file is not JSON */
export async function readTokenizerFolder(folder: string): Promise<TokenizerFolder> {
  const present = new Set(await readdir(folder));
  const files = names.filter((name) => present.has(name)).map((name) => join(folder, name));
  const configs = files.filter((path) => /(special_tokens_map|tokenizer_config)\.json$/.test(path));
  const config: Record<string, unknown> = {};
  for (const path of configs) Object.assign(config, await readJsonObject(path));
  return { files, config };
}

/** @throws {SyntaxError} the file is no JSON object */
export async function readJsonObject(path: string): Promise<object> {
  return parseJsonObject(await readFile(path, "utf8"), path);
}

/** @throws {SyntaxError} what the file says is no JSON object */
export function parseJsonObject(text: string, path: string): object {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot load tokenizer ${path}: it is not JSON`, { cause: error });
  }
  if (typeof json === "object" && json !== null && !Array.isArray(json)) return json;
  throw new SyntaxError(`Cannot load tokenizer ${path}: it is no JSON object`);
}
