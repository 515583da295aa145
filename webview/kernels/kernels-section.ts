/** Kernel heat maps: any kernel of any stage at any recorded step; block norms and symmetry over time. */
import { shortNumber } from "../charts/format";
import { checkbox, slider } from "../controls";
import { element } from "../dom";
import { StepPlayer } from "../heatmap/player";
import type { Frame } from "../heatmap/frame";
import { t } from "../l10n";
import { sectionElement, type Section } from "../section";
import type { PageColors } from "../theme";
import { KernelChoiceLists } from "./kernel-choice";
import { KernelCurves, type KernelCurvesOptions } from "./kernel-curves";
import { KernelMaps, type FrameSource, type MapTools } from "./kernel-maps";
import { settle, type KernelChoice, type KernelStage, type Picture } from "./kernel-stage";

export interface KernelsState extends KernelChoice {
  /** Position of the slider: how far the ends of the colour scale are pulled in. */
  readonly contrast: number;
  /** Whether the stage's first picture stands beside the one shown. */
  readonly start: "beside" | "away";
}

export interface KernelsOptions<
  Kind extends Picture,
  Stage extends KernelStage<Kind>,
> extends KernelCurvesOptions {
  readonly state?: Partial<KernelsState>;
  readonly onState?: (state: KernelsState) => void;
  readonly frameOf: FrameSource<Kind, Stage>;
  readonly mapTools?: MapTools;
}

const nothing: KernelChoice = { stage: undefined, kernel: undefined };

export class KernelsSection<
  Kind extends Picture,
  Stage extends KernelStage<Kind>,
> implements Section {
  readonly root: HTMLElement;
  readonly #options: KernelsOptions<Kind, Stage>;
  readonly #lists: KernelChoiceLists;
  readonly #player: StepPlayer;
  readonly #maps: KernelMaps<Kind, Stage>;
  readonly #curves: KernelCurves;
  readonly #note = element("p", { class: "quiet" });
  #stages: readonly Stage[] = [];
  #phase: "arriving" | "whole" = "arriving";
  #state: KernelsState;
  /** What is shown where the reader has not chosen. */
  #default = nothing;
  #chosen: { readonly stage: Stage; readonly kernel: string } | undefined;
  #colors: PageColors;

  constructor(colors: PageColors, options: KernelsOptions<Kind, Stage>) {
    this.#options = options;
    this.#colors = colors;
    this.#state = { ...nothing, contrast: 0, start: "away", ...options.state };
    this.#lists = new KernelChoiceLists((choice) => {
      this.#change(choice);
    });
    this.#player = new StepPlayer(() => {
      this.#drawMaps();
    });
    this.#maps = new KernelMaps(options.frameOf, options.mapTools);
    this.#curves = new KernelCurves(options);
    this.root = sectionElement(
      t("Kernels"),
      element("div", { class: "controls" }, this.#lists.root, this.#player.root, ...this.#looks()),
      this.#maps.root,
      this.#note,
      this.#curves.root,
    );
    this.root.hidden = true;
  }

  /** The picture shown last, if any. */
  get shown(): Frame | undefined {
    return this.#maps.shown;
  }

  /** "arriving": more is on its way at once, so that nothing is chosen for good yet. */
  show(stages: readonly Stage[], phase: "arriving" | "whole"): void {
    this.#stages = stages;
    this.#phase = phase;
    this.root.setAttribute("aria-busy", String(phase === "arriving"));
    const { stage = this.#default.stage, kernel = this.#default.kernel } = this.#state;
    const chosen = settle(stages, { stage, kernel });
    this.#chosen = chosen;
    this.root.hidden = chosen === undefined;
    if (chosen === undefined) return;
    // Later arrivals change nothing under the reader's eyes.
    if (phase === "whole") this.#default = { stage: chosen.stage.id, kernel: chosen.kernel };
    this.#lists.offer({ stages, ...chosen });
    this.#note.textContent = chosen.stage.note ?? "";
    this.#moveOn(chosen);
    this.#drawMaps();
    this.#curves.show(stages, chosen.kernel, this.#colors);
  }

  /** Another stage or kernel, from outside. */
  choose(stage: string, kernel: string | undefined): void {
    this.#change({ stage, ...(kernel !== undefined && { kernel }) });
    this.root.scrollIntoView();
  }

  recolor(colors: PageColors): void {
    this.#colors = colors;
    if (this.#chosen === undefined) return;
    this.#drawMaps();
    this.#curves.show(this.#stages, this.#chosen.kernel, colors);
  }

  dispose(): void {
    this.#player.dispose();
    this.#curves.dispose();
  }

  #looks(): HTMLElement[] {
    const { start, contrast } = this.#state;
    return [
      checkbox([t("its first step beside it")], start === "beside" ? "on" : "off", (state) => {
        this.#change({ start: state === "on" ? "beside" : "away" });
      }),
      slider(
        {
          label: t("contrast"),
          min: 0,
          max: 10,
          step: 1,
          value: contrast,
          describe: (position) => `× ${shortNumber(2 ** (position / 2))}`,
        },
        (position) => {
          this.#change({ contrast: position });
        },
      ),
    ];
  }

  #change(change: Partial<KernelsState>): void {
    this.#state = { ...this.#state, ...change };
    this.#options.onState?.(this.#state);
    this.show(this.#stages, this.#phase);
  }

  /** A reader at the newest step stays at the newest. */
  #moveOn({ stage, kernel }: { readonly stage: Stage; readonly kernel: string }): void {
    const steps = (stage.pictures.get(kernel) ?? []).map(({ step }) => step);
    this.#player.goTo(this.#player.isAtEnd ? (steps.at(-1) ?? NaN) : this.#player.step, steps);
  }

  #drawMaps(): void {
    if (this.#chosen === undefined) return;
    const { contrast, start } = this.#state;
    this.#maps.show({
      ...this.#chosen,
      stages: this.#stages,
      step: this.#player.step,
      stride: this.#player.stride,
      start,
      contrast: 2 ** (contrast / 2),
      colors: this.#colors,
    });
  }
}
