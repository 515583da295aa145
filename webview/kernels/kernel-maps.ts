/** A kernel's heat map at a step, its parents' beside it, on one scale; and the values as a table. */
import { wholeNumber } from "../charts/format";
import { element, refreshTable, tableDisclosure } from "../dom";
import { magnitudeOf, type Frame } from "../heatmap/frame";
import { heatMapTable } from "../heatmap/heat-map-table";
import { HeatMapView, type DrawnMap } from "../heatmap/heatmap-view";
import { scaleLegend } from "../heatmap/legend";
import { t } from "../l10n";
import type { PageColors } from "../theme";
import { parentsWith, type KernelStage, type Picture } from "./kernel-stage";
import { wantedPictures } from "./wanted-pictures";

export interface MapsScene<Stage extends KernelStage> {
  readonly stages: readonly Stage[];
  readonly stage: Stage;
  readonly kernel: string;
  readonly step: number;
  /** Recorded steps from one picture to the next while they are played. */
  readonly stride: number;
  /** Whether the stage's first picture stands beside it. */
  readonly start: "beside" | "away";
  /** The ends of the colour scale are pulled in so many times. */
  readonly contrast: number;
  readonly colors: PageColors;
}

/** A picture's values where they are here; else they are on their way. */
export type FrameSource<Kind extends Picture, Stage extends KernelStage<Kind>> = (
  stage: Stage,
  picture: Kind,
) => Frame | undefined;

/** Beside a picture's title. */
export type MapTools = (map: () => DrawnMap | undefined) => HTMLElement;

export class KernelMaps<Kind extends Picture, Stage extends KernelStage<Kind>> {
  readonly root: HTMLElement;
  readonly #frameOf: FrameSource<Kind, Stage>;
  readonly #maps = element("div", { class: "heatmaps" });
  readonly #legend = element("div", {});
  readonly #table = tableDisclosure(t("As a table"), () => heatMapTable(this.#shown));
  readonly #view: HeatMapView;
  readonly #tools: MapTools | undefined;
  readonly #besides = new Map<string, HeatMapView>();
  /** Largest magnitude seen so far, by stage and kernel: the scale must not change to and fro. */
  readonly #magnitudes = new Map<string, number>();
  readonly #measured = new WeakSet<Frame>();
  #shown: Frame | undefined;

  constructor(frameOf: FrameSource<Kind, Stage>, tools?: MapTools) {
    this.#frameOf = frameOf;
    this.#tools = tools;
    this.#view = new HeatMapView(tools);
    this.root = element("div", {}, this.#legend, this.#maps, this.#table);
  }

  /** The picture shown last, if any. */
  get shown(): Frame | undefined {
    return this.#shown;
  }

  show(scene: MapsScene<Stage>): void {
    const { stage, kernel, step, stride, contrast, colors } = scene;
    const pictures = picturesOf(stage, kernel);
    const shown = pictures.findIndex((picture) => picture.step === step);
    const frames = new Map(
      wantedPictures(pictures.length, shown, stride).map((index) => [
        index,
        this.#load(stage, pictures[index]!),
      ]),
    );
    const besides = this.#besidesOf(scene);
    const current = frames.get(shown);
    const nearest = current ?? newestUpTo(shown, frames);
    const limit =
      this.#limitOf([stage, ...parentsWith(stage, kernel, scene.stages)], kernel) / contrast;
    const views = besides.map(({ id, title, frame }) => {
      const view = this.#besides.get(id) ?? new HeatMapView(this.#tools);
      this.#besides.set(id, view);
      view.show({ title: titled(title, frame), frame, limit, colors });
      return view.root;
    });
    if (nearest !== undefined)
      this.#view.show({ title: titled(stage.label, nearest), frame: nearest, limit, colors });
    this.#shown = nearest ?? this.#shown;
    this.#view.root.setAttribute("aria-busy", String(current === undefined));
    showChildren(this.#maps, [...views, ...(this.#shown === undefined ? [] : [this.#view.root])]);
    this.#legend.replaceChildren(scaleLegend(limit, colors.theme));
    refreshTable(this.#table, () => heatMapTable(this.#shown));
  }

  /** The newest pictures of the parents, and the stage's first one where it is asked for. */
  #besidesOf({ stage, kernel, stages, start }: MapsScene<Stage>): {
    readonly id: string;
    readonly title: string;
    readonly frame: Frame;
  }[] {
    const parents = parentsWith(stage, kernel, stages).map((parent) => ({
      from: parent,
      title: t("before: {0}", parent.label),
      picture: picturesOf(parent, kernel).at(-1),
    }));
    const own = { from: stage, title: stage.label, picture: picturesOf(stage, kernel)[0] };
    return [...parents, ...(start === "beside" ? [own] : [])].flatMap(
      ({ from, title, picture }) => {
        const frame = picture && this.#load(from, picture);
        return frame === undefined ? [] : [{ id: from.id, title, frame }];
      },
    );
  }

  #load(stage: Stage, picture: Kind): Frame | undefined {
    const frame = this.#frameOf(stage, picture);
    if (frame === undefined || this.#measured.has(frame)) return frame;
    this.#measured.add(frame);
    const key = keyOf(stage, frame.kernel);
    this.#magnitudes.set(key, Math.max(this.#magnitudes.get(key) ?? 0, magnitudeOf(frame)));
    return frame;
  }

  /** One scale for all, or they could not be compared. */
  #limitOf(stages: readonly Stage[], kernel: string): number {
    return Math.max(0, ...stages.map((stage) => this.#magnitudes.get(keyOf(stage, kernel)) ?? 0));
  }
}

/** While a stage trains faster than its pictures arrive, the newest one is never here. */
function newestUpTo(
  index: number,
  frames: ReadonlyMap<number, Frame | undefined>,
): Frame | undefined {
  const here = [...frames].filter(([at, frame]) => at <= index && frame !== undefined);
  return here.sort(([a], [b]) => b - a)[0]?.[1];
}

function picturesOf<Kind extends Picture>(
  { pictures }: KernelStage<Kind>,
  kernel: string,
): readonly Kind[] {
  return pictures.get(kernel) ?? [];
}

function keyOf({ id }: KernelStage, kernel: string): string {
  return JSON.stringify([id, kernel]);
}

function titled(title: string, { step }: Frame): string {
  return t("{0}, step {1}", title, wholeNumber(step));
}

/** Only where they differ: replacing would take the focus away. */
function showChildren(parent: HTMLElement, children: readonly HTMLElement[]): void {
  const same =
    parent.children.length === children.length &&
    children.every((child, index) => parent.children[index] === child);
  if (!same) parent.replaceChildren(...children);
}
