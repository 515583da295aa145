import { setTimeout as sleep } from "node:timers/promises";

/** What one gesture or one answer may take on a machine that does much else. */
export const patienceMs = 120_000;

/** Asks until it is so. @throws {Error} with what was waited for, where it never is */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  { timeout = patienceMs } = {},
): Promise<void> {
  const began = Date.now();
  while (!(await isSo())) {
    if (Date.now() - began > timeout) throw new Error(`Waited ${timeout} ms in vain: ${what}`);
    await sleep(50);
  }
}
