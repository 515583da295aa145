import { element, type Child } from "./dom";
import type { PageColors } from "./theme";

/** A part of the page. Whoever creates it disposes it. */
export interface Section {
  readonly root: HTMLElement;
  /** Draws anew in other colours. */
  recolor(colors: PageColors): void;
  dispose(): void;
}

export function sectionElement(title: string, ...children: readonly Child[]): HTMLElement {
  const id = title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, "-");
  return element("section", { "aria-labelledby": id }, element("h2", { id }, title), ...children);
}

/** One that is redrawn whole: few elements, nothing to dispose. */
export function staticSection(
  title: string,
  contents: (colors: PageColors) => readonly Child[],
  colors: PageColors,
): Section {
  const body = element("div", {}, ...contents(colors));
  return {
    root: sectionElement(title, body),
    recolor: (next) => {
      body.replaceChildren(...contents(next).filter((child) => child !== undefined));
    },
    dispose: () => undefined,
  };
}
