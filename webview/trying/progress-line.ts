/** Who is answering, and how far it is; seen only meanwhile. */
import { wholeNumber } from "../charts/format";
import { element, plain } from "../dom";
import { t } from "../l10n";
import { turnOf } from "./trials";

export class ProgressLine {
  readonly root: HTMLElement;
  /** Of the checkpoints that are asked; [] where the page has been opened anew since. */
  names: readonly string[] = [];
  readonly #bar = element("progress", { "aria-label": t("Answering") });
  readonly #text = element("span", { class: "quiet" });

  constructor() {
    this.root = element("div", { class: "answering", hidden: "" }, this.#bar, this.#text);
  }

  set standing(standing: "idle" | "answering") {
    if (standing === "answering" && !this.root.hidden) return;
    this.root.hidden = standing === "idle";
    this.#bar.removeAttribute("value");
    this.#text.textContent = t("Loading …");
  }

  show({ done, of }: { readonly done: number; readonly of: number }): void {
    this.root.hidden = false;
    this.#bar.max = of;
    this.#bar.value = done;
    const { index, tokens, most } = turnOf(done, of, Math.max(1, this.names.length));
    this.#text.textContent =
      tokens === 0
        ? t("Loading …")
        : t(
            "{0}: {1} of at most {2} tokens",
            ...[plain(this.names[index] ?? t("Answering")), wholeNumber(tokens), wholeNumber(most)],
          );
  }
}
