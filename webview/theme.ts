/** The theme as the page's own colours have it, for canvases, which CSS does not reach. */
import type { Theme } from "./charts/palette";

export interface PageColors {
  readonly theme: Theme;
  readonly background: string;
  readonly text: string;
  readonly quiet: string;
  readonly grid: string;
}

/** Reads --background, --text, --quiet and --grid of the page; forced colours come through as they are. */
export function pageColors(): PageColors {
  const background = resolved("--background");
  return {
    theme: luminance(background) < 0.4 ? "dark" : "light",
    background,
    text: resolved("--text"),
    quiet: resolved("--quiet"),
    grid: resolved("--grid"),
  };
}

/** Calls back whenever the reader's theme, contrast or motion preference changes. Returns the way to stop. */
export function onThemeChange(callback: () => void): () => void {
  const queries = ["(prefers-color-scheme: dark)", "(forced-colors: active)", "print"].map(
    (query) => window.matchMedia(query),
  );
  for (const query of queries) query.addEventListener("change", callback);
  // VS Code says its theme by classes of the body and properties of the root.
  const observer = new MutationObserver(callback);
  observer.observe(document.documentElement, { attributeFilter: ["style", "class"] });
  observer.observe(document.body, { attributeFilter: ["class"] });
  return () => {
    for (const query of queries) query.removeEventListener("change", callback);
    observer.disconnect();
  };
}

export function prefersReducedMotion(): boolean {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** A custom property as "rgb(r, g, b)": system colours and names are resolved by the browser. */
function resolved(property: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${property})`;
  probe.hidden = true;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** 0 (black) to 1 (white), roughly; the background only has to be told light from dark. */
function luminance(color: string): number {
  const [red = 255, green = 255, blue = 255] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
}
