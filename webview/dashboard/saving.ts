/** What each chart and heat map of the dashboard gives to be saved. */
import { axes } from "../charts/axis";
import { curveKinds, type CurveName } from "../charts/curves";
import type { CurvesSection } from "../charts/curves-section";
import { t } from "../l10n";
import type { DrawnMap } from "../heatmap/heatmap-view";
import type { KernelChart } from "../kernels/kernel-curves";
import type { PageColors } from "../theme";
import type { SavedChart } from "./chart-tools";
import { chartPicture, curveCsv, kernelCsv } from "./export";
import { mapCsv, mapPicture } from "./export-map";

/** Asked when something is saved, as all of it changes. */
export interface SavingSource {
  readonly colors: () => PageColors;
  /** Figures are saved exactly: once every record is here. */
  readonly whole: () => Promise<void>;
}

export function savedCurve(
  name: CurveName,
  curves: () => CurvesSection,
  { colors, whole }: SavingSource,
): SavedChart {
  const kind = curveKinds[name];
  const { title } = kind;
  return {
    title,
    picture: async () => {
      const canvas = curves().panel(name)?.canvas;
      const legend = curves()
        .placed()
        .map(({ stage, style }) => ({ label: stage.label, style }));
      return canvas && chartPicture(canvas, { title, legend, colors: colors() });
    },
    figures: async () => {
      await whole();
      return curveCsv(kind, axes[curves().state.axis].column, curves().placed());
    },
  };
}

export function savedStatistics(
  { title, panel, histories, kernel }: KernelChart,
  { colors, whole }: SavingSource,
): SavedChart {
  return {
    title,
    picture: () =>
      chartPicture(panel().canvas, {
        title: `${title}: ${kernel()}`,
        legend: histories(),
        colors: colors(),
      }),
    figures: async () => {
      await whole();
      return kernelCsv(kernel(), histories());
    },
  };
}

/** The picture that is shown at the time, whichever step it is. */
export function savedMap(map: () => DrawnMap | undefined): SavedChart {
  return {
    title: t("the heat map"),
    name: () => {
      const { title, frame } = map() ?? {};
      return `${title ?? ""} ${frame?.kernel ?? ""}`.trim();
    },
    picture: async () => {
      const drawn = map();
      return drawn && mapPicture(drawn);
    },
    figures: () => {
      const drawn = map();
      return Promise.resolve(drawn && mapCsv(drawn.frame));
    },
  };
}
