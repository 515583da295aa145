/** What the Hub refuses, and what does not get there, in words and with what to do. */
import { HubError, PassingError } from "./error";
import type { Hub } from "./hub";

interface Asked {
  readonly hub: Hub;
  /** What messages call what was asked for. */
  readonly subject: string;
}

const logIn = 'log in with "hf auth login", or set HF_TOKEN';

/** Takes the response's body, which may say more. */
export async function refusal(response: Response, { hub, subject }: Asked): Promise<HubError> {
  await response.body?.cancel();
  const { status, headers } = response;
  const code = headers.get("x-error-code") ?? "";
  const denied = (reason: string) => new HubError("denied", `Cannot open ${subject}: ${reason}`);
  const missing = (reason: string) =>
    new HubError("not-found", `Cannot find ${subject}: ${reason}`);
  if (code === "GatedRepo") return denied(await gated(hub));
  if (code === "RevisionNotFound") {
    return missing(
      "the repository has no such revision; name one of its branches, tags or commits",
    );
  }
  if (code === "EntryNotFound") return missing("the repository has no such file");
  if (status === 401 || code === "RepoNotFound")
    return noRepository(hub, { denied, missing }, status);
  if (status === 403)
    return denied(`this user may not (${said(headers)}); ${logIn} of one who may`);
  if (status === 404)
    return missing(`${hub.endpoint} has none of that name; check how it is written`);
  if (status === 408 || status === 429 || status >= 500) {
    const busy = status === 429 ? "too many requests were made" : `it answers ${status}`;
    return new PassingError(
      "unreachable",
      `Cannot read ${subject}: ${hub.endpoint} cannot serve it now, ${busy}; try again later`,
      waitOf(headers),
    );
  }
  return new HubError(
    "unusable",
    `Cannot read ${subject}: ${hub.endpoint} answers ${status} (${said(headers)})`,
  );
}

async function gated(hub: Hub): Promise<string> {
  const known = (await hub.token()) !== undefined;
  return known
    ? `it is gated, and this user has not been let in; ask for it on its page at ${hub.endpoint}`
    : `it is gated; accept its terms on its page at ${hub.endpoint}, then ${logIn}`;
}

/** To who is not logged in, the Hub does not tell what is private from what is not there. */
async function noRepository(
  hub: Hub,
  { denied, missing }: Record<"denied" | "missing", (reason: string) => HubError>,
  status: number,
): Promise<HubError> {
  const known = (await hub.token()) !== undefined;
  if (known && status === 401)
    return denied(`the token is refused, or may not see it; ${logIn} anew`);
  const who = known
    ? "or one that this user may not see; check its name"
    : "or it is private; check its name, or";
  return missing(`${hub.endpoint} has no such repository, ${who}${known ? "" : ` ${logIn}`}`);
}

/** The Hub's own words, which may hold anything. */
function said(headers: Headers): string {
  const text = headers.get("x-error-message") ?? "it gives no reason";
  return text.replaceAll(/\p{C}+/gu, " ").slice(0, 200);
}

/** Seconds, or a date. */
function waitOf(headers: Headers): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  const waitMs = /^\d+$/.test(text) ? 1000 * Number(text) : Date.parse(text) - Date.now();
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined;
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody answers there",
  ENOTFOUND: "there is no such host, or this machine is not online",
  EAI_AGAIN: "its name cannot be looked up; is this machine online?",
  ENETUNREACH: "this machine is not online",
  EHOSTUNREACH: "this machine is not online, or that one is not",
  ETIMEDOUT: "it does not answer",
  ECONNRESET: "the connection broke",
  UND_ERR_CONNECT_TIMEOUT: "it does not answer",
  UND_ERR_SOCKET: "the connection broke",
};

/** Nobody was reached at all. */
const unanswered: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENETUNREACH",
  "EHOSTUNREACH",
]);

export function unreachable(error: unknown, { hub, subject }: Asked): PassingError {
  const code = codeOf(error);
  const reason = reasons[code] ?? innermost(error);
  return new PassingError(
    "unreachable",
    `Cannot read ${subject} from ${hub.endpoint}: ${reason}; try again, or set HF_HUB_OFFLINE=1 to use what is in the cache`,
    undefined,
    { cause: error, unanswered: unanswered.has(code) },
  );
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  return codeOf(error.cause);
}

function innermost(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : innermost(error.cause);
}
