/** Which runs have just failed; no VS Code in here, so that tests read it as it is. */
import type { RunState, RunStatus } from "../server/protocol/runs";

/** @param before states by the runs' folders; undefined: nothing was known */
export function failures(
  before: ReadonlyMap<string, RunState> | undefined,
  runs: readonly RunStatus[],
): RunStatus[] {
  return runs.filter(({ folder, state }) => {
    const last = before?.get(folder);
    return state === "failed" && last !== undefined && last !== "failed";
  });
}
