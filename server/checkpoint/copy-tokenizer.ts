/** A parent's tokenizer, carried over into a checkpoint so that transformers 4 and 5 both read it. */
import { copyFile, open } from "node:fs/promises";
import { basename, join } from "node:path";
import { readJsonObject } from "./json";
import { files, isTokenizerFile } from "./layout";

/**
 * Synced.
 * @throws {RangeError} a path is not of a tokenizer file
 * @throws {SyntaxError} tokenizer_config.json is not JSON
 */
export async function copyTokenizer(folder: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const name = basename(path);
    // A name of our own choosing: it must not take the place of the weights, nor fall out of the layout.
    if (!isTokenizerFile(name)) {
      throw new RangeError(`Cannot copy ${path} into a checkpoint: it is not a tokenizer file`);
    }
    const target = join(folder, name);
    await copyFile(path, target);
    const copy = await open(target, "r+");
    try {
      const text = name === files.tokenizer ? await readableByBoth(path) : undefined;
      if (text !== undefined) {
        await copy.truncate();
        await copy.writeFile(text);
      }
      await copy.sync();
    } finally {
      await copy.close();
    }
  }
}

/** Version 4 fails over the name that 5 gave the list of special tokens, and 5 reads the old one too. */
async function readableByBoth(path: string): Promise<string | undefined> {
  const { extra_special_tokens: tokens, ...config } = await readJsonObject(path);
  if (!Array.isArray(tokens) || config.additional_special_tokens !== undefined) return undefined;
  return `${JSON.stringify({ ...config, additional_special_tokens: tokens as unknown[] }, null, 2)}\n`;
}
