/** The bytes of a file as the Hub sends them: where the connection breaks, from there on again. */
import { HubError, PassingError } from "./error";
import type { HubFile, Repository } from "./repository";
import { formatReference } from "./reference";
import { get, type HubResponse, withRetries } from "./request";

export interface ReceiveOptions {
  readonly from: number;
  /** The byte behind the last; the file's end unless given. */
  readonly to?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Exactly the bytes from `from` to `to`, or it throws.
 * @throws {HubError} the Hub refuses, or cannot be reached any more
 */
export async function* receive(
  repository: Repository,
  file: HubFile,
  { from, to = file.sizeBytes, signal }: ReceiveOptions,
): AsyncGenerator<Uint8Array, void> {
  const { hub } = repository;
  const state: State = { at: from, ranges: true, current: undefined };
  try {
    while (state.at < to) {
      const chunk = await withRetries(hub, signal, (progress) =>
        nextChunk({ repository, file, to, signal }, state, progress),
      );
      if (chunk.length > 0) yield chunk;
    }
  } finally {
    await state.current?.return(undefined);
  }
}

interface State {
  at: number;
  /** Until the Hub has refused one. */
  ranges: boolean;
  current: AsyncGenerator<Uint8Array, void> | undefined;
}

interface Wanted {
  readonly repository: Repository;
  readonly file: HubFile;
  readonly to: number;
  readonly signal: AbortSignal | undefined;
}

async function nextChunk(wanted: Wanted, state: State, progress: () => void): Promise<Uint8Array> {
  try {
    state.current ??= await begin(wanted, state);
    const { done, value } = await state.current.next();
    if (done === true) throw brokenOff(wanted, state);
    const chunk = value.subarray(0, wanted.to - state.at);
    state.at += chunk.length;
    progress();
    return chunk;
  } catch (error) {
    // The next try asks anew: an address of a file lasts for minutes only.
    state.current = undefined;
    throw error;
  }
}

function brokenOff({ file, repository }: Wanted, { at }: State): PassingError {
  return new PassingError(
    "unreachable",
    `Cannot fetch ${named(repository, file)}: it ended at byte ${at} of ${file.sizeBytes}; try again, and it goes on from there`,
    undefined,
  );
}

async function begin(wanted: Wanted, state: State): Promise<AsyncGenerator<Uint8Array, void>> {
  const { repository, file, to, signal } = wanted;
  const whole = to === file.sizeBytes;
  const isRange = state.ranges && (state.at > 0 || !whole);
  const response = await get(repository.hub, {
    url: addressOf(repository, file),
    subject: named(repository, file),
    signal,
    ...(isRange && { from: state.at, to: whole ? undefined : to }),
  });
  const fault = faultOf(response, wanted, state.at);
  if (fault === undefined) {
    return response.status === 200 ? skipped(response.body, state.at) : response.body;
  }
  await response.discard();
  // Some that serve files know no ranges; what is answered in full is passed over up to where we are.
  const again = response.status === 416 && isRange;
  if (again) state.ranges = false;
  const message = `Cannot fetch ${named(repository, file)}: ${fault}`;
  throw again ? new PassingError("unusable", message, 0) : new HubError("unusable", message);
}

/** Why the answer is none to the question. */
function faultOf(
  { commit, status, headers }: HubResponse,
  { repository, file }: Wanted,
  at: number,
): string | undefined {
  if (commit !== undefined && commit !== repository.commit) return "it is of another commit";
  if (status === 416) return `a part from byte ${at} on is refused`;
  if (status === 200) return undefined;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
  if (range?.[1] !== String(at)) return "not the bytes came that were asked for";
  if (range[2] === "*" || range[2] === String(file.sizeBytes)) return undefined;
  return `it has ${range[2]!} bytes, and ${file.sizeBytes} were announced`;
}

async function* skipped(body: AsyncGenerator<Uint8Array, void>, count: number) {
  let left = count;
  for await (const chunk of body) {
    if (left < chunk.length) yield chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}

function addressOf({ hub, reference, commit }: Repository, { path }: HubFile): string {
  const { kind, repository } = reference;
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  const place = kind === "dataset" ? `datasets/${repository}` : repository;
  return `${hub.endpoint}/${place}/resolve/${commit}/${encoded}`;
}

export function named({ reference }: Repository, { path }: Pick<HubFile, "path">): string {
  const whole = formatReference({ ...reference, path: "" });
  return `${whole}/${path}`;
}
