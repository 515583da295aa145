/** Form controls with their labels. */
import { element, type Child } from "./dom";

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
}

/** Radio buttons in a row. `name` is unique in the page. */
export function radioGroup<Value extends string>(
  {
    name,
    legend,
    chosen,
  }: { readonly name: string; readonly legend: string; readonly chosen?: Value },
  choices: readonly Choice<Value>[],
  onChoose: (value: Value) => void,
): HTMLElement {
  const options = choices.map(({ value, label }, index) => {
    const input = element("input", { type: "radio", name, value });
    input.checked = chosen === undefined ? index === 0 : value === chosen;
    input.addEventListener("change", () => {
      onChoose(value);
    });
    return element("label", {}, input, label);
  });
  return element("fieldset", { class: "radios" }, element("legend", {}, legend), ...options);
}

export function checkbox(
  label: readonly Child[],
  initial: "on" | "off",
  onChange: (state: "on" | "off") => void,
): HTMLElement {
  const input = element("input", { type: "checkbox" });
  input.checked = initial === "on";
  input.addEventListener("change", () => {
    onChange(input.checked ? "on" : "off");
  });
  return element("label", { class: "check" }, input, ...label);
}

export interface SliderOptions {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  /** What the position means. */
  readonly describe: (value: number) => string;
}

export function slider(options: SliderOptions, onInput: (value: number) => void): HTMLElement {
  const { label, min, max, step, value, describe } = options;
  const input = element("input", {
    type: "range",
    min: String(min),
    max: String(max),
    step: String(step),
    value: String(value),
  });
  const output = element("output", {});
  const tell = (): void => {
    output.textContent = describe(input.valueAsNumber);
    input.setAttribute("aria-valuetext", describe(input.valueAsNumber));
  };
  input.addEventListener("input", () => {
    tell();
    onInput(input.valueAsNumber);
  });
  tell();
  return element("label", { class: "slider" }, `${label} `, input, output);
}

export function dropDown(
  { label, chosen }: { readonly label: string; readonly chosen?: string | undefined },
  choices: readonly Choice<string>[],
  onChoose: (value: string) => void,
): HTMLElement {
  const options = choices.map(({ value, label: text }) => element("option", { value }, text));
  const select = element("select", { "aria-label": label }, ...options);
  if (chosen !== undefined) select.value = chosen;
  select.addEventListener("change", () => {
    onChoose(select.value);
  });
  return element("label", { class: "drop-down" }, `${label} `, select);
}
