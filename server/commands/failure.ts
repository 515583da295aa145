/** What a user is told when a command fails: the reason, never a stack trace. */
import { CommanderError } from "commander";

/** For `--json`, so that stdout holds one document on failure too. */
export function failureJson(error: unknown): { readonly ok: false; readonly error: string } {
  const text = failureText(error, false).split("\n", 1)[0]!;
  const { message } = error instanceof CommanderError ? error : { message: text };
  return { ok: false, error: message.replace(/^(deep-fusion|error): /, "") };
}

/** Messages of our own say what cannot be done; the engine's own faults begin alike. */
const ours = /^Cannot (?!read propert|set propert|access '|convert |destructure |mix BigInt)/;

export function failureText(error: unknown, debug: boolean): string {
  if (debug && error instanceof Error) return error.stack ?? error.message;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === "AbortError") return "deep-fusion: stopped";
  if (ours.test(message)) return `deep-fusion: ${message}`;
  const refused = refusedBySystem(error);
  if (refused !== undefined) return `deep-fusion: ${refused}`;
  return (
    `deep-fusion: unexpected: ${message.split("\n", 1)[0]!}\n` +
    "This looks like a bug: please report it with what DEEP_FUSION_DEBUG=1 shows."
  );
}

const systemReasons: Readonly<Record<string, string>> = {
  EACCES: "this user may not; change its permissions",
  EPERM: "this user may not; change its permissions",
  EROFS: "the file system can only be read; choose a folder elsewhere",
  ENOENT: "it is not there, or is gone since",
  ENOTDIR: "a part of its path is a file",
  EISDIR: "it is a folder",
  ENOSPC: "the disk is full; free some space",
  EDQUOT: "the disk quota is used up; free some space",
  EFBIG: "the file would be larger than is allowed here",
  EMFILE: "too many files are open; raise the limit (ulimit -n)",
  EIO: "the disk reports an error",
};

/** What the operating system refuses is no bug of ours. */
function refusedBySystem(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("path" in error)) return undefined;
  const { code, path } = error;
  if (typeof code !== "string" || typeof path !== "string") return undefined;
  const reason = Object.hasOwn(systemReasons, code) ? systemReasons[code] : undefined;
  return reason === undefined ? undefined : `Cannot use ${path}: ${reason} (${code})`;
}
