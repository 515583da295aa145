/**
 * One style a stage, everywhere: a colour, a mark and a dash, so that nothing depends on colour alone.
 *
 * The eight colours of each theme were fitted to stay apart (at least 0.075 in OKLab) for normal sight and for
 * protanopia, deuteranopia and tritanopia (Machado et al. 2009, severity 1), and to have a contrast of at
 * least 3:1 with the background (WCAG 2.2, 1.4.11); palette.test.ts holds both.
 */

export type Theme = "light" | "dark";

export type Mark =
  "circle" | "triangle" | "rect" | "rectRot" | "crossRot" | "star" | "cross" | "rectRounded";

export interface StageStyle {
  readonly color: string;
  readonly mark: Mark;
  /** Lengths of dashes and gaps, in pixels; [] is solid. */
  readonly dash: readonly number[];
}

export const stageColors: Readonly<Record<Theme, readonly string[]>> = {
  light: ["#115eb9", "#f1404e", "#098e64", "#aa2c81", "#1f2a44", "#0097cc", "#887900", "#8659e7"],
  dark: ["#63acfb", "#c9a548", "#6be5a3", "#ff73bc", "#e8ecf4", "#2e75a7", "#d8cf35", "#9272ff"],
};

const marks: readonly Mark[] = [
  "circle",
  "triangle",
  "rect",
  "rectRot",
  "crossRot",
  "star",
  "cross",
  "rectRounded",
];

const dashes: readonly (readonly number[])[] = [[], [7, 3], [2, 2], [9, 3, 2, 3], [4, 4]];

/** The style of the stage at `index` in order of appearance. Colour and mark pair anew after every eight. */
export function stageStyle(index: number, theme: Theme): StageStyle {
  const colors = stageColors[theme];
  const round = Math.floor(index / colors.length);
  return {
    color: colors[index % colors.length]!,
    mark: marks[(index + 3 * round) % marks.length]!,
    dash: dashes[(index + round) % dashes.length]!,
  };
}
