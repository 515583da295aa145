/**
 * A repository at one commit: what its files are called, how large they are and what their content hashes to. Asked of
 * the Hub, or, where it may not or cannot be asked, read from the cache.
 *
 * The two requests are those of @huggingface/hub, over a `fetch` of ours. Its downloads are not used: they cannot go on
 * where they broke off, check neither size nor hash, and put a branch's files under the commit that last changed each.
 */
import { readdir, realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { datasetInfo, listFiles, type ListFileEntry, modelInfo } from "@huggingface/hub";
import { HubError, PassingError } from "./error";
import type { Hub } from "./hub";
import { cachedCommit, isCommit, sizeOfFile, snapshotFolder } from "./layout";
import { formatReference, type HubReference } from "./reference";
import { getText, withRetries } from "./request";
import { isSafePath } from "./safe-path";

export interface HubFile {
  /** Inside the repository, safe to be used as a path. */
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256 of the content, or git's SHA-1 of it as a blob; of files that are only in the cache it may be unknown. */
  readonly etag: string | undefined;
}

export interface Repository {
  readonly hub: Hub;
  readonly reference: HubReference;
  readonly commit: string;
  /** Why the Hub was not asked, and the cache has to do; undefined: it was asked. */
  readonly cachedBecause: HubError | undefined;
  /** Where its files lie, or will. */
  readonly folder: string;
}

interface OpenOptions {
  /** The commit that an earlier look has found: the Hub is not asked again. */
  readonly known?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Which commit the revision is.
 * @throws {HubError} there is none, or neither the Hub nor the cache says which
 */
export async function openRepository(
  hub: Hub,
  reference: HubReference,
  { known, signal }: OpenOptions = {},
): Promise<Repository> {
  const opened = (commit: string, cachedBecause?: HubError): Repository => {
    const folder = snapshotFolder(hub, reference, commit);
    return { hub, reference, commit, cachedBecause, folder };
  };
  if (known !== undefined) {
    // As a commit, so that the branch is not taken for what it was then.
    const pinned = { ...reference, revision: known };
    return openRepository(hub, pinned, { signal });
  }
  if (hub.offline) {
    const fault = offline(reference);
    const commit = await cachedCommit(hub, reference);
    if (commit !== undefined) return opened(commit, fault);
    throw fault;
  }
  if (isCommit(reference.revision)) return opened(reference.revision);
  try {
    return opened(await askCommit(hub, reference, signal));
  } catch (error) {
    if (!(error instanceof PassingError)) throw error;
    const commit = await cachedCommit(hub, reference);
    if (commit !== undefined) return opened(commit, error);
    throw error;
  }
}

/** To be thrown where the cache lacks what is wanted. */
function offline(reference: HubReference): HubError {
  return new HubError(
    "offline",
    `Cannot find ${formatReference(reference)}: it is not in the cache, and HF_HUB_OFFLINE forbids to ask the Hub; unset that, or fetch it where the Hub can be reached`,
  );
}

async function askCommit(
  hub: Hub,
  reference: HubReference,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { kind, repository, revision } = reference;
  const asked = {
    ...{ name: repository, revision, hubUrl: hub.endpoint },
    fetch: apiFetch(hub, { subject: formatReference({ ...reference, path: "" }), signal }),
  };
  const { sha } = await (kind === "model"
    ? modelInfo({ ...asked, additionalFields: ["sha"] })
    : datasetInfo({ ...asked, additionalFields: ["sha"] }));
  if (typeof sha === "string" && isCommit(sha)) return sha;
  throw new HubError(
    "unusable",
    `Cannot open ${formatReference(reference)}: ${hub.endpoint} does not say which commit it is; is HF_ENDPOINT a Hub?`,
  );
}

const mostFiles = 100_000;

export interface ListOptions {
  /** A folder of the repository; "" is all of it. */
  readonly under?: string;
  readonly recursive?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Files by path. What has a name that could lead out of a folder is passed over.
 * @throws {HubError} the Hub refuses, or its answer makes no sense
 */
export async function listRepository(
  repository: Repository,
  { under = "", recursive = false, signal }: ListOptions = {},
): Promise<ReadonlyMap<string, HubFile>> {
  const { hub, reference, commit, cachedBecause } = repository;
  if (cachedBecause !== undefined) return cachedFiles(repository, under, recursive);
  const subject = `the files of ${formatReference({ ...reference, path: under })}`;
  const files = new Map<string, HubFile>();
  const entries = listFiles({
    repo: { type: reference.kind, name: reference.repository },
    ...{ path: under, recursive, revision: commit, hubUrl: hub.endpoint },
    fetch: apiFetch(hub, { subject, signal }),
  });
  try {
    for await (const entry of entries) {
      const file = checkedFile(entry);
      if (file !== undefined) files.set(file.path, file);
      if (files.size > mostFiles) throw odd(subject, `there are more than ${mostFiles}`);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof HubError ? error : odd(subject, "the answer is no listing");
  }
  return files;
}

function odd(subject: string, reason: string): HubError {
  return new HubError("unusable", `Cannot list ${subject}: ${reason}`);
}

/** The library has looked at none of it. */
function checkedFile(entry: ListFileEntry): HubFile | undefined {
  const { type, path, size, oid, lfs } = entry as Partial<ListFileEntry>;
  if (type !== "file" || typeof path !== "string" || !isSafePath(path)) return undefined;
  const etag: unknown = lfs?.oid ?? oid;
  const sizeBytes: unknown = lfs?.size ?? size;
  if (typeof etag !== "string" || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(etag)) return undefined;
  if (typeof sizeBytes !== "number" || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) return;
  return { path, sizeBytes, etag };
}

/** All that has been fetched, which may be less than there is. */
async function cachedFiles(
  { folder, cachedBecause }: Repository,
  under: string,
  recursive: boolean,
): Promise<ReadonlyMap<string, HubFile>> {
  const top = join(folder, ...under.split("/"));
  const names = await readdir(top, { recursive }).catch(() => [] as string[]);
  const files = new Map<string, HubFile>();
  for (const name of names.slice(0, mostFiles)) {
    const path = [under, name.replaceAll("\\", "/")].filter((part) => part !== "").join("/");
    const sizeBytes = await sizeOfFile(join(folder, path));
    if (sizeBytes !== undefined)
      files.set(path, { path, sizeBytes, etag: await linkedEtag(join(folder, path)) });
  }
  if (files.size === 0 && cachedBecause !== undefined) throw cachedBecause;
  return files;
}

async function linkedEtag(path: string): Promise<string | undefined> {
  const name = basename(await realpath(path));
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(name) ? name : undefined;
}

const mostPages = 2000;
const mostAnswerBytes = 64 * 2 ** 20;

/** For @huggingface/hub: with token, retries and limits; what is no good JSON counts as broken off. */
function apiFetch(
  hub: Hub,
  { subject, signal }: { readonly subject: string; readonly signal: AbortSignal | undefined },
): typeof fetch {
  const pages = new Set<string>();
  return async (input) => {
    const url = input instanceof Request ? input.url : String(input);
    if (pages.has(url)) throw odd(subject, "it goes on in circles");
    if (pages.size === mostPages) throw odd(subject, `it has more than ${mostPages} pages`);
    pages.add(url);
    // The next page's address comes from the answer.
    if (!url.startsWith(`${hub.endpoint}/`)) throw odd(subject, "it goes on at another address");
    return withRetries(hub, signal, async () => {
      const { text, headers } = await getText(hub, { url, subject, signal }, mostAnswerBytes);
      if (!isJson(text)) {
        throw new PassingError(
          "unusable",
          `Cannot read ${subject}: what ${hub.endpoint} answers is cut off, or no JSON; is HF_ENDPOINT a Hub?`,
          undefined,
        );
      }
      const link = headers.get("link");
      return new Response(text, { headers: link === null ? {} : { link } });
    });
  };
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}
