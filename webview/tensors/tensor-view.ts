/** One tensor: its statistics, the spread of its values, its heat map; all of it as tables too. */
import type { TensorEntry, TensorStatistics, ToTensors } from "../../server/protocol/tensors";
import { shortNumber, wholeNumber } from "../charts/format";
import { exactNumber } from "../charts/format";
import { slider } from "../controls";
import { dataTable, element, svgElement, tableDisclosure } from "../dom";
import { heatMapTable } from "../heatmap/heat-map-table";
import type { Frame } from "../heatmap/frame";
import { HeatMapView } from "../heatmap/heatmap-view";
import { scaleLegend } from "../heatmap/legend";
import { t } from "../l10n";
import type { PageColors } from "../theme";

type TensorMessage = Extract<ToTensors, { readonly kind: "tensor" }>;

export class TensorView {
  readonly root = element("section", { "aria-live": "polite" });
  readonly #map = new HeatMapView();
  readonly #legend = element("div", {});
  #frame: Frame | undefined;
  #limit = 0;
  #contrast = 0;
  #colors: PageColors;

  constructor(colors: PageColors) {
    this.#colors = colors;
    this.root.append(element("p", { class: "quiet" }, t("Choose a tensor to see its values.")));
  }

  wait(tensor: TensorEntry): void {
    this.root.replaceChildren(heading(tensor), element("p", { class: "quiet" }, t("Reading …")));
  }

  fail(tensor: TensorEntry, message: string): void {
    this.root.replaceChildren(
      heading(tensor),
      element("p", { class: "notice error", role: "alert" }, message),
    );
  }

  show(tensor: TensorEntry, { statistics, picture }: TensorMessage): void {
    this.#frame = picture && {
      ...picture,
      step: 0,
      kernel: tensor.name,
      values: new Float32Array(picture.values),
    };
    this.#limit = Math.max(Math.abs(statistics.min), Math.abs(statistics.max));
    this.root.replaceChildren(
      heading(tensor),
      statisticsTable(statistics),
      ...(statistics.histogram.length === 0 ? [] : histogram(statistics)),
      ...this.#pictureParts(),
    );
    this.#paint();
  }

  recolor(colors: PageColors): void {
    this.#colors = colors;
    this.#paint();
  }

  #pictureParts(): HTMLElement[] {
    if (this.#frame === undefined) return [];
    const contrast = slider(
      {
        label: t("contrast"),
        min: 0,
        max: 10,
        step: 1,
        value: this.#contrast,
        describe: (position) => `× ${shortNumber(2 ** (position / 2))}`,
      },
      (position) => {
        this.#contrast = position;
        this.#paint();
      },
    );
    return [
      element("div", { class: "controls" }, contrast, this.#legend),
      this.#map.root,
      tableDisclosure(t("Heat map as a table"), () => heatMapTable(this.#frame)),
    ];
  }

  #paint(): void {
    const frame = this.#frame;
    if (frame === undefined) return;
    const limit = this.#limit / 2 ** (this.#contrast / 2);
    this.#map.show({ title: t("Heat map"), frame, limit, colors: this.#colors });
    this.#legend.replaceChildren(scaleLegend(limit, this.#colors.theme));
  }
}

function heading({ name, dtype, shape }: TensorEntry): HTMLElement {
  const size = shape.length === 0 ? t("scalar") : shape.join(" × ");
  return element(
    "div",
    {},
    element("h2", {}, name),
    element("p", { class: "quiet" }, `${dtype}, ${size}`),
  );
}

function statisticsTable(statistics: TensorStatistics): HTMLElement {
  const { count, min, max, mean, std, norm, zeros, notFinite } = statistics;
  const facts: readonly (readonly [string, string])[] = [
    [t("values"), wholeNumber(count)],
    [t("mean"), exactNumber(mean)],
    [t("standard deviation"), exactNumber(std)],
    [t("smallest"), exactNumber(min)],
    [t("largest"), exactNumber(max)],
    [t("Frobenius norm"), exactNumber(norm)],
    [t("zeros"), wholeNumber(zeros)],
    [t("not finite"), wholeNumber(notFinite)],
  ];
  return element(
    "dl",
    { class: "facts" },
    ...facts.map(([term, text]) =>
      element("div", {}, element("dt", {}, term), element("dd", {}, text)),
    ),
  );
}

function histogram({ histogram: bins, min, max }: TensorStatistics): HTMLElement[] {
  const most = Math.max(1, ...bins);
  const bars = bins.map((count, index) => {
    const height = (100 * count) / most;
    return svgElement("rect", { x: index + 0.05, y: 100 - height, width: 0.9, height });
  });
  const edge = (index: number): string => shortNumber(min + (index * (max - min)) / bins.length);
  const picture = element(
    "figure",
    {},
    element("figcaption", {}, t("Spread of its values")),
    svgElement(
      "svg",
      {
        class: "histogram",
        viewBox: `0 0 ${bins.length} 100`,
        preserveAspectRatio: "none",
        "aria-hidden": "true",
      },
      ...bars,
    ),
    element("div", { class: "quiet" }, t("from {0} to {1}", shortNumber(min), shortNumber(max))),
    tableDisclosure(t("As a table"), () =>
      dataTable(
        t("Spread of the values"),
        [
          { title: t("from"), kind: "number" },
          { title: t("to"), kind: "number" },
          { title: t("values"), kind: "number" },
        ],
        bins.map((count, index) => [edge(index), edge(index + 1), wholeNumber(count)]),
      ),
    ),
  );
  return [picture];
}
