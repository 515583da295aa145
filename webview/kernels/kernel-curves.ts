/** Norms of a kernel's blocks, and how alike its parts are, over the steps of every stage that has them. */
import {
  blockFrame,
  blockRows,
  kernelHistories,
  symmetryFrame,
  type KernelHistory,
} from "../charts/block-curves";
import { ChartPanel } from "../charts/chart-panel";
import type { ChartFrame } from "../charts/chart-frame";
import type { ChartExtras } from "../charts/line-chart";
import { dataTable, element } from "../dom";
import { t } from "../l10n";
import type { PageColors } from "../theme";
import type { KernelStage } from "./kernel-stage";

export interface KernelCurvesOptions {
  readonly extras?: ChartExtras;
  /** Beside a chart's title. */
  readonly tools?: (chart: KernelChart) => HTMLElement;
}

/** What a tool needs of a chart. */
export interface KernelChart {
  readonly title: string;
  readonly panel: () => ChartPanel;
  readonly histories: () => readonly KernelHistory[];
  readonly kernel: () => string;
}

const titles = {
  norms: t("Norms of diagonal (bold) and off-diagonal blocks"),
  symmetry: t("Symmetry index: 0 is perfectly symmetric"),
} as const;

/** Whoever creates it disposes it. */
export class KernelCurves {
  readonly root: HTMLElement;
  readonly #options: KernelCurvesOptions;
  readonly #norms: ChartPanel;
  readonly #symmetry: ChartPanel;
  #histories: readonly KernelHistory[] = [];
  #kernel = "";
  #colors: PageColors | undefined;
  #range: readonly [number, number] | undefined;

  constructor(options: KernelCurvesOptions) {
    this.#options = options;
    this.#norms = this.#panel(titles.norms);
    this.#symmetry = this.#panel(titles.symmetry);
    this.root = element("div", { class: "charts" }, this.#norms.root, this.#symmetry.root);
  }

  show(stages: readonly KernelStage[], kernel: string, colors: PageColors): void {
    if (kernel !== this.#kernel) this.#range = undefined;
    this.#histories = kernelHistories(stages, kernel, colors.theme);
    this.#kernel = kernel;
    this.#colors = colors;
    this.#draw(colors);
  }

  dispose(): void {
    this.#norms.dispose();
    this.#symmetry.dispose();
  }

  #draw(colors: PageColors): void {
    this.#norms.show(this.#zoomed(blockFrame(this.#histories, colors)));
    this.#symmetry.show(this.#zoomed(symmetryFrame(this.#histories, colors)));
  }

  /** Both show the same stretch. */
  #zoomed(frame: ChartFrame): ChartFrame {
    const [min, max] = this.#range ?? [];
    return { ...frame, x: { ...frame.x, min, max } };
  }

  #panel(title: string): ChartPanel {
    const { extras, tools } = this.#options;
    const panel: ChartPanel = new ChartPanel({
      title,
      makeTable: () => dataTable(title, ...blockRows(this.#histories)),
      onZoom: (range) => {
        this.#range = range;
        if (this.#colors !== undefined) this.#draw(this.#colors);
      },
      ...(extras && { extras }),
      ...(tools && {
        tools: tools({
          title,
          panel: () => panel,
          histories: () => this.#histories,
          kernel: () => this.#kernel,
        }),
      }),
    });
    return panel;
  }
}
