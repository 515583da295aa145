/** One kernel at one step: the picture, the borders of its parts, and the value under pointer or cursor keys. */
import { exactNumber } from "../charts/format";
import { element } from "../dom";
import { t } from "../l10n";
import type { PageColors } from "../theme";
import { aspectOf, borderFractions, cellAt, type Cell, type Frame } from "./frame";
import { CellPainter } from "./paint";

export interface HeatMapScene {
  readonly title: string;
  readonly frame: Frame;
  /** ± this are the ends of the colour scale. */
  readonly limit: number;
  readonly colors: PageColors;
}

/** What is on the screen, one pixel a cell. */
export interface DrawnMap extends HeatMapScene {
  readonly cells: HTMLCanvasElement;
}

/** Cells are scaled up without smoothing, so that one cell is one flat square. */
export class HeatMapView {
  readonly root: HTMLElement;
  readonly #title = element("span", {});
  readonly #canvas = element("canvas", { "aria-hidden": "true" });
  readonly #painter = new CellPainter(this.#canvas);
  readonly #borders = element("div", { class: "borders" });
  readonly #cursor = element("div", { class: "cell-cursor", hidden: "" });
  readonly #value = element("output", { class: "cell-value" });
  readonly #frameBox: HTMLElement;
  #scene: HeatMapScene | undefined;
  #cell: { readonly right: number; readonly down: number } | undefined;

  /** @param tools beside its title, given the way to what is shown */
  constructor(tools?: (map: () => DrawnMap | undefined) => HTMLElement) {
    this.#frameBox = element(
      "div",
      { class: "heatmap", tabindex: "0", role: "group", "aria-roledescription": t("heat map") },
      this.#canvas,
      this.#borders,
      this.#cursor,
    );
    this.root = element(
      "figure",
      { class: "heatmap-figure" },
      element(
        "figcaption",
        {},
        this.#title,
        tools?.(() => this.#scene && { ...this.#scene, cells: this.#canvas }),
      ),
      this.#frameBox,
      this.#value,
    );
    this.#listen();
  }

  show(scene: HeatMapScene): void {
    this.#scene = scene;
    const { frame, title } = scene;
    this.#title.textContent = title;
    this.#frameBox.setAttribute(
      "aria-label",
      t("{0}, {1} {2}. Cursor keys read the values.", title, frame.kernel, frame.shape.join(" × ")),
    );
    this.#painter.paint(frame, scene.limit, scene.colors.theme);
    this.#frameBox.style.aspectRatio = String(aspectOf(frame));
    this.#borders.replaceChildren(...borderLines(frame));
    this.#showCell();
  }

  #listen(): void {
    const box = this.#frameBox;
    box.addEventListener("pointermove", (event) => {
      const { left, top, width, height } = box.getBoundingClientRect();
      this.#cell = { right: (event.clientX - left) / width, down: (event.clientY - top) / height };
      this.#showCell();
    });
    const leave = (): void => {
      this.#cell = undefined;
      this.#showCell();
    };
    box.addEventListener("pointerleave", leave);
    box.addEventListener("blur", leave);
    box.addEventListener("keydown", (event) => {
      if (this.#keyPressed(event.key)) event.preventDefault();
    });
  }

  #keyPressed(key: string): boolean {
    const move = cursorMoves[key];
    const frame = this.#scene?.frame;
    if (move === undefined || frame === undefined) return false;
    const here = this.#cell ?? { right: 0.5, down: 0.5 };
    const bounded = (value: number): number => Math.max(0, Math.min(0.9999, value));
    this.#cell = {
      right: bounded(here.right + move[0] / frame.columns),
      down: bounded(here.down + move[1] / frame.rows),
    };
    this.#showCell();
    return true;
  }

  #showCell(): void {
    const frame = this.#scene?.frame;
    this.#cursor.hidden = this.#cell === undefined;
    if (frame === undefined || this.#cell === undefined) {
      this.#value.textContent = frame === undefined ? "" : frame.shape.join(" × ");
      return;
    }
    const cell = cellAt(frame, this.#cell.right, this.#cell.down);
    this.#value.textContent = describeCell(cell);
    const { style } = this.#cursor;
    style.left = `${(100 * cell.column) / frame.columns}%`;
    style.top = `${(100 * cell.row) / frame.rows}%`;
    style.width = `${100 / frame.columns}%`;
    style.height = `${100 / frame.rows}%`;
  }
}

const cursorMoves: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** "row 12-14, column 3: mean 0.0123". */
function describeCell({ kernelRows, kernelColumns, value }: Cell): string {
  const [row, lastRow] = kernelRows;
  const [column, lastColumn] = kernelColumns;
  const rows = row === lastRow ? t("row {0}", row) : t("rows {0}–{1}", row, lastRow);
  const columns =
    column === lastColumn ? t("column {0}", column) : t("columns {0}–{1}", column, lastColumn);
  const single = row === lastRow && column === lastColumn;
  const shown = exactNumber(value);
  return single
    ? t("{0}, {1}: {2}", rows, columns, shown)
    : t("{0}, {1}: mean {2}", rows, columns, shown);
}

function borderLines(frame: Frame): HTMLElement[] {
  const line = (kind: "row" | "column", fraction: number): HTMLElement => {
    const border = element("div", { class: `border ${kind}` });
    border.style[kind === "row" ? "top" : "left"] = `${100 * fraction}%`;
    return border;
  };
  const { rows, columns } = borderFractions(frame);
  return [
    ...rows.map((fraction) => line("row", fraction)),
    ...columns.map((fraction) => line("column", fraction)),
  ];
}
