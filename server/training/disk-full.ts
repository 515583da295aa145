/** A full disk pauses a run: what it holds in memory is whole, and so is the checkpoint before. */
import type { Clock } from "./clock";

export interface PauseOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Told once, when the pause begins. */
  readonly onPause: (reason: string) => void;
}

const retryMs = 10_000;
const patienceMs = 600_000;
/** No space, no quota, and the limit on the size of a file. */
const fullCodes = ["ENOSPC", "EDQUOT", "EFBIG"];

/**
 * Runs `write` again every ten seconds for as long as the disk is full, for ten minutes or until the signal aborts.
 * `write` must be safe to repeat.
 * @throws {Error} the disk stayed full; anything else that `write` throws
 */
export async function pauseWhileFull<Result>(
  write: () => Promise<Result>,
  { clock, signal, onPause }: PauseOptions,
): Promise<Result> {
  const deadline = clock.now() + patienceMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      if (attempt === 1) onPause(messageOf(error));
      if (signal?.aborted === true || clock.now() >= deadline) throw stillFull(error);
      await clock.sleep(retryMs, signal);
    }
  }
}

/** Whether an error, or what caused it, says that nothing more fits. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? error.code : undefined;
  return (typeof code === "string" && fullCodes.includes(code)) || isDiskFull(error.cause);
}

function stillFull(cause: unknown): Error {
  return new Error(
    `Cannot save the run: the disk is full (${messageOf(cause)}). The last checkpoint is whole: ` +
      "free some space, then resume the run",
    { cause },
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
