/** The checkpoints that are asked, each of which can be left out again. */
import type { TriedCheckpoint } from "../../server/protocol/trying";
import { element } from "../dom";
import { t } from "../l10n";

export interface CheckpointListOptions {
  readonly onRemove: (directory: string) => void;
  readonly onAdd: () => void;
}

export class CheckpointList {
  readonly root: HTMLElement;
  readonly #list = element("ul", { "aria-label": t("Checkpoints") });
  readonly #add = element("button", { type: "button" }, t("Add another checkpoint…"));
  readonly #options: CheckpointListOptions;

  constructor(options: CheckpointListOptions) {
    this.#options = options;
    this.#add.addEventListener("click", options.onAdd);
    this.root = element("div", { class: "checkpoints" }, this.#list, this.#add);
  }

  show(checkpoints: readonly TriedCheckpoint[]): void {
    const removed = this.#list.contains(document.activeElement);
    this.#list.replaceChildren(...checkpoints.map((checkpoint) => this.#item(checkpoint)));
    this.#list.hidden = checkpoints.length === 0;
    this.#add.replaceChildren(
      checkpoints.length === 0 ? t("Choose a checkpoint…") : t("Add another checkpoint…"),
    );
    if (removed) this.#add.focus();
  }

  focus(): void {
    this.#add.focus();
  }

  #item({ directory, name, place }: TriedCheckpoint): HTMLElement {
    const remove = element(
      "button",
      { type: "button", class: "plain", "aria-label": t("Leave {0} out", name) },
      "×",
    );
    remove.addEventListener("click", () => {
      this.#options.onRemove(directory);
    });
    return element("li", { title: directory }, name, " ", placeText(place), remove);
  }
}

export function placeText(place: string): HTMLElement {
  return element("span", { class: "quiet place" }, place);
}
