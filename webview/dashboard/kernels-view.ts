/** Kernel heat maps, live: any kernel of any stage at any recorded step; block norms and symmetry over time. */
import type { HeatMapPlace, StreamName } from "../../server/protocol/hub";
import { blockFrame, blockRows, symmetryFrame } from "../charts/block-curves";
import { ChartPanel } from "../charts/chart-panel";
import { shortNumber, wholeNumber } from "../charts/format";
import type { ChartExtras } from "../charts/line-chart";
import { stageStyle } from "../charts/palette";
import { dropDown, slider } from "../controls";
import { dataTable, element, refreshTable, tableDisclosure } from "../dom";
import { commonLimit, type Frame } from "../heatmap/frame";
import { HeatMapView } from "../heatmap/heatmap-view";
import { scaleLegend } from "../heatmap/legend";
import { StepPlayer } from "../heatmap/player";
import { sectionElement, type Section } from "../section";
import type { PageColors } from "../theme";
import { heatMapTable } from "../heatmap/heat-map-table";
import type { LiveStage } from "./stages";

export interface KernelsState {
  /** Id of the stage. */
  readonly stage: string | undefined;
  readonly kernel: string | undefined;
  /** Position of the slider: how far the ends of the colour scale are pulled in. */
  readonly contrast: number;
}

export interface KernelsOptions {
  readonly state: Partial<KernelsState>;
  readonly onState: (state: KernelsState) => void;
  readonly extras: ChartExtras;
  /** A picture that is here; else it is on its way. */
  readonly frameOf: (stream: StreamName, place: HeatMapPlace) => Frame | undefined;
}

export class KernelsView implements Section {
  readonly root: HTMLElement;
  readonly #options: KernelsOptions;
  readonly #player: StepPlayer;
  readonly #view = new HeatMapView();
  readonly #parents = element("div", { class: "heatmaps" });
  readonly #legend = element("div", {});
  readonly #choices = element("div", { class: "controls" });
  readonly #table: HTMLDetailsElement;
  readonly #norms: ChartPanel;
  readonly #symmetry: ChartPanel;
  readonly #parentViews = new Map<string, HeatMapView>();
  #stages: readonly LiveStage[] = [];
  #state: KernelsState;
  #chosen: Pick<KernelsState, "stage" | "kernel"> = { stage: undefined, kernel: undefined };
  #colors: PageColors;
  /** What is shown where the reader has not chosen. */
  #default: Pick<KernelsState, "stage" | "kernel"> = { stage: undefined, kernel: undefined };
  #phase: "arriving" | "live" = "arriving";
  #offered = "";
  #shown: Frame | undefined;

  constructor(colors: PageColors, options: KernelsOptions) {
    this.#options = options;
    this.#colors = colors;
    this.#state = { stage: undefined, kernel: undefined, contrast: 0, ...options.state };
    this.#player = new StepPlayer(() => {
      this.#drawMaps();
    });
    this.#norms = this.#panel("Norms of diagonal (bold) and off-diagonal blocks");
    this.#symmetry = this.#panel("Symmetry index: 0 is perfectly symmetric");
    this.#table = tableDisclosure("As a table", () => heatMapTable(this.#shown));
    this.root = sectionElement(
      "Kernels",
      element("div", { class: "controls" }, this.#choices, this.#player.root, this.#contrast()),
      this.#legend,
      this.#parents,
      this.#table,
      element("div", { class: "charts" }, this.#norms.root, this.#symmetry.root),
    );
  }

  /** "arriving": more is on its way at once, so that nothing is chosen for good yet. */
  show(stages: readonly LiveStage[], phase: "arriving" | "live"): void {
    this.#stages = stages;
    this.#phase = phase;
    this.root.hidden = stages.every(({ places }) => places.length === 0);
    if (this.root.hidden) return;
    this.#settle();
    this.#offer();
    this.#load();
  }

  /** Another stage or kernel, from outside. */
  choose(stage: string, kernel: string | undefined): void {
    this.#change({ stage, ...(kernel !== undefined && { kernel }) });
    this.root.scrollIntoView();
  }

  recolor(colors: PageColors): void {
    this.#colors = colors;
    if (this.root.hidden) return;
    this.#drawMaps();
    this.#drawCurves();
  }

  dispose(): void {
    this.#player.dispose();
    this.#norms.dispose();
    this.#symmetry.dispose();
  }

  get #stage(): LiveStage | undefined {
    return this.#stages.find(({ id }) => id === this.#chosen.stage);
  }

  #panel(title: string): ChartPanel {
    return new ChartPanel({
      title,
      makeTable: () => dataTable(title, ...blockRows(this.#stages, this.#chosen.kernel ?? "")),
      onZoom: () => undefined,
    });
  }

  #contrast(): HTMLElement {
    return slider(
      {
        label: "contrast",
        min: 0,
        max: 10,
        step: 1,
        value: this.#state.contrast,
        describe: (position) => `x ${shortNumber(2 ** (position / 2))}`,
      },
      (contrast) => {
        this.#change({ contrast });
      },
    );
  }

  #change(change: Partial<KernelsState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.onState(this.#state);
    this.show(this.#stages, this.#phase);
  }

  /** A choice that there is: what was chosen, else where a fusion shows, else the first. */
  #settle(): void {
    const candidates = this.#stages.filter(({ places }) => places.length > 0);
    const stage =
      candidates.find(({ id }) => id === (this.#state.stage ?? this.#default.stage)) ??
      candidates.find(({ places }) => places.some(hasBlocks)) ??
      candidates[0]!;
    const names = kernelNames(stage);
    const kernel =
      names.find((name) => name === (this.#state.kernel ?? this.#default.kernel)) ??
      (stage.places.find(hasBlocks) ?? stage.places[0]!).kernel;
    this.#chosen = { stage: stage.id, kernel };
    // Later arrivals change nothing under the reader's eyes.
    if (this.#phase === "live") this.#default = this.#chosen;
  }

  /** New lists only where they differ: an open one would close under the reader. */
  #offer(): void {
    const stage = this.#stage;
    if (stage === undefined) return;
    const candidates = this.#stages.filter(({ places }) => places.length > 0);
    const names = kernelNames(stage);
    const offered = JSON.stringify([
      candidates.map(({ id, label }) => [id, label]),
      names,
      this.#chosen,
    ]);
    if (offered === this.#offered) return;
    this.#offered = offered;
    const focused = [...this.#choices.querySelectorAll("select")].findIndex(
      (select) => select === document.activeElement,
    );
    this.#choices.replaceChildren(
      chosen(
        dropDown(
          "stage",
          candidates.map(({ id, label }) => ({ value: id, label })),
          (id) => {
            this.#change({ stage: id });
          },
        ),
        stage.id,
      ),
      chosen(
        dropDown(
          "kernel",
          names.map((name) => ({ value: name, label: name })),
          (kernel) => {
            this.#change({ kernel });
          },
        ),
        this.#chosen.kernel,
      ),
    );
    if (focused >= 0) this.#choices.querySelectorAll("select")[focused]?.focus();
  }

  #load(): void {
    const atEnd = this.#player.isAtEnd;
    const steps = this.#placesOf(this.#stage).map(({ step }) => step);
    this.#player.goTo(atEnd ? (steps.at(-1) ?? NaN) : this.#player.step, steps);
    this.#drawMaps();
    this.#drawCurves();
  }

  #placesOf(stage: LiveStage | undefined): HeatMapPlace[] {
    const places = stage?.places.filter(({ kernel }) => kernel === this.#chosen.kernel) ?? [];
    return places.sort((a, b) => a.step - b.step);
  }

  #drawMaps(): void {
    const stage = this.#stage;
    const places = this.#placesOf(stage);
    if (stage === undefined || places.length === 0) return;
    const parents = this.#parentFrames(stage);
    // All are asked for, so that playing never waits; those that are here set the scale.
    const frames = places.flatMap((place) => this.#options.frameOf(stage.stream, place) ?? []);
    const step = this.#player.step;
    const current = frames.find((frame) => frame.step === step);
    const limit =
      commonLimit([...frames, ...parents.map(({ frame }) => frame)]) /
      2 ** (this.#state.contrast / 2);
    const views = parents.map(({ parent, frame }) => {
      const view = this.#parentViews.get(parent.id) ?? new HeatMapView();
      this.#parentViews.set(parent.id, view);
      this.#paint(view, { title: `before: ${parent.label}`, frame, limit });
      return view.root;
    });
    if (current !== undefined)
      this.#paint(this.#view, { title: stage.label, frame: current, limit });
    this.#shown = current ?? this.#shown;
    this.#view.root.setAttribute("aria-busy", String(current === undefined));
    const child = this.#shown === undefined ? [] : [this.#view.root];
    showChildren(this.#parents, [...views, ...child]);
    this.#legend.replaceChildren(scaleLegend(limit, this.#colors.theme));
    refreshTable(this.#table, () => heatMapTable(this.#shown));
  }

  /** The newest pictures of the nearest ancestors that have this kernel. */
  #parentFrames(stage: LiveStage): { readonly parent: LiveStage; readonly frame: Frame }[] {
    const seen = new Set<string>([stage.id]);
    const nearest = (ids: readonly string[]): LiveStage[] =>
      ids.flatMap((id) => {
        const parent = this.#stages.find((each) => each.id === id);
        if (parent === undefined || seen.has(id)) return [];
        seen.add(id);
        return this.#placesOf(parent).length > 0 ? [parent] : nearest(parent.parentIds);
      });
    return nearest(stage.parentIds).flatMap((parent) => {
      const frame = this.#options.frameOf(parent.stream, this.#placesOf(parent).at(-1)!);
      return frame === undefined ? [] : [{ parent, frame }];
    });
  }

  #paint(
    view: HeatMapView,
    scene: { readonly title: string; readonly frame: Frame; readonly limit: number },
  ): void {
    const title = `${scene.title}, step ${wholeNumber(scene.frame.step)}`;
    view.show({ ...scene, title, colors: this.#colors });
  }

  #drawCurves(): void {
    const styled = this.#stages.map((stage) => ({
      stage,
      style: stageStyle(stage.index, this.#colors.theme),
    }));
    const kernel = this.#chosen.kernel ?? "";
    this.#norms.show(blockFrame(styled, kernel, this.#colors));
    this.#symmetry.show(symmetryFrame(styled, kernel, this.#colors));
  }
}

function kernelNames({ places }: LiveStage): string[] {
  return [...new Set(places.map(({ kernel }) => kernel))];
}

/** Where a fusion shows: blocks off the diagonal. */
function hasBlocks({ rowBorders, columnBorders }: HeatMapPlace): boolean {
  return rowBorders.length > 1 && columnBorders.length > 1;
}

function chosen(control: HTMLElement, value: string | undefined): HTMLElement {
  const select = control.querySelector("select");
  if (select !== null && value !== undefined) select.value = value;
  return control;
}

/** Only where they differ: replacing would take the focus away. */
function showChildren(parent: HTMLElement, children: readonly HTMLElement[]): void {
  const same =
    parent.children.length === children.length &&
    children.every((child, index) => parent.children[index] === child);
  if (!same) parent.replaceChildren(...children);
}
