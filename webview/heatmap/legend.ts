/** The colour scale with its ends and its zero. */
import { shortNumber } from "../charts/format";
import type { Theme } from "../charts/palette";
import { element } from "../dom";
import { t } from "../l10n";
import { cssColor, divergingScale } from "./colors";

export function scaleLegend(limit: number, theme: Theme): HTMLElement {
  const scale = divergingScale(theme);
  const stops = Array.from({ length: 17 }, (_, i) => cssColor(scale[Math.round((i / 16) * 510)]!));
  const bar = element("div", { class: "scale-bar", "aria-hidden": "true" });
  bar.style.backgroundImage = `linear-gradient(to right, ${stops.join(", ")})`;
  return element(
    "div",
    {
      class: "scale-legend",
      role: "img",
      "aria-label": t("Colours from {0} to {1}", -limit, limit),
    },
    element("span", {}, shortNumber(-limit)),
    bar,
    element("span", {}, shortNumber(limit)),
  );
}
