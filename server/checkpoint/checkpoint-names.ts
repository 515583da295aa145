/** The names in a checkpoint's folder, and why a folder is none. */
import { readdir, stat } from "node:fs/promises";
import { refuseForeignLinks } from "./contained-files";
import { files } from "./layout";

/**
 * The folder's entries, once it is clear that it can be a checkpoint.
 * @throws {SyntaxError} it cannot, with the reason and what to do
 */
export async function checkpointNames(directory: string): Promise<ReadonlySet<string>> {
  const refusal = (reason: string) => new SyntaxError(`Cannot open ${directory}: ${reason}`);
  const stats = await stat(directory).catch(() => undefined);
  if (stats === undefined) {
    throw refusal("there is no such folder; a checkpoint on the Hub is named hf://OWNER/NAME");
  }
  if (!stats.isDirectory()) throw refusal("it is a file; name the checkpoint's folder");
  const entries = await readdir(directory, { withFileTypes: true });
  const names = new Set(entries.map(({ name }) => name));
  if (!names.has(files.config)) throw refusal(`it has no ${files.config}; ${remedy(names)}`);
  await refuseForeignLinks(directory, entries);
  if (names.has(files.weights) || names.has(files.shardIndex)) return names;
  const pickle = [...names].find((name) => /\.(bin|pt|pth|ckpt|h5|msgpack)$/.test(name));
  if (pickle !== undefined) {
    throw refusal(
      `it has ${pickle} but no ${files.weights}; such files are never read, because they can run code: ` +
        "load it with transformers and save it with save_pretrained",
    );
  }
  throw refusal(`it has no ${files.weights}; fetch or write it again`);
}

/** A stage's folder is easily taken for its checkpoint. */
function remedy(names: ReadonlySet<string>): string {
  const newest = [...names]
    .filter((name) => /^step-\d+$/.test(name))
    .sort()
    .at(-1);
  return newest === undefined
    ? "name a folder that save_pretrained or a train stage wrote"
    : `name a checkpoint in it, ${newest} say`;
}
