/** Where runs are that were under way when the window closed; no VS Code in here, so that tests read it as it is. */
import type { RunState, RunStatus } from "../server/protocol/runs";
import { shareDone } from "./format";
import type { Translate } from "./translate";
import { plain, plainText } from "./views/nodes";

const underWay: readonly RunState[] = ["starting", "running", "pausing", "paused", "stopping"];

/** Folders of those that a window which closes now would leave. */
export function foldersUnderWay(runs: readonly RunStatus[]): string[] {
  return runs
    .filter(({ state }) => underWay.includes(state))
    .map(({ folder }) => folder)
    .sort();
}

/** "long goes on, 62 % done; short is done". */
export function whereTheyAre(runs: readonly RunStatus[], t: Translate): string {
  return runs.map((run) => whereItIs(run, t)).join("; ");
}

function whereItIs({ name: given, state, stages, reason }: RunStatus, t: Translate): string {
  const name = plain(given);
  const share = shareDone(stages) || "0 %";
  switch (state) {
    case "starting":
    case "running":
      return t("{0} goes on, {1} done", name, share);
    case "pausing":
    case "paused":
      return t("{0} is paused, {1} done", name, share);
    case "stopping":
    case "stopped":
      return t("{0} is saved and stopped, {1} done", name, share);
    case "done":
      return t("{0} is done", name);
    case "failed":
      return t("{0} failed ({1})", name, plainText(reason ?? ""));
  }
}
