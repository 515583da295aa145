/** A recipe in the panel: start it, and edit what is edited most; every edit is one of the recipe's text. */
import type { FromPanel, PanelRecipe, PanelStage, RecipeField } from "../../server/protocol/panel";
import { dropDown } from "../controls";
import { element } from "../dom";
import { t } from "../l10n";

interface FieldKind {
  readonly label: string;
  readonly min: string;
  readonly step: string;
  /** Why a value will not do; undefined: it will. */
  readonly fault: (value: number) => string | undefined;
}

const whole = (value: number, least: number): string | undefined =>
  Number.isSafeInteger(value) && value >= least
    ? undefined
    : t("must be a whole number of at least {0}", least);

const fields: Readonly<Record<RecipeField, FieldKind>> = {
  learning_rate: {
    label: t("learning rate"),
    min: "0",
    step: "any",
    fault: (value) => (value > 0 && Number.isFinite(value) ? undefined : t("must be more than 0")),
  },
  steps: { label: t("steps"), min: "1", step: "1", fault: (value) => whole(value, 1) },
  batch: { label: t("batch"), min: "1", step: "1", fault: (value) => whole(value, 1) },
  seed: { label: t("seed"), min: "0", step: "1", fault: (value) => whole(value, 0) },
};

const sources = {
  stage: t("of this stage"),
  defaults: t("from the recipe's defaults"),
  program: t("chosen by the program"),
} as const;

export class RecipeCard {
  readonly root: HTMLElement;
  readonly #post: (message: FromPanel) => void;
  #stage: string | undefined;
  #drawn = "";

  constructor(post: (message: FromPanel) => void) {
    this.#post = post;
    this.root = element("section", { class: "run" });
  }

  show(recipe: PanelRecipe, trusted: boolean): void {
    const drawn = JSON.stringify([recipe, trusted, this.#stage]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const focused = document.activeElement?.getAttribute("data-focus");
    const stage = recipe.stages.find(({ name }) => name === this.#stage) ?? recipe.stages[0];
    this.root.setAttribute("aria-label", t("Recipe {0}", recipe.name));
    this.root.replaceChildren(
      element("div", { class: "head" }, heading(recipe)),
      ...this.#actions(recipe, trusted),
      ...(stage === undefined ? [] : [this.#fields(recipe, stage, trusted)]),
    );
    if (focused) this.root.querySelector<HTMLElement>(`[data-focus="${focused}"]`)?.focus();
  }

  #actions(recipe: PanelRecipe, trusted: boolean): HTMLElement[] {
    const start = element("button", { type: "button", class: "primary" }, t("Start"));
    start.disabled = !trusted || recipe.errors > 0;
    start.addEventListener("click", () => {
      this.#post({ kind: "start", recipe: recipe.file });
    });
    const open = element("button", { type: "button" }, t("Open recipe"));
    open.addEventListener("click", () => {
      this.#post({ kind: "open-recipe", recipe: recipe.file });
    });
    const problem = problemOf(recipe, trusted);
    return [
      element("div", { class: "actions" }, start, open),
      ...(problem === undefined ? [] : [element("p", { class: "notice" }, problem)]),
    ];
  }

  #fields(recipe: PanelRecipe, stage: PanelStage, trusted: boolean): HTMLElement {
    const choice = dropDown(
      { label: t("stage"), chosen: stage.name },
      recipe.stages.map(({ name }) => ({ value: name, label: name })),
      (name) => {
        this.#stage = name;
        this.show(recipe, trusted);
      },
    );
    choice.querySelector("select")?.setAttribute("data-focus", "stage");
    const names = Object.keys(fields) as RecipeField[];
    return element(
      "div",
      {},
      choice,
      element(
        "div",
        { class: "fields" },
        ...names.flatMap((name) => this.#field(recipe, stage, name)),
      ),
    );
  }

  #field(recipe: PanelRecipe, stage: PanelStage, field: RecipeField): HTMLElement[] {
    const { label, min, step, fault } = fields[field];
    const { value, source } = stage.fields[field];
    const id = `field-${field}-${recipe.file}`;
    const described = `${id}-source`;
    const input = element("input", {
      id,
      type: "number",
      min,
      step,
      value: value === undefined ? "" : String(value),
      "aria-describedby": described,
      "data-focus": field,
    });
    const note = element("div", { class: "source", id: described }, sources[source]);
    input.addEventListener("change", () => {
      const reason = fault(input.valueAsNumber);
      input.setAttribute("aria-invalid", String(reason !== undefined));
      note.textContent = reason ?? sources[source];
      if (reason !== undefined || input.valueAsNumber === value) return;
      this.#post({
        kind: "edit",
        recipe: recipe.file,
        stage: stage.name,
        field,
        value: input.valueAsNumber,
      });
    });
    return [element("label", { for: id }, label), input, note];
  }
}

function heading({ name, file }: PanelRecipe): HTMLElement {
  return element("h2", { title: file }, name);
}

function problemOf({ errors, name }: PanelRecipe, trusted: boolean): string | undefined {
  if (errors > 0)
    return errors === 1
      ? t("{0} has an error: open it to see where.", name)
      : t("{0} has {1} errors: open it to see where.", name, errors);
  return trusted ? undefined : t("Trust this workspace to train here.");
}
