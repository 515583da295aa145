/** What a user is told when a command fails: the reason, never a stack trace. */
import { CommanderError } from "commander";
import { systemRefusal } from "../files/system-reason";

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
  if (error instanceof Error && error.name === "AbortError")
    return "deep-fusion: stopped; nothing is left half-written";
  if (ours.test(message)) return `deep-fusion: ${message}`;
  // What the operating system refuses is no bug of ours.
  const refused = systemRefusal(error);
  if (refused !== undefined) return `deep-fusion: ${refused}`;
  return (
    `deep-fusion: unexpected: ${message.split("\n", 1)[0]!}\n` +
    "This looks like a bug: please report it with what DEEP_FUSION_DEBUG=1 shows."
  );
}
