/** What a user is told when a command fails: the reason, never a stack trace. */

/** Messages of our own say what cannot be done; the engine's own faults begin alike. */
const ours = /^Cannot (?!read propert|set propert|access '|convert |destructure |mix BigInt)/;

export function failureText(error: unknown, debug: boolean): string {
  if (debug && error instanceof Error) return error.stack ?? error.message;
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === "AbortError") return "deep-fusion: stopped";
  if (ours.test(message)) return `deep-fusion: ${message}`;
  return (
    `deep-fusion: unexpected: ${message.split("\n", 1)[0]!}\n` +
    "This looks like a bug: please report it with what DEEP_FUSION_DEBUG=1 shows."
  );
}
