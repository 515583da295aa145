/** A full disk pauses a run: what it holds in memory is whole, and so is the checkpoint before. */
import { isDiskFull, reasonOf } from "../files/system-reason";
import type { Clock } from "./clock";

export interface PauseOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  /** Told once, when the pause begins, in words for the user. */
  readonly onPause: (reason: string) => void;
  /** Told once, when the pause is over and all is written. */
  readonly onGoOn: () => void;
}

const retryMs = 10_000;
const patienceMs = 600_000;

/**
 * Runs `write` again every ten seconds for as long as the disk is full, for ten minutes or until the signal aborts.
 * `write` must be safe to repeat.
 * @throws {Error} the disk stayed full; anything else that `write` throws
 */
export async function pauseWhileFull<Result>(
  write: () => Promise<Result>,
  { clock, signal, onPause, onGoOn }: PauseOptions,
): Promise<Result> {
  const deadline = clock.now() + patienceMs;
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await write();
      if (attempt > 1) onGoOn();
      return result;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      if (attempt === 1)
        onPause(`${reasonOf(error, "write")}; the run goes on when there is space`);
      if (signal?.aborted === true || clock.now() >= deadline) throw stillFull(error);
      await clock.sleep(retryMs, signal);
    }
  }
}

function stillFull(cause: unknown): Error {
  return new Error(
    `Cannot save the run: ${reasonOf(cause, "write")}. What was saved before is whole: resume the run ` +
      "once there is space",
    { cause },
  );
}
