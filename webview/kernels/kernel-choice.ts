/** The lists of stages and kernels to choose from. */
import { dropDown } from "../controls";
import { element } from "../dom";
import { t } from "../l10n";
import type { KernelStage } from "./kernel-stage";

export interface OfferedChoice {
  readonly stages: readonly KernelStage[];
  readonly stage: KernelStage;
  readonly kernel: string;
}

export class KernelChoiceLists {
  readonly root = element("div", { class: "controls" });
  readonly #onChoose: (choice: { readonly stage?: string; readonly kernel?: string }) => void;
  #offered = "";

  /** Of one of the two. */
  constructor(onChoose: (choice: { readonly stage?: string; readonly kernel?: string }) => void) {
    this.#onChoose = onChoose;
  }

  /** New lists only where they differ: an open one would close under the reader. */
  offer({ stages, stage, kernel }: OfferedChoice): void {
    const candidates = stages.filter(({ pictures }) => pictures.size > 0);
    const kernels = [...stage.pictures.keys()];
    const shown = candidates.map(({ id, label }) => [id, label]);
    const offered = JSON.stringify([shown, kernels, stage.id, kernel]);
    if (offered === this.#offered) return;
    this.#offered = offered;
    const focused = [...this.root.querySelectorAll("select")].findIndex(
      (select) => select === document.activeElement,
    );
    this.root.replaceChildren(
      dropDown(
        { label: t("stage"), chosen: stage.id },
        candidates.map(({ id, label }) => ({ value: id, label })),
        (id) => {
          this.#onChoose({ stage: id });
        },
      ),
      dropDown(
        { label: t("kernel"), chosen: kernel },
        kernels.map((name) => ({ value: name, label: name })),
        (name) => {
          this.#onChoose({ kernel: name });
        },
      ),
    );
    if (focused >= 0) this.root.querySelectorAll("select")[focused]?.focus();
  }
}
