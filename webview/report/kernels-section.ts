/** Kernel heat maps: the parents' beside the child's, over the recorded steps; block norms and symmetry over time. */
import { ChartPanel } from "../charts/chart-panel";
import { shortNumber, wholeNumber } from "../charts/format";
import { checkbox, dropDown, slider } from "../controls";
import { dataTable, element } from "../dom";
import { commonLimit, type Frame } from "../heatmap/frame";
import { HeatMapView } from "../heatmap/heatmap-view";
import { scaleLegend } from "../heatmap/legend";
import { StepPlayer } from "../heatmap/player";
import type { PageColors } from "../theme";
import { blockFrame, blockRows, symmetryFrame } from "../charts/block-curves";
import { familyOf, kernelNames, stagesWithHeatMaps } from "./kernel-family";
import { styleOf, type Stage } from "./model";
import { sectionElement, type Section } from "../section";
import { unpackHeatMap } from "./unpack";

interface Choice {
  readonly stage: Stage;
  readonly kernel: string;
  /** How far the ends of the colour scale are pulled in. */
  readonly contrast: number;
}

/** A stage's pictures of the chosen kernel. */
interface Reel {
  readonly title: string;
  readonly frames: readonly Frame[];
  readonly view: HeatMapView;
}

export class KernelsSection implements Section {
  readonly root: HTMLElement;
  readonly #stages: readonly Stage[];
  readonly #player: StepPlayer;
  readonly #views = element("div", { class: "heatmaps" });
  readonly #legend = element("div", {});
  readonly #kernelChoice = element("div", {});
  readonly #note = element("p", { class: "quiet" });
  readonly #norms: ChartPanel;
  readonly #symmetry: ChartPanel;
  #choice: Choice;
  #parents: readonly Reel[] = [];
  #child: Reel | undefined;
  #compareStart = false;
  #colors: PageColors;

  constructor(stages: readonly Stage[], colors: PageColors) {
    this.#stages = stages;
    this.#colors = colors;
    const candidates = stagesWithHeatMaps(stages);
    const stage =
      candidates.find((each) => familyOf(each, stages).parents.length > 0) ?? candidates[0]!;
    this.#choice = { stage, kernel: telling(stage), contrast: 1 };
    this.#player = new StepPlayer(() => {
      this.#drawMaps();
    });
    const panel = (title: string): ChartPanel =>
      new ChartPanel({
        title,
        makeTable: () => dataTable(title, ...blockRows(this.#stages, this.#choice.kernel)),
        onZoom: () => undefined,
      });
    this.#norms = panel("Norms of diagonal (bold) and off-diagonal blocks");
    this.#symmetry = panel("Symmetry index: 0 is perfectly symmetric");
    this.root = sectionElement(
      "Kernels",
      this.#controls(candidates),
      this.#legend,
      this.#views,
      this.#note,
      element("div", { class: "charts" }, this.#norms.root, this.#symmetry.root),
    );
    this.#load();
  }

  recolor(colors: PageColors): void {
    this.#colors = colors;
    this.#drawMaps();
    this.#drawCurves();
  }

  dispose(): void {
    this.#player.dispose();
    this.#norms.dispose();
    this.#symmetry.dispose();
  }

  #controls(candidates: readonly Stage[]): HTMLElement {
    const stageChoice = dropDown(
      "stage",
      candidates.map(({ id, label }) => ({ value: id, label })),
      (id) => {
        const stage = candidates.find((each) => each.id === id);
        if (stage !== undefined) this.#choose({ stage });
      },
    );
    const select = stageChoice.querySelector("select");
    if (select !== null) select.value = this.#choice.stage.id;
    return element(
      "div",
      { class: "controls" },
      stageChoice,
      this.#kernelChoice,
      this.#player.root,
      checkbox(["its first step beside it"], "off", (state) => {
        this.#compareStart = state === "on";
        this.#load();
      }),
      slider(
        {
          label: "contrast",
          min: 0,
          max: 10,
          step: 1,
          value: 0,
          describe: (position) => `x ${shortNumber(2 ** (position / 2))}`,
        },
        (position) => {
          this.#choice = { ...this.#choice, contrast: 2 ** (position / 2) };
          this.#drawMaps();
        },
      ),
    );
  }

  /** Another stage keeps the kernel where it has one of that name. */
  #choose(change: Partial<Choice>): void {
    const next = { ...this.#choice, ...change };
    const names = kernelNames(next.stage);
    this.#choice = { ...next, kernel: names.includes(next.kernel) ? next.kernel : names[0]! };
    this.#load();
  }

  #load(): void {
    const { stage, kernel } = this.#choice;
    const { parents } = familyOf(stage, this.#stages);
    const child = { title: stage.label, frames: framesOf(stage, kernel), view: new HeatMapView() };
    const start = child.frames[0];
    this.#child = child;
    this.#parents = [
      ...parents.map((parent) => ({
        title: `before: ${parent.label}`,
        frames: framesOf(parent, kernel).slice(-1),
        view: new HeatMapView(),
      })),
      ...(this.#compareStart && start !== undefined
        ? [{ title: stage.label, frames: [start], view: new HeatMapView() }]
        : []),
    ].filter(({ frames }) => frames.length > 0);
    this.#offerKernels();
    this.#views.replaceChildren(...[...this.#parents, child].map(({ view }) => view.root));
    this.#player.setSteps(child.frames.map(({ step }) => step));
    this.#note.textContent =
      stage.omittedHeatMaps === 0
        ? ""
        : `${wholeNumber(stage.omittedHeatMaps)} of this stage's pictures were left out to keep the file small; the run's folder has them all.`;
    this.#drawMaps();
    this.#drawCurves();
  }

  #offerKernels(): void {
    const names = kernelNames(this.#choice.stage);
    const choice = dropDown(
      "kernel",
      names.map((name) => ({ value: name, label: name })),
      (kernel) => {
        this.#choose({ kernel });
      },
    );
    const select = choice.querySelector("select");
    if (select !== null) select.value = this.#choice.kernel;
    const hadFocus = this.#kernelChoice.contains(document.activeElement);
    this.#kernelChoice.replaceChildren(choice);
    if (hadFocus) select?.focus();
  }

  #drawMaps(): void {
    const child = this.#child;
    if (child === undefined) return;
    const step = this.#player.step;
    const current = child.frames.find((frame) => frame.step === step) ?? child.frames.at(-1);
    const all = [...this.#parents.flatMap(({ frames }) => frames), ...child.frames];
    const limit = commonLimit(all) / this.#choice.contrast;
    for (const { title, frames, view } of this.#parents)
      this.#show(view, { title, frame: frames[0]!, limit });
    if (current !== undefined)
      this.#show(child.view, { title: child.title, frame: current, limit });
    this.#legend.replaceChildren(scaleLegend(limit, this.#colors.theme));
  }

  #show(
    view: HeatMapView,
    scene: { readonly title: string; readonly frame: Frame; readonly limit: number },
  ): void {
    const title = `${scene.title}, step ${wholeNumber(scene.frame.step)}`;
    view.show({ ...scene, title, colors: this.#colors });
  }

  #drawCurves(): void {
    const styled = this.#stages.map((stage) => ({
      stage,
      style: styleOf(stage, this.#colors.theme),
    }));
    this.#norms.show(blockFrame(styled, this.#choice.kernel, this.#colors));
    this.#symmetry.show(symmetryFrame(styled, this.#choice.kernel, this.#colors));
  }
}

/** A kernel with blocks off the diagonal, where a fusion shows; else the first. */
function telling(stage: Stage): string {
  const blocks = stage.heatMaps.find(
    ({ rowBorders, columnBorders }) => rowBorders.length > 1 && columnBorders.length > 1,
  );
  return (blocks ?? stage.heatMaps[0]!).kernel;
}

function framesOf(stage: Stage, kernel: string): Frame[] {
  return stage.heatMaps
    .filter((map) => map.kernel === kernel)
    .map((map) => unpackHeatMap(map))
    .sort((a, b) => a.step - b.step);
}
