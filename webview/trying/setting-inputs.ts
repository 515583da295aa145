/** The strategy's own inputs, each with what it means, or with what is wrong with it. */
import { radioGroup } from "../controls";
import { element } from "../dom";
import { t } from "../l10n";
import {
  settingFields,
  type SettingName,
  type Settings,
  settingsOf,
  strategyNames,
  type StrategyKind,
} from "./settings";

export class SettingInputs {
  readonly root = element("div", {});
  #settings: Settings;
  readonly #onChange: (settings: Settings) => void;
  /** Those that are shown. */
  #inputs: readonly (readonly [SettingName, HTMLInputElement])[] = [];

  constructor(settings: Settings, onChange: (settings: Settings) => void) {
    this.#settings = settings;
    this.#onChange = onChange;
    this.show(settings);
  }

  show(settings: Settings): void {
    this.#settings = settings;
    const fields = element("div", { class: "settings" });
    const kinds = Object.keys(strategyNames) as StrategyKind[];
    const strategies = radioGroup(
      { name: "strategy", legend: t("Strategy"), chosen: settings.kind },
      kinds.map((value) => ({ value, label: strategyNames[value] })),
      (kind) => {
        this.#change({ kind });
        this.#showFields(fields);
      },
    );
    this.#showFields(fields);
    this.root.replaceChildren(strategies, fields);
  }

  /** The first of them that will not do has the focus then. */
  get areSound(): boolean {
    const wrong = this.#inputs.find(
      ([name, input]) => settingFields[name].fault(input.valueAsNumber) !== undefined,
    );
    wrong?.[1].focus();
    return wrong === undefined;
  }

  #showFields(fields: HTMLElement): void {
    const made = settingsOf[this.#settings.kind].map((name) => this.#field(name));
    this.#inputs = made.map(({ name, input }) => [name, input]);
    fields.replaceChildren(...made.map(({ root }) => root));
  }

  #field(name: SettingName) {
    const { label, hint, step, fault } = settingFields[name];
    const id = `setting-${name}`;
    const described = `${id}-hint`;
    const value = String(this.#settings[name]);
    const input = element("input", {
      ...{ id, type: "number", step, value, "aria-describedby": described },
    });
    const note = element("span", { class: "quiet", id: described }, hint);
    input.addEventListener("input", () => {
      const reason = fault(input.valueAsNumber);
      input.setAttribute("aria-invalid", String(reason !== undefined));
      note.textContent = reason ?? hint;
      if (reason === undefined) this.#change({ [name]: input.valueAsNumber });
    });
    const root = element("div", {}, element("label", { for: id }, label), input, note);
    return { name, input, root };
  }

  #change(change: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...change };
    this.#onChange(this.#settings);
  }
}
