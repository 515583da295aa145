/** The stages of each run shown as a graph, under what is wrong with the run. */
import type { RunStatus } from "../../server/protocol/runs";
import { stageGraph } from "../charts/stage-graph";
import { element } from "../dom";
import { t } from "../l10n";
import type { PageColors } from "../theme";
import type { LiveStage } from "./stages";

export class RunGraphs {
  readonly root = element("div", {});
  #drawn = "";

  /** Drawn anew only where something that is seen has changed. */
  show(runs: readonly RunStatus[], stages: readonly LiveStage[], colors: PageColors): void {
    const drawn = JSON.stringify([
      colors.theme,
      runs.map(({ name, reason }) => [name, reason]),
      stages.map(({ id, record, fusion }) => [
        ...[id, record.state, record.waits, percentDone(record)],
        fusion,
      ]),
    ]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.root.replaceChildren(
      ...runs.flatMap((run) => {
        const own = stages.filter(({ stream }) => stream.run === run.folder);
        return [...notices(run, own), stageGraph(own, colors)];
      }),
    );
  }
}

function notices({ name, reason }: RunStatus, stages: readonly LiveStage[]): HTMLElement[] {
  const failed =
    reason === undefined ? [] : [element("p", { class: "notice error" }, `${name}: ${reason}`)];
  const waiting = stages.flatMap(({ label, record }) =>
    record.waits === undefined
      ? []
      : [
          element(
            "p",
            { class: "notice", role: "status" },
            t("{0} waits: {1}", label, record.waits),
          ),
        ],
  );
  return [...failed, ...waiting];
}

function percentDone({ step, steps }: LiveStage["record"]): number {
  return Math.floor((100 * (step ?? 0)) / (steps ?? 1));
}
