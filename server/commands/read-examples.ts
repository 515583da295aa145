/** Examples from a file that the user named. */
import { readFile } from "node:fs/promises";
import type { T5Configuration } from "../checkpoint/configuration";
import { type Example, parseExamples } from "../model/examples";
import { reasonOf } from "../files/system-reason";

/**
 * @throws {Error} the file cannot be read
 * @throws {SyntaxError} a line that is not an example, with its number
 * @throws {RangeError} an id outside the vocabulary, or no example
 */
export async function readExamples(
  file: string,
  configuration: T5Configuration,
): Promise<Example[]> {
  return parseExamples(await readText(file), file, configuration);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new Error(`Cannot read examples from ${file}: ${reasonOf(cause)}`, { cause });
  }
}
