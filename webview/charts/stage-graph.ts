/** The stages as boxes, left to right from parents to children. */
import { t } from "../l10n";
import { stageKinds, stageStates } from "../states";
import { lossNumber, percent } from "./format";
import { markShape } from "./mark-icon";
import type { FusionSummary } from "../../server/protocol/checkpoint";
import type { StageRecord } from "../../server/protocol/run";
import { element, svgElement } from "../dom";
import type { PageColors } from "../theme";
import { layOut, type Place } from "./graph-layout";
import { stageStyle } from "./palette";

const box = { width: 168, height: 48, gapX: 44, gapY: 16, margin: 4 } as const;
/** Characters that fit in a box at its font size. */
const longestName = 19;
const longestDetail = 26;

export interface GraphStage {
  /** Unique among those shown. */
  readonly id: string;
  readonly name: string;
  readonly label: string;
  /** Ids of the stages that it takes its weights from. */
  readonly parentIds: readonly string[];
  /** Picks colour, mark and dash. */
  readonly index: number;
  readonly record: StageRecord;
  /** Of a finished fusion. */
  readonly fusion?: Pick<FusionSummary, "method" | "kind" | "drift">;
}

export function stageGraph(stages: readonly GraphStage[], colors: PageColors): HTMLElement {
  const places = layOut(stages.map(({ id, parentIds }) => ({ id, parents: parentIds })));
  const all = [...places.values()];
  const width = 2 * box.margin + spanOf(Math.max(0, ...all.map(({ column }) => column)), "x");
  const height = 2 * box.margin + spanOf(Math.max(0, ...all.map(({ row }) => row)), "y");
  const edges = stages.flatMap((stage) =>
    [...new Set(stage.parentIds)].map((parent) =>
      edge(places.get(parent), places.get(stage.id)!, stage.record.kind),
    ),
  );
  const boxes = stages.map((stage) => stageBox(stage, places.get(stage.id)!, colors));
  return element(
    "div",
    { class: "graph-frame", tabindex: "0", role: "region", "aria-label": t("Stage graph") },
    svgElement(
      "svg",
      { class: "graph", role: "list", viewBox: `0 0 ${width} ${height}`, width, height },
      ...edges,
      ...boxes,
    ),
  );
}

function spanOf(last: number, direction: "x" | "y"): number {
  return direction === "x"
    ? last * (box.width + box.gapX) + box.width
    : last * (box.height + box.gapY) + box.height;
}

function corner({ column, row }: Place): { readonly x: number; readonly y: number } {
  return {
    x: box.margin + column * (box.width + box.gapX),
    y: box.margin + row * (box.height + box.gapY),
  };
}

function edge(from: Place | undefined, to: Place, kind: string): SVGElement | undefined {
  if (from === undefined) return undefined;
  const start = corner(from);
  const end = corner(to);
  const startY = start.y + box.height / 2;
  const endY = end.y + box.height / 2;
  // Straight up to the last gap and bent in it: edges that cross stay apart, and none passes over a box.
  const bend = end.x - box.gapX;
  const middle = end.x - box.gapX / 2;
  return svgElement("path", {
    class: kind === "evaluate" ? "edge evaluated" : "edge",
    d: `M${start.x + box.width} ${startY}H${bend}C${middle} ${startY} ${middle} ${endY} ${end.x} ${endY}`,
  });
}

function stageBox(stage: GraphStage, place: Place, colors: PageColors): SVGElement {
  const { x, y } = corner(place);
  const style = stageStyle(stage.index, colors.theme);
  const detail = describeStage(stage);
  return svgElement(
    "g",
    {
      class: `stage ${stage.record.state}`,
      role: "listitem",
      "aria-label": `${stage.label}: ${detail}`,
      transform: `translate(${x} ${y})`,
    },
    svgElement("title", {}, `${stage.label}: ${detail}`),
    svgElement("rect", { class: "box", width: box.width, height: box.height, rx: 4 }),
    svgElement("rect", { class: "stripe", width: 4, height: box.height, fill: style.color }),
    markShape(style, 18, 17),
    // A picture of its own ends at its edge: letters may be wider than most.
    svgElement(
      "svg",
      { width: box.width - 4, height: box.height },
      svgElement("text", { class: "name", x: 30, y: 21 }, shortened(stage.name, longestName)),
      svgElement("text", { class: "detail", x: 12, y: 39 }, shortened(detail, longestDetail)),
    ),
  );
}

/** "train, done, loss 1.731", "fuse, property, exact 3e-7", "running, 62 %". */
export function describeStage({ record, fusion }: GraphStage): string {
  if (record.state === "done" && fusion !== undefined) {
    const { method, kind, drift } = fusion;
    const proof =
      kind === "exact" ? t("exact {0}", drift.toExponential(0)) : t("drift {0}", percent(drift));
    return `${method}, ${proof}`;
  }
  const { kind, state, waits, step, steps, heldout_loss } = record;
  const standing = waits === undefined ? stageStates[state] : t("waits");
  const share =
    state !== "done" && step !== undefined && steps
      ? `${Math.floor((100 * step) / steps)} %`
      : undefined;
  const words = share === undefined ? [stageKinds[kind], standing] : [standing, share];
  if (heldout_loss !== undefined) words.push(t("loss {0}", lossNumber(heldout_loss)));
  return words.join(", ");
}

function shortened(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}
