/**
 * Requests to the Hub: redirects followed by hand, because the token goes to the Hub alone and not to where its files
 * lie; what passes is tried again, with longer and longer pauses; nothing waits for ever.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { HubError, PassingError } from "./error";
import type { Hub } from "./hub";
import { refusal, unreachable } from "./refusal";

export interface HubRequest {
  readonly url: string;
  /** What messages call what is asked for. */
  readonly subject: string;
  /** First byte, and the one behind the last; all unless given. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface HubResponse {
  /** 416: the range is refused, and there is no body. */
  readonly status: 200 | 206 | 416;
  /** Of the last address. */
  readonly headers: Headers;
  /** The commit that the Hub says the file is of. */
  readonly commit: string | undefined;
  /** Throws a PassingError where the connection breaks. To be read, or else discarded. */
  readonly body: AsyncGenerator<Uint8Array, void>;
  discard(): Promise<void>;
}

const mostTries = 6;
/** Where nobody answers at all, there may just be no network. */
const mostTriesUnanswered = 3;
const longestWaitMs = 120_000;

/**
 * @param attempt is called again after a PassingError, until it has failed six times without `progress()` between
 * @throws {HubError} it failed for good, or too often
 */
export async function withRetries<Result>(
  { retryMs }: Hub,
  signal: AbortSignal | undefined,
  attempt: (progress: () => void) => Promise<Result>,
): Promise<Result> {
  let tries = 0;
  for (;;) {
    try {
      signal?.throwIfAborted();
      return await attempt(() => (tries = 0));
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof PassingError)) throw error;
      tries++;
      if (tries >= (error.unanswered ? mostTriesUnanswered : mostTries)) throw error;
      const usual = retryMs * 2 ** (tries - 1) * (1 + Math.random() / 4);
      await sleep(Math.min(error.waitMs ?? usual, longestWaitMs), undefined, { signal });
    }
  }
}

/**
 * One try.
 * @throws {PassingError} another one may succeed
 * @throws {HubError} it will not
 */
export async function get(hub: Hub, request: HubRequest): Promise<HubResponse> {
  const { subject, signal } = request;
  const patience = new Patience(hub.stallMs);
  const either =
    signal === undefined ? patience.signal : AbortSignal.any([signal, patience.signal]);
  patience.begin();
  try {
    const { response, commit } = await follow(hub, request, either);
    const { status, headers } = response;
    if (status !== 200 && status !== 206 && status !== 416) {
      throw await refusal(response, { hub, subject });
    }
    return {
      ...{ status, headers, commit },
      body: chunks(response, { hub, subject, patience, signal }),
      discard: async () => response.body?.cancel(),
    };
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof HubError ? error : unreachable(error, { hub, subject });
  } finally {
    patience.end();
  }
}

/** Runs out while something is awaited, and not while what came is being used. */
class Patience {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  readonly signal = this.controller.signal;

  constructor(private readonly stallMs: number) {}

  begin(): void {
    this.timer = setTimeout(() => {
      this.controller.abort(new Error(`nothing came for ${this.stallMs / 1000} seconds`));
    }, this.stallMs);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}

const mostRedirects = 6;

async function follow(hub: Hub, { url, from, to }: HubRequest, signal: AbortSignal) {
  const home = new URL(hub.endpoint).origin;
  let commit: string | undefined;
  let address = new URL(url);
  for (let hops = 0; hops <= mostRedirects; hops++) {
    const token = address.origin === home ? await hub.token() : undefined;
    const response = await fetch(address, {
      redirect: "manual",
      signal,
      headers: {
        "accept-encoding": "identity",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(from !== undefined && { range: `bytes=${from}-${to === undefined ? "" : to - 1}` }),
      },
    });
    if (address.origin === home) commit ??= response.headers.get("x-repo-commit") ?? undefined;
    if (![301, 302, 303, 307, 308].includes(response.status)) return { response, commit };
    await response.body?.cancel();
    address = nextAddress(address, response.headers.get("location"));
  }
  throw new HubError(
    "unusable",
    `Cannot reach ${url}: it leads on more than ${mostRedirects} times`,
  );
}

/** @throws {HubError} nowhere, or from a safe connection to an unsafe one */
function nextAddress(address: URL, location: string | null): URL {
  const isKnown = location !== null && URL.canParse(location, address.href);
  const next = isKnown ? new URL(location, address) : undefined;
  if (next?.protocol === "https:" || (next?.protocol === "http:" && address.protocol === "http:")) {
    return next;
  }
  throw new HubError(
    "unusable",
    `Cannot follow ${address.origin}: it leads to ${JSON.stringify(location?.slice(0, 200) ?? null)}, which is no safe address`,
  );
}

interface Reading {
  readonly hub: Hub;
  readonly subject: string;
  readonly patience: Patience;
  readonly signal: AbortSignal | undefined;
}

async function* chunks(
  { body }: Response,
  { hub, subject, patience, signal }: Reading,
): AsyncGenerator<Uint8Array, void> {
  if (body === null) return;
  try {
    patience.begin();
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      patience.end();
      yield chunk;
      patience.begin();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(error, { hub, subject });
  } finally {
    patience.end();
  }
}

/** @throws {HubError} it has more than `mostBytes` */
export async function getText(hub: Hub, request: HubRequest, mostBytes: number) {
  const { body, headers } = await get(hub, request);
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of body) {
    parts.push(part);
    sizeBytes += part.length;
    if (sizeBytes > mostBytes) {
      throw new HubError(
        "unusable",
        `Cannot read the Hub's answer on ${request.subject}: it has more than ${mostBytes} bytes`,
      );
    }
  }
  return { text: Buffer.concat(parts).toString("utf8"), headers };
}
