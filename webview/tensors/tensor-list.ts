/** The tensors of a file as a table to choose from: by pointer, by keyboard, by name. */
import type { TensorEntry } from "../../server/protocol/tensors";
import { wholeNumber } from "../charts/format";
import { element, type Child } from "../dom";
import { t } from "../l10n";
import { byteSize } from "./byte-size";

/** Rows made at once; the rest are found by name. */
const mostRows = 2000;

export class TensorList {
  readonly root: HTMLElement;
  readonly #tensors: readonly TensorEntry[];
  readonly #onChoose: (tensor: TensorEntry) => void;
  readonly #body = element("tbody", {});
  readonly #search = element("input", {
    type: "search",
    placeholder: t("Filter tensors"),
    "aria-label": t("Filter tensors"),
  });
  readonly #found = element("span", { class: "quiet", role: "status" });
  #chosen: string | undefined;

  constructor(tensors: readonly TensorEntry[], onChoose: (tensor: TensorEntry) => void) {
    this.#tensors = tensors;
    this.#onChoose = onChoose;
    this.#search.addEventListener("input", () => {
      this.#draw();
    });
    this.#body.addEventListener("click", ({ target }) => {
      const row = target instanceof Element ? target.closest("tr") : null;
      if (row !== null) this.#choose(row);
    });
    this.#body.addEventListener("keydown", (event) => {
      if (this.#keyPressed(event.key)) event.preventDefault();
    });
    const heads = [t("tensor"), t("type"), t("shape"), t("size")].map((title, index) =>
      element("th", { scope: "col", class: index === 3 ? "number" : "text" }, title),
    );
    this.root = element(
      "div",
      {},
      element("div", { class: "search" }, this.#search, this.#found),
      element(
        "div",
        { class: "list" },
        element(
          "table",
          { role: "grid", "aria-label": t("Tensors") },
          element("thead", {}, element("tr", {}, ...heads)),
          this.#body,
        ),
      ),
    );
    this.#draw();
  }

  /** As if the reader had chosen it; nothing where there is none of that name. */
  choose(name: string): void {
    if (!this.#tensors.some((tensor) => tensor.name === name)) return;
    if (this.#rowOf(name) === undefined) {
      // Not among those found, or beyond those shown.
      this.#search.value = name;
      this.#draw();
    }
    const row = this.#rowOf(name);
    if (row === undefined) return;
    this.#choose(row);
    row.scrollIntoView({ block: "nearest" });
  }

  #rowOf(name: string): HTMLTableRowElement | undefined {
    return [...this.#body.rows].find((each) => each.dataset.name === name);
  }

  #draw(): void {
    const words = this.#search.value.toLowerCase().split(/\s+/);
    const found = this.#tensors.filter(({ name }) =>
      words.every((word) => name.toLowerCase().includes(word)),
    );
    const shown = found.slice(0, mostRows);
    this.#found.textContent =
      shown.length < found.length
        ? t("the first {0} of {1}: filter by name", ...[shown, found].map(countOf))
        : t("{0} of {1} tensors", ...[found, this.#tensors].map(countOf));
    this.#body.replaceChildren(...shown.map((tensor) => this.#row(tensor)));
    const first = this.#body.querySelector('tr[aria-selected="true"]') ?? this.#body.rows[0];
    first?.setAttribute("tabindex", "0");
  }

  #row({ name, dtype, shape, sizeBytes }: TensorEntry): HTMLTableRowElement {
    return element(
      "tr",
      {
        "data-name": name,
        tabindex: "-1",
        "aria-selected": String(name === this.#chosen),
      },
      element("th", { scope: "row" }, ...breakable(name)),
      element("td", {}, dtype),
      element("td", {}, shape.length === 0 ? t("scalar") : shape.join(" × ")),
      element("td", { class: "number" }, byteSize(sizeBytes)),
    );
  }

  #keyPressed(key: string): boolean {
    const row = document.activeElement?.closest("tr");
    if (!row) return false;
    const rows = [...this.#body.rows];
    const here = rows.indexOf(row);
    const goal: Readonly<Record<string, number>> = {
      ArrowDown: here + 1,
      ArrowUp: here - 1,
      Home: 0,
      End: rows.length - 1,
      PageDown: Math.min(rows.length - 1, here + 20),
      PageUp: Math.max(0, here - 20),
    };
    if (key === "Enter" || key === " ") this.#choose(row);
    else if (!(key in goal)) return false;
    else focusRow(row, rows[goal[key]!]);
    return true;
  }

  #choose(row: HTMLTableRowElement): void {
    const tensor = this.#tensors.find(({ name }) => name === row.dataset.name);
    if (tensor === undefined) return;
    this.#chosen = tensor.name;
    for (const each of this.#body.rows) each.setAttribute("aria-selected", String(each === row));
    this.#onChoose(tensor);
  }
}

/** A name may go on in the next line after a dot. */
function breakable(name: string): Child[] {
  return name
    .split(/(?<=\.)/)
    .flatMap((part, index) => (index === 0 ? [part] : [element("wbr", {}), part]));
}

function countOf(list: readonly unknown[]): string {
  return wholeNumber(list.length);
}

/** One row at a time is in the order of tabs. */
function focusRow(from: HTMLElement, to: HTMLElement | undefined): void {
  if (to === undefined) return;
  from.setAttribute("tabindex", "-1");
  to.setAttribute("tabindex", "0");
  to.focus();
}
