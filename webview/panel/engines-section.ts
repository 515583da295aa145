/** Engines and devices of this machine, looked at when the section is opened first, or again on request. */
import type { ReportedEngine } from "../../server/protocol/engines";
import type { EnginesFound, FromPanel } from "../../server/protocol/panel";
import { shortNumber } from "../charts/format";
import { deviceName } from "../device-name";
import { element } from "../dom";
import { t } from "../l10n";

export class EnginesSection {
  readonly root: HTMLDetailsElement;
  readonly #post: (message: FromPanel) => void;
  readonly #content = element("div", { role: "status" });
  #hasAsked = false;

  constructor(post: (message: FromPanel) => void) {
    this.#post = post;
    this.root = element(
      "details",
      { class: "engines" },
      element("summary", {}, t("Engines and devices")),
      this.#content,
    );
    this.root.addEventListener("toggle", () => {
      if (this.root.open && !this.#hasAsked) this.#ask();
    });
  }

  show(found: EnginesFound): void {
    const again = element("button", { type: "button" }, t("Look again"));
    again.addEventListener("click", () => {
      this.#ask();
    });
    this.#content.replaceChildren(...linesOf(found), element("div", { class: "actions" }, again));
  }

  #ask(): void {
    this.#hasAsked = true;
    this.#content.replaceChildren(
      element("p", { class: "quiet" }, t("Looking at the engines; each takes a few steps…")),
    );
    this.#post({ kind: "examine-engines" });
  }
}

function linesOf(found: EnginesFound): HTMLElement[] {
  if ("failed" in found) return [element("p", {}, found.failed)];
  const { engines, cores, memory_bytes } = found.answer;
  const machine = t("{0} cores, {1} of memory", cores, gibibytes(memory_bytes));
  const usableFirst = [...engines].sort((a, b) => Number(b.usable) - Number(a.usable));
  return [
    element("p", { class: "quiet" }, machine),
    element("ul", {}, ...usableFirst.map(engineItem)),
  ];
}

function engineItem(engine: ReportedEngine): HTMLElement {
  const name = t("{0} on {1}", engine.engine, deviceName(engine.device));
  const state = engine.usable ? t("usable") : t("not usable");
  return element(
    "li",
    {},
    element("div", {}, t("{0}: {1}", name, state)),
    element("div", { class: "quiet" }, engine.usable ? figuresOf(engine) : engine.reason),
  );
}

/** "36.2 steps/s, 41 GFLOP/s, 24.0 GiB, onnxruntime 1.30.0, float32, float16". */
function figuresOf(engine: ReportedEngine): string {
  const { steps_per_second, flops_per_second, memory_bytes, version, precisions } = engine;
  const parts = [
    steps_per_second && t("{0} steps/s", shortNumber(steps_per_second)),
    flops_per_second && t("{0} GFLOP/s", shortNumber(flops_per_second / 1e9)),
    memory_bytes && gibibytes(memory_bytes),
    engine.device_name,
    version,
    precisions?.join(", "),
    engine.caution,
  ];
  return parts.filter((part) => part !== undefined && part !== 0).join(", ");
}

function gibibytes(bytes: number): string {
  return t("{0} GiB", (bytes / 2 ** 30).toFixed(1));
}
