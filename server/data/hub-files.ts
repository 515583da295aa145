/** Files of data sets on the Hugging Face Hub as a corpus: read as they arrive, and kept on the way. */
import { HubError } from "../hugging-face/error";
import { fetchFile } from "../hugging-face/fetch-file";
import { globFolder, globMatcher } from "../hugging-face/glob";
import { type Hub, hubOf } from "../hugging-face/hub";
import { named } from "../hugging-face/receive";
import { formatReference, parseReference } from "../hugging-face/reference";
import {
  type HubFile,
  listRepository,
  openRepository,
  type Repository,
} from "../hugging-face/repository";
import { streamFile } from "../hugging-face/stream-file";
import type { ByteFile } from "./byte-stream";

export interface HostedFile extends ByteFile {
  readonly sizeBytes: number;
  /** A hash of the content. */
  readonly content: string;
}

/**
 * Sorted by name, each file once.
 * @param references of files or globs, "hf://datasets/OWNER/NAME@COMMIT/PATH"
 * @param hub the one that the environment names unless given: a data worker has nothing else to go by
 * @throws {RangeError} nothing matches
 * @throws {HubError} the Hub cannot be asked, and the cache does not know
 */
export async function hubFiles(
  references: readonly string[],
  corpus: string,
  hub?: Hub,
): Promise<HostedFile[]> {
  const found = new Map<string, HostedFile>();
  for (const text of references) {
    for (const file of await matching(text, corpus, hub ?? hubOf(process.env))) {
      found.set(file.name, file);
    }
  }
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

async function matching(text: string, corpus: string, hub: Hub): Promise<HostedFile[]> {
  const reference = parseReference(text, "dataset");
  const repository = await openRepository(hub, reference);
  const { under, recursive } = globFolder(reference.path);
  const listed = await filesUnder(repository, { under, recursive });
  const matches = globMatcher(reference.path);
  const files = [...listed.values()].filter(({ path }) => matches(path));
  if (files.length > 0) return files.map((file) => hostedFile(repository, file));
  if (repository.cachedBecause !== undefined) throw repository.cachedBecause;
  throw new RangeError(
    `Cannot read corpus "${corpus}": no file matches ${formatReference(reference)}; correct \`files\``,
  );
}

/** A folder that is not there has no files. */
async function filesUnder(
  repository: Repository,
  options: { readonly under: string; readonly recursive: boolean },
): Promise<ReadonlyMap<string, HubFile>> {
  try {
    return await listRepository(repository, options);
  } catch (error) {
    if (error instanceof HubError && error.kind === "not-found") return new Map();
    throw error;
  }
}

function hostedFile(repository: Repository, file: HubFile): HostedFile {
  return {
    name: named(repository, file),
    sizeBytes: file.sizeBytes,
    content: file.etag ?? `${repository.commit}/${file.path}`,
    stored: (from, to) => streamFile(repository, file, { from, to }),
    whole: () => fetchFile(repository, file),
  };
}
