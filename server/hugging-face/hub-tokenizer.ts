/** The tokenizer of a model on the Hub, without the model. */
import { readdir } from "node:fs/promises";
import { isTokenizerFile } from "../checkpoint/layout";
import { HubError } from "./error";
import { fetchFiles } from "./fetch-files";
import type { HubOptions } from "./hub-checkpoint";
import { snapshotFolder } from "./layout";
import { formatReference, parseReference } from "./reference";
import { listRepository, openRepository } from "./repository";
import { byteText } from "./transfer";

const mostBytes = 128 * 2 ** 20;

/**
 * A folder that holds its files, and which commit it is of.
 * @throws {SyntaxError} `text` is no reference
 * @throws {HubError} there is none, or it cannot be had
 */
export async function fetchHubTokenizer(
  text: string,
  { hub, known, signal }: HubOptions,
): Promise<{ readonly folder: string; readonly commit: string }> {
  const reference = parseReference(text, "model");
  // They came together, when it was found which commit it is.
  if (known !== undefined && (await hasTokenizer(snapshotFolder(hub, reference, known)))) {
    return { folder: snapshotFolder(hub, reference, known), commit: known };
  }
  const repository = await openRepository(hub, reference, { known, signal });
  const listed = await listRepository(repository, { signal });
  const files = [...listed.values()].filter(({ path }) => isTokenizerFile(path));
  const refuse = (reason: string) =>
    new HubError(
      "unusable",
      `Cannot load the tokenizer of ${formatReference(reference)}: ${reason}`,
    );
  if (files.length === 0) throw repository.cachedBecause ?? refuse("it has no tokenizer files");
  const large = files.find(({ sizeBytes }) => sizeBytes > mostBytes);
  if (large !== undefined) throw refuse(`its ${large.path} has ${byteText(large.sizeBytes)}`);
  return { folder: await fetchFiles(repository, files, { signal }), commit: repository.commit };
}

async function hasTokenizer(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => [] as string[]);
  return names.some(isTokenizerFile);
}
