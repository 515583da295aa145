/** Which runs have just failed, or come to wait; no VS Code in here, so that tests read it as it is. */
import type { RunStatus } from "../server/protocol/runs";

/** What is kept of a run to tell what is new. */
export type Standing = Pick<RunStatus, "state" | "waits">;

type Before = ReadonlyMap<string, Standing> | undefined;

/** @param before by the runs' folders; undefined: nothing was known */
export function failures(before: Before, runs: readonly RunStatus[]): RunStatus[] {
  return runs.filter(({ folder, state }) => {
    const last = before?.get(folder)?.state;
    return state === "failed" && last !== undefined && last !== "failed";
  });
}

/** Those that cannot go on for want of space, once each time; as failures(). */
export function waiting(before: Before, runs: readonly RunStatus[]): RunStatus[] {
  return runs.filter(({ folder, waits }) => {
    const last = before?.get(folder);
    return waits !== undefined && last !== undefined && last.waits === undefined;
  });
}
