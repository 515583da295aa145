/** A slider over recorded steps, with a button that plays them. */
import { wholeNumber } from "../charts/format";
import { element } from "../dom";
import { t } from "../l10n";
import { prefersReducedMotion } from "../theme";

/** Between two frames while playing. */
const framePeriodMs = 250;
/** Of the whole range, however many steps are recorded: more would keep nobody watching. */
const longestPlayMs = 30_000;

/** Steps from one frame to the next, so that `count` recorded ones play within the time that playing may take. */
export function playStride(count: number, periodMs: number): number {
  return Math.max(1, Math.ceil((count - 1) / Math.floor(longestPlayMs / periodMs)));
}

/** Whoever creates it disposes it. */
export class StepPlayer {
  readonly root: HTMLElement;
  readonly #slider = element("input", {
    type: "range",
    min: "0",
    step: "1",
    "aria-label": t("step"),
  });
  readonly #play = element("button", { type: "button" }, t("Play"));
  readonly #label = element("output", { class: "step-label" });
  readonly #skipping = element("span", { class: "quiet", hidden: "" });
  readonly #onStep: (step: number) => void;
  #steps: readonly number[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(onStep: (step: number) => void) {
    this.#onStep = onStep;
    this.root = element(
      "div",
      { class: "player" },
      this.#play,
      this.#slider,
      this.#label,
      this.#skipping,
    );
    this.#slider.addEventListener("input", () => {
      this.#stop();
      this.#announce();
    });
    this.#play.addEventListener("click", () => {
      if (this.#timer === undefined) this.#start();
      else this.#stop();
    });
  }

  /** The step shown; NaN where there is none. */
  get step(): number {
    return this.#steps[this.#slider.valueAsNumber] ?? NaN;
  }

  /** What comes next: this many further while it plays. */
  get stride(): number {
    return this.#timer === undefined ? 1 : playStride(this.#steps.length, framePeriod());
  }

  /** At the newest step, and not playing. */
  get isAtEnd(): boolean {
    return this.#timer === undefined && this.#slider.valueAsNumber >= this.#steps.length - 1;
  }

  /** Other steps: stays at the same one if it is among them, else goes to the last. */
  setSteps(steps: readonly number[]): void {
    this.goTo(this.step, steps);
  }

  /** Other steps, and the one to stand at; the last where it is not among them. */
  goTo(step: number, steps: readonly number[] = this.#steps): void {
    this.#steps = steps;
    this.#slider.max = String(Math.max(0, steps.length - 1));
    const index = steps.indexOf(step);
    this.#slider.value = String(index < 0 ? steps.length - 1 : index);
    this.#play.disabled = steps.length < 2;
    this.#slider.disabled = steps.length < 2;
    this.#describe();
  }

  dispose(): void {
    this.#stop();
  }

  #start(): void {
    if (this.#slider.valueAsNumber >= this.#steps.length - 1) this.#slider.value = "0";
    this.#play.textContent = t("Pause");
    this.#timer = setInterval(() => {
      this.#slider.stepUp(this.stride);
      this.#announce();
      if (this.#slider.valueAsNumber >= this.#steps.length - 1) this.#stop();
    }, framePeriod());
    this.#announce();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#play.textContent = t("Play");
    this.#describe();
  }

  #announce(): void {
    this.#describe();
    this.#onStep(this.step);
  }

  #describe(): void {
    const text = Number.isNaN(this.step) ? t("no step") : t("step {0}", wholeNumber(this.step));
    this.#label.textContent = text;
    this.#slider.setAttribute("aria-valuetext", text);
    const { stride } = this;
    this.#skipping.hidden = stride === 1;
    this.#skipping.textContent = t(
      "plays one in {0} of {1} recorded steps",
      stride,
      wholeNumber(this.#steps.length),
    );
  }
}

function framePeriod(): number {
  return prefersReducedMotion() ? 4 * framePeriodMs : framePeriodMs;
}
